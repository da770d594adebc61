package query

import (
	"strings"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/schema"
)

// castType is a type that a select item may be cast to.
type castType struct {
	// name is PostgreSQL's canonical name.
	name string
	kind schema.Kind
	// postgres is true for types that SQLite cannot produce.
	postgres bool
}

// castTo returns the type that a request calls name, nil when there is none. The list is the whole defence against SQL in casts:
// what is not on it never gets further.
func castTo(name string) *castType {
	switch strings.ToLower(name) {
	case "text":
		return &castType{name: "text", kind: schema.Text}
	case "varchar", "character varying":
		return &castType{name: "character varying", kind: schema.Text}
	case "int", "integer", "int4":
		return &castType{name: "integer", kind: schema.Int4}
	case "int2", "smallint":
		return &castType{name: "smallint", kind: schema.Int2}
	case "int8", "bigint":
		return &castType{name: "bigint", kind: schema.Int8}
	case "float4", "real":
		return &castType{name: "real", kind: schema.Float4}
	case "float8", "double precision":
		return &castType{name: "double precision", kind: schema.Float8}
	case "numeric", "decimal":
		return &castType{name: "numeric", kind: schema.Numeric}
	case "boolean", "bool":
		return &castType{name: "boolean", kind: schema.Bool}
	case "json":
		return &castType{name: "json", kind: schema.JSON}
	case "date":
		return &castType{name: "date", kind: schema.Date}
	}
	return postgresCast(strings.ToLower(name))
}

func postgresCast(name string) *castType {
	switch name {
	case "jsonb":
		return &castType{name: "jsonb", kind: schema.JSON, postgres: true}
	case "uuid":
		return &castType{name: "uuid", kind: schema.UUID, postgres: true}
	case "bytea":
		return &castType{name: "bytea", kind: schema.Bytes, postgres: true}
	case "interval":
		return &castType{name: "interval", kind: schema.Interval, postgres: true}
	case "time", "time without time zone":
		return &castType{name: "time without time zone", kind: schema.Time, postgres: true}
	case "timestamp", "timestamp without time zone":
		return &castType{name: "timestamp without time zone", kind: schema.Timestamp, postgres: true}
	case "timestamptz", "timestamp with time zone":
		return &castType{name: "timestamp with time zone", kind: schema.TimestampTZ, postgres: true}
	}
	return nil
}

// resolveCast checks a cast against the list of types.
func resolveCast(name string, d dialect.Name) (string, schema.Kind, error) {
	if name == "" {
		return "", schema.Other, nil
	}
	t := castTo(name)
	if t == nil || t.postgres && d == dialect.SQLite {
		return "", schema.Other, fault.UnknownType(name)
	}
	return t.name, t.kind, nil
}
