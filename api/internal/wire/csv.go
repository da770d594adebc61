package wire

import (
	"bytes"
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

// AppendCSVHeader appends the names of the columns as one line, without the line's end.
func AppendCSVHeader(buf []byte, columns []Column) []byte {
	for i := range columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		start := len(buf)
		buf = quoteField(append(buf, columns[i].Name...), start)
	}
	return buf
}

// AppendCSVRow appends one row as a line, without the line's end. A null is an empty field, an empty text is "". Values look as
// PostgreSQL prints them, on both databases: t and f, 2024-01-31 10:00:00+00, {a,b}; embeds are JSON text.
func AppendCSVRow(buf []byte, columns []Column, values []db.Value) []byte {
	for i := range columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		if values[i].Kind == db.Null {
			continue
		}
		start := len(buf)
		buf = quoteField(appendField(buf, &columns[i], &values[i]), start)
	}
	return buf
}

// quoteField puts the field that starts at start between quotes where CSV needs them.
func quoteField(buf []byte, start int) []byte {
	if field := buf[start:]; len(field) > 0 && !bytes.ContainsAny(field, ",\"\r\n") {
		return buf
	}
	return enclose(buf, start, '"')
}

// enclose puts the text that starts at start between quotes, and escape before each quote and each escape in it.
func enclose(buf []byte, start int, escape byte) []byte {
	end := len(buf)
	buf = append(buf, '"', '"')
	for _, c := range buf[start:end] {
		if c == '"' || c == escape {
			buf = append(buf, '"')
		}
	}
	to := len(buf) - 2
	for from := end - 1; from >= start; from-- {
		c := buf[from]
		buf[to] = c
		to--
		if c == '"' || c == escape {
			buf[to] = escape
			to--
		}
	}
	buf[start], buf[len(buf)-1] = '"', '"'
	return buf
}

// appendField appends a value without quotes.
func appendField(buf []byte, column *Column, value *db.Value) []byte {
	kind := column.Kind
	switch value.Kind {
	case db.Int:
		switch kind {
		case schema.Bool:
			return appendFlag(buf, value.Int != 0)
		case schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
			return csvTime.appendUnix(buf, kind, float64(value.Int))
		case schema.Float4, schema.Float8, schema.Numeric:
			return appendInt(buf, kind, column.Scale, value.Int)
		}
		return strconv.AppendInt(buf, value.Int, 10)
	case db.Float:
		switch kind {
		case schema.Bool:
			return appendFlag(buf, value.Float != 0)
		case schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
			if !math.IsInf(value.Float, 0) {
				return csvTime.appendUnix(buf, kind, value.Float)
			}
		}
		return appendFloat(buf, kind, column.Scale, value.Float, false)
	case db.Blob:
		switch {
		case kind == schema.UUID && len(value.Bytes) == 16:
			return appendUUID(buf, value.Bytes)
		case kind == schema.Bytes || !utf8.Valid(value.Bytes):
			return hex.AppendEncode(append(buf, `\x`...), value.Bytes)
		}
	}
	return appendFieldText(buf, column, value.Bytes)
}

func appendFieldText(buf []byte, column *Column, b []byte) []byte {
	switch column.Kind {
	case schema.Bool:
		if value, ok := parseBool(b); ok {
			return appendFlag(buf, value)
		}
	case schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
		if out, ok := csvTime.appendTime(buf, column.Kind, b); ok {
			return out
		}
	case schema.Array:
		if len(b) > 0 && b[0] == '[' && validJSON(b) {
			return appendArrayLiteral(buf, b, column.Elem)
		}
	}
	return append(buf, b...)
}

func appendFlag(buf []byte, value bool) []byte {
	if value {
		return append(buf, 't')
	}
	return append(buf, 'f')
}
