package schema

import (
	"strconv"
	"strings"
)

// sqlType is a type as a model spells it, taken apart.
type sqlType struct {
	// name is PostgreSQL's canonical name without modifiers; with [] for arrays.
	name string
	kind Kind
	elem Kind
	// length is n of varchar(n); precision and scale are those of numeric(p,s), zero when not given.
	length, precision, scale int
	generated                bool
	serial                   bool
}

// canonical maps the spellings of a type to PostgreSQL's own name and our kind.
var canonical = map[string]sqlType{
	"bool": {name: "boolean", kind: Bool}, "boolean": {name: "boolean", kind: Bool},
	"int2": {name: "smallint", kind: Int2}, "smallint": {name: "smallint", kind: Int2},
	"int": {name: "integer", kind: Int4}, "int4": {name: "integer", kind: Int4}, "integer": {name: "integer", kind: Int4},
	"int8": {name: "bigint", kind: Int8}, "bigint": {name: "bigint", kind: Int8},
	"smallserial": {name: "smallint", kind: Int2, serial: true}, "serial2": {name: "smallint", kind: Int2, serial: true},
	"serial": {name: "integer", kind: Int4, serial: true}, "serial4": {name: "integer", kind: Int4, serial: true},
	"bigserial": {name: "bigint", kind: Int8, serial: true}, "serial8": {name: "bigint", kind: Int8, serial: true},
	"float4": {name: "real", kind: Float4}, "real": {name: "real", kind: Float4},
	"float8": {name: "double precision", kind: Float8}, "double precision": {name: "double precision", kind: Float8},
	"float": {name: "double precision", kind: Float8}, "double": {name: "double precision", kind: Float8},
	"numeric": {name: "numeric", kind: Numeric}, "decimal": {name: "numeric", kind: Numeric},
	"text": {name: "text", kind: Text}, "citext": {name: "citext", kind: Text}, "name": {name: "name", kind: Text},
	"varchar": {name: "character varying", kind: Text}, "character varying": {name: "character varying", kind: Text},
	"char": {name: "character", kind: Text}, "character": {name: "character", kind: Text}, "bpchar": {name: "character", kind: Text},
	"uuid": {name: "uuid", kind: UUID},
	"date": {name: "date", kind: Date},
	"time": {name: "time without time zone", kind: Time}, "time without time zone": {name: "time without time zone", kind: Time},
	"timetz": {name: "time with time zone"}, "time with time zone": {name: "time with time zone"},
	"timestamp":                   {name: "timestamp without time zone", kind: Timestamp},
	"datetime":                    {name: "timestamp without time zone", kind: Timestamp},
	"timestamp without time zone": {name: "timestamp without time zone", kind: Timestamp},
	"timestamptz":                 {name: "timestamp with time zone", kind: TimestampTZ},
	"timestamp with time zone":    {name: "timestamp with time zone", kind: TimestampTZ},
	"interval":                    {name: "interval", kind: Interval},
	"json":                        {name: "json", kind: JSON}, "jsonb": {name: "jsonb", kind: JSON},
	"bytea": {name: "bytea", kind: Bytes}, "blob": {name: "bytea", kind: Bytes},
	"int4range": {name: "int4range", kind: Range}, "int8range": {name: "int8range", kind: Range},
	"numrange": {name: "numrange", kind: Range}, "tsrange": {name: "tsrange", kind: Range},
	"tstzrange": {name: "tstzrange", kind: Range}, "daterange": {name: "daterange", kind: Range},
}

// afterType are the words that end a type in a column definition.
var afterType = []string{" generated ", " collate ", " check", " references ", " default ", " not null", " null", " primary ", " unique"}

// parseType takes a type apart as it stands in a type tag or in CREATE TABLE. A name it does not know keeps its spelling and gets
// the kind Other.
func parseType(written string) sqlType {
	text := strings.Join(strings.Fields(strings.ToLower(written)), " ")
	generated := strings.Contains(text, " generated always as ") && !strings.Contains(text, " as identity")
	for _, word := range afterType {
		if at := strings.Index(text, word); at > 0 {
			text = text[:at]
		}
	}
	dimensions := 0
	for strings.HasSuffix(text, "]") {
		open := strings.LastIndexByte(text, '[')
		if open < 0 {
			break
		}
		text, dimensions = strings.TrimSpace(text[:open]), dimensions+1
	}
	base, modifiers := splitModifiers(text)
	t, known := canonical[base]
	if !known {
		t = sqlType{name: base}
	}
	t.generated = generated
	t.modify(modifiers)
	if dimensions > 0 {
		t.kind, t.elem = Array, t.kind
		t.name += "[]"
	}
	return t
}

// splitModifiers cuts "(…)" out of a type: "timestamp(3) with time zone" has the modifier "3".
func splitModifiers(text string) (base, modifiers string) {
	open, end := strings.IndexByte(text, '('), strings.IndexByte(text, ')')
	if open < 0 || end < open {
		return strings.TrimSpace(text), ""
	}
	base = strings.TrimSpace(text[:open]) + text[end+1:]
	return strings.TrimSpace(base), text[open+1 : end]
}

func (t *sqlType) modify(modifiers string) {
	first, second, _ := strings.Cut(modifiers, ",")
	n, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		n = 0
	}
	switch {
	case t.kind == Numeric:
		t.precision = n
		t.scale, _ = strconv.Atoi(strings.TrimSpace(second))
	case t.name == "character varying":
		t.length = n
	case t.name == "character":
		t.length = max(n, 1)
	case t.name == "double precision" && n > 0 && n < 25: // float(n)
		t.name, t.kind = "real", Float4
	}
}

// typeOf is PostgreSQL's name for a kind whose column was described without a type.
func typeOf(kind Kind) string {
	names := [...]string{
		Other: "text", Bool: "boolean", Int2: "smallint", Int4: "integer", Int8: "bigint", Float4: "real", Float8: "double precision",
		Numeric: "numeric", Text: "text", UUID: "uuid", Date: "date", Time: "time without time zone",
		Timestamp: "timestamp without time zone", TimestampTZ: "timestamp with time zone", Interval: "interval", JSON: "jsonb",
		Bytes: "bytea", Enum: "text", Array: "text[]", Range: "tstzrange",
	}
	return names[kind]
}
