package wire

import (
	"encoding/hex"
	"unicode/utf8"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

// AppendRow appends one row as a JSON object. values are parallel to columns and may be more. With stripped, keys whose value is
// null are left out, inside embeds and JSON values too.
func AppendRow(buf []byte, columns []Column, values []db.Value, stripped bool) []byte {
	buf = append(buf, '{')
	first := true
	for i := range columns {
		column, value := &columns[i], &values[i]
		if stripped && value.Kind == db.Null {
			continue
		}
		if !first {
			buf = append(buf, ',')
		}
		first = false
		buf = append(buf, column.Key...)
		if stripped && value.Kind == db.Text && (column.Embedded || column.Kind == schema.JSON) {
			buf = appendStripped(buf, value.Bytes)
			continue
		}
		buf = appendValue(buf, column, value)
	}
	return append(buf, '}')
}

// AppendValue appends one value as JSON.
func AppendValue(buf []byte, column *Column, value db.Value) []byte {
	return appendValue(buf, column, &value)
}

func appendValue(buf []byte, column *Column, value *db.Value) []byte {
	switch value.Kind {
	case db.Text:
		if column.Embedded {
			return append(buf, value.Bytes...)
		}
		return appendText(buf, column.Kind, column.Elem, value.Bytes)
	case db.Int:
		return appendStoredInt(buf, column, value.Int)
	case db.Float:
		return appendStoredFloat(buf, column, value.Float)
	case db.Blob:
		return appendBlob(buf, column.Kind, value.Bytes)
	}
	return append(buf, "null"...)
}

// appendText appends a value that the database gave as text.
func appendText(buf []byte, kind, elem schema.Kind, b []byte) []byte {
	switch kind {
	case schema.Int2, schema.Int4, schema.Int8, schema.Float4, schema.Float8, schema.Numeric:
		return appendNumberText(buf, b)
	case schema.Bool:
		if value, ok := parseBool(b); ok {
			return appendBool(buf, value)
		}
	case schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
		if out, ok := jsonTime.appendTime(append(buf, '"'), kind, b); ok {
			return append(out, '"')
		}
		return AppendString(buf, b)
	case schema.JSON:
		if validJSON(b) {
			return append(buf, b...)
		}
	case schema.Array:
		return appendArray(buf, elem, b)
	case schema.Bytes:
		if len(b) < 2 || b[0] != '\\' || b[1] != 'x' {
			return appendBlob(buf, kind, b)
		}
	}
	return AppendString(buf, b)
}

func parseBool(b []byte) (value, ok bool) {
	switch string(b) {
	case "t", "true", "1":
		return true, true
	case "f", "false", "0":
		return false, true
	}
	return false, false
}

func appendBool(buf []byte, value bool) []byte {
	if value {
		return append(buf, "true"...)
	}
	return append(buf, "false"...)
}

// appendStoredInt appends an INTEGER of SQLite.
func appendStoredInt(buf []byte, column *Column, n int64) []byte {
	switch column.Kind {
	case schema.Bool:
		return appendBool(buf, n != 0)
	case schema.Int2, schema.Int4, schema.Int8, schema.Float4, schema.Float8, schema.Numeric, schema.JSON:
		return appendInt(buf, column.Kind, column.Scale, n)
	case schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
		return append(jsonTime.appendUnix(append(buf, '"'), column.Kind, float64(n)), '"')
	}
	if column.Embedded {
		return appendInt(buf, schema.Int8, 0, n)
	}
	return append(appendInt(append(buf, '"'), schema.Int8, 0, n), '"')
}

// appendStoredFloat appends a REAL of SQLite.
func appendStoredFloat(buf []byte, column *Column, f float64) []byte {
	switch column.Kind {
	case schema.Bool:
		return appendBool(buf, f != 0)
	case schema.Int2, schema.Int4, schema.Int8, schema.Float4, schema.Float8, schema.Numeric, schema.JSON:
		return appendFloat(buf, column.Kind, column.Scale, f, true)
	case schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
		return append(jsonTime.appendUnix(append(buf, '"'), column.Kind, f), '"')
	}
	if column.Embedded {
		return appendFloat(buf, schema.Float8, 0, f, true)
	}
	return append(appendFloat(append(buf, '"'), schema.Float8, 0, f, false), '"')
}

// appendBlob appends bytes: as \x and hexadecimal digits, but for a UUID of sixteen bytes and text that was stored as a blob.
func appendBlob(buf []byte, kind schema.Kind, b []byte) []byte {
	switch {
	case kind == schema.UUID && len(b) == 16:
		return append(appendUUID(append(buf, '"'), b), '"')
	case kind == schema.Bytes || !utf8.Valid(b):
		return append(hex.AppendEncode(append(buf, `"\\x`...), b), '"')
	}
	return appendText(buf, kind, schema.Other, b)
}

func appendUUID(buf, b []byte) []byte {
	buf = append(hex.AppendEncode(buf, b[:4]), '-')
	buf = append(hex.AppendEncode(buf, b[4:6]), '-')
	buf = append(hex.AppendEncode(buf, b[6:8]), '-')
	buf = append(hex.AppendEncode(buf, b[8:10]), '-')
	return hex.AppendEncode(buf, b[10:16])
}
