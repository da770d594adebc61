package plan

import (
	"strconv"
	"strings"

	"github.com/groundwork-go/groundwork/db/schema"
)

// The templates that make a stored value of SQLite what it has to be inside an object; @ stands for the value. Booleans are stored
// as 0 and 1, JSON and arrays as text, times as text in UTC with a space in the middle.
const (
	sqliteTrueFalse = "CASE WHEN @ THEN json('true') WHEN NOT @ THEN json('false') END"
	sqliteNested    = "CASE WHEN json_valid(@) THEN json(@) ELSE @ END"
	sqliteBytes     = `CASE WHEN @ IS NOT NULL THEN '\x' || lower(hex(@)) END`
	// sqliteNumber prints a double without a fraction as PostgreSQL does, and infinities as the words that JSON leaves.
	sqliteNumber = "CASE WHEN typeof(@) <> 'real' THEN @ WHEN @ = 9e999 THEN 'Infinity' WHEN @ = -9e999 THEN '-Infinity'" +
		" WHEN abs(@) < 1e15 AND @ = CAST(@ AS INTEGER) THEN CAST(@ AS INTEGER) ELSE @ END"
	// A UUID may have been stored as its sixteen bytes.
	sqliteUUID = "CASE WHEN typeof(@) = 'blob' AND length(@) = 16 THEN lower(substr(hex(@), 1, 8) || '-' || substr(hex(@), 9, 4) || '-' ||" +
		" substr(hex(@), 13, 4) || '-' || substr(hex(@), 17, 4) || '-' || substr(hex(@), 21)) ELSE CAST(@ AS TEXT) END"
	// A time that begins with no digit is an infinity and stays as it is.
	sqliteTimestamp = "CASE WHEN @ NOT GLOB '[0-9]*' THEN @ WHEN substr(@, -6, 1) IN ('+', '-') AND length(@) > 16" +
		" THEN substr(@, 1, 10) || 'T' || substr(@, 12, length(@) - 17)" +
		" WHEN length(@) = 10 THEN @ || 'T00:00:00'" +
		" ELSE substr(@, 1, 10) || 'T' || rtrim(substr(@, 12), 'Z') END"
	sqliteTimestampTZ = "CASE WHEN @ NOT GLOB '[0-9]*' THEN @ WHEN substr(@, -6, 1) IN ('+', '-') AND length(@) > 16" +
		" THEN substr(@, 1, 10) || 'T' || substr(@, 12)" +
		" WHEN length(@) = 10 THEN @ || 'T00:00:00+00:00'" +
		" ELSE substr(@, 1, 10) || 'T' || rtrim(substr(@, 12), 'Z') || '+00:00' END"
)

// sqliteJSON returns the template for values of a kind inside an object.
func sqliteJSON(kind schema.Kind) string {
	switch kind {
	case schema.Bool:
		return sqliteTrueFalse
	case schema.JSON, schema.Array:
		return sqliteNested
	case schema.Bytes:
		return sqliteBytes
	case schema.UUID:
		return sqliteUUID
	case schema.Text, schema.Enum, schema.Interval, schema.Time, schema.Other:
		return "CAST(@ AS TEXT)" // a blob would be an error
	case schema.Float4, schema.Float8, schema.Numeric:
		return sqliteNumber
	case schema.Date:
		return "substr(@, 1, 10)"
	case schema.Timestamp:
		return sqliteTimestamp
	case schema.TimestampTZ:
		return sqliteTimestampTZ
	}
	return "@"
}

// sqliteDecimal returns the template for values of numeric(p,scale), which have scale decimals whatever they are stored as.
func sqliteDecimal(scale int) string {
	digits := strconv.Itoa(scale)
	return "CASE WHEN typeof(@) = 'integer' THEN json(@ || '." + strings.Repeat("0", scale) + "')" +
		" WHEN typeof(@) = 'real' AND abs(@) < 9e999 THEN json(printf('%." + digits + "f', @)) ELSE " + sqliteNumber + " END"
}

// repeat appends a template with every @ replaced by what value appends. value runs once: its arguments are numbered, and each copy
// means the same ones.
func (r *renderer) repeat(template string, value func()) {
	if template == "@" {
		value()
		return
	}
	start := len(r.b.Buf)
	value()
	r.expr = append(r.expr[:0], r.b.Buf[start:]...)
	r.b.Buf = r.b.Buf[:start]
	for {
		before, after, more := strings.Cut(template, "@")
		r.b.Buf = append(r.b.Buf, before...)
		if !more {
			break
		}
		r.b.Buf = append(r.b.Buf, r.expr...)
		template = after
	}
}
