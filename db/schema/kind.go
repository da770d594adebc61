package schema

// Kind is the family of a column's type: it decides how values are checked, bound, compared and written as JSON.
type Kind uint8

// The kinds. Other is a type this package does not interpret: its text form is passed through as a string.
const (
	Other       Kind = iota
	Bool             // boolean
	Int2             // smallint
	Int4             // integer
	Int8             // bigint
	Float4           // real
	Float8           // double precision
	Numeric          // numeric: exact decimal, written as a JSON number with all digits
	Text             // text, varchar, char
	UUID             // uuid
	Date             // date
	Time             // time without time zone
	Timestamp        // timestamp without time zone
	TimestampTZ      // timestamp with time zone
	Interval         // interval
	JSON             // json and jsonb
	Bytes            // bytea / blob
	Enum             // a fixed list of strings
	Array            // array of Elem (JSON text on SQLite)
	Range            // range types, PostgreSQL only
)

// String returns the kind's name in lower case, for messages.
func (k Kind) String() string {
	names := [...]string{
		"other", "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "uuid", "date", "time", "timestamp",
		"timestamptz", "interval", "json", "bytes", "enum", "array", "range",
	}
	if int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}
