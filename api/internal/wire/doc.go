// Package wire turns database values into JSON and CSV bytes by column kind, without structs, and request bodies into cells of text.
//
// On the way out a row is a slice of [db.Value] in the database's own form: PostgreSQL's text format, or SQLite's storage classes.
// [AppendRow] and [AppendCSVRow] append it to a buffer without an allocation; the same logical row gives the same bytes on both
// databases. A [Body] holds what was written until the last row is known.
//
//	body := wire.NewBody()
//	defer body.Close()
//	buf := wire.AppendRow(body.Buffer(), columns, values, false)
//	if err := body.Put(buf); err != nil {
//		return err
//	}
//
// On the way in [Decode] reads JSON, CSV or a form into [Rows]: strictly (no duplicate keys, no trailing data, no invalid UTF-8) and
// exactly (numbers keep every digit). What a value must look like to fit its column is not decided here but where it is bound.
package wire
