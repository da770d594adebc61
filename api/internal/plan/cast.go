package plan

import (
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db/schema"
)

// cast appends an item's value as another type. item.Cast comes from the fixed list of package query, so it may stand in the text.
func (r *renderer) cast(alias string, column *schema.Column, item *query.Item) {
	source := *item
	source.Cast = ""
	from, _ := kindOf(column, &source)
	if r.c.pg() {
		r.b.Raw("(")
		r.raw(alias, column, &source)
		r.b.Raw(")::").Raw(item.Cast)
		return
	}
	r.repeat(sqliteCast(from, item.CastKind), func() { r.raw(alias, column, &source) })
}

// sqliteCast returns the template of a cast: @ stands for the value. The result is what PostgreSQL's cast gives for values that it
// accepts; a text that is no number gives NULL rather than a number made up from its first digits.
func sqliteCast(from, to schema.Kind) string {
	switch to {
	case schema.Text:
		return sqliteText(from)
	case schema.Int2, schema.Int4, schema.Int8:
		if number(from) {
			return "CAST(round(@) AS INTEGER)"
		}
		return whole(from, "CAST(round(@ + 0) AS INTEGER)")
	case schema.Float4, schema.Float8:
		return whole(from, "CAST(@ AS REAL)")
	case schema.Numeric:
		return whole(from, "(@ + 0)")
	case schema.Bool:
		return sqliteBool(from)
	case schema.Date:
		return "substr(@, 1, 10)"
	case schema.JSON:
		if from == schema.JSON {
			return "@"
		}
		if from == schema.Text {
			return "json(@)"
		}
		return "json_extract(json_array(" + sqliteJSON(from) + "), '$[0]')"
	}
	return "@"
}

// number reports whether SQLite keeps values of the kind as numbers.
func number(kind schema.Kind) bool {
	switch kind {
	case schema.Int2, schema.Int4, schema.Int8, schema.Float4, schema.Float8, schema.Numeric:
		return true
	}
	return false
}

// whole guards the conversion of a text into a number: SQLite would convert what the text begins with.
func whole(from schema.Kind, conversion string) string {
	if number(from) || from == schema.Bool {
		return conversion
	}
	return "CASE WHEN json_valid(trim(@)) AND json_type(trim(@)) IN ('integer', 'real') THEN " + conversion + " END"
}

// sqliteText is the template of ::text: the text that PostgreSQL prints.
func sqliteText(from schema.Kind) string {
	switch from {
	case schema.Bool:
		return "CASE WHEN @ THEN 'true' WHEN NOT @ THEN 'false' END"
	case schema.Float4, schema.Float8, schema.Numeric:
		return "replace(CAST(" + sqliteNumber + " AS TEXT), '.0e', 'e')"
	case schema.Bytes:
		return sqliteBytes
	case schema.Date:
		return "substr(@, 1, 10)"
	case schema.Timestamp:
		return "replace(" + sqliteTimestamp + ", 'T', ' ')"
	case schema.TimestampTZ:
		return "replace(replace(" + sqliteTimestampTZ + ", 'T', ' '), '+00:00', '+00')"
	}
	return "CAST(@ AS TEXT)"
}

func sqliteBool(from schema.Kind) string {
	if from == schema.Bool || number(from) {
		return "(@ <> 0)"
	}
	return "CASE WHEN lower(trim(@)) IN ('t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1') THEN 1" +
		" WHEN lower(trim(@)) IN ('f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0') THEN 0 END"
}
