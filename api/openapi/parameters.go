package openapi

import (
	"slices"
	"strings"

	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// reserved are the names that a filter cannot have as a parameter of its own.
var reserved = []string{"select", "columns", "on_conflict", "order", "limit", "offset", "and", "or", "not.and", "not.or"}

// filterPattern is the grammar of one filter, as far as a pattern can say it.
const filterPattern = `^(not\.)?(eq|neq|gt|gte|lt|lte|like|ilike|match|imatch|in|is|isdistinct|cs|cd|ov|sl|sr|nxl|nxr|adj|fts|plfts|phfts|wfts)(\([^)]*\))?\.`

// parameter returns a reference to a shared parameter and makes sure that it is there.
func (w *writer) parameter(name string) object {
	if _, there := w.parameters[name]; !there {
		w.parameters[name] = sharedParameter(name)
	}
	return ref("parameters", name)
}

// sharedParameter describes a parameter that means the same everywhere.
func sharedParameter(name string) object {
	query := func(kind, description string, example any) object {
		p := object{{"name", name}, {"in", "query"}, {"description", description}, {"schema", object{{"type", kind}}}}
		if kind == "integer" {
			p[3].value = object{{"type", kind}, {"format", "int64"}, {"minimum", 0}}
		}
		p.set("example", example)
		return p
	}
	header := func(title, description, pattern string, example any) object {
		s := object{{"type", "string"}}
		s.setText("pattern", pattern)
		return object{{"name", title}, {"in", "header"}, {"description", description}, {"schema", s}, {"example", example}}
	}
	switch name {
	case "select":
		return query("string", "What to show: columns, `alias:column`, `column::type`, JSON paths (`data->a->>b`), and related rows "+
			"`relation(columns)`. Default: every column.", "*")
	case "order":
		return query("string", "Sort by columns: `a,b.desc,c.asc.nullslast`. Without it the order is the database's.", "id.desc")
	case "limit":
		return query("integer", "At most so many rows.", 20)
	case "offset":
		return query("integer", "Skip so many rows.", 0)
	case "or":
		return query("string", "Rows for which one of the conditions holds: `(a.eq.1,b.gt.2,and(c.is.null,d.lt.3))`. `not.or` turns it round.",
			"(id.eq.1,id.eq.2)")
	case "and":
		return query("string", "Rows for which all conditions hold: `(a.gte.1,a.lte.9)`. `not.and` turns it round.", "(id.gte.1,id.lte.9)")
	case "columns":
		return query("string", "Take only these keys of the body. Rows need not have the same keys then.", "id")
	case "on_conflict":
		return query("string", "The columns of the unique key by which an upsert finds rows; default: the primary key.", "id")
	case "range":
		return header("Range", "The rows wanted, from and to, counted from 0.", `^\d+-\d*$`, "0-24")
	case "prefer.read":
		return header("Prefer", "`count=exact`, `planned` or `estimated`: tell the number of all rows in Content-Range. "+
			"`handling=strict`: refuse what is not known.", "", "count=exact")
	}
	return header("Prefer", "`return=representation`, `minimal` or `headers-only`; `resolution=merge-duplicates` or `ignore-duplicates` (POST); "+
		"`missing=default`: keys that a row lacks get the column's default; `count=exact`; `handling=strict` with `max-affected=n`.", "", "return=representation")
}

// filters refers to the filter of each column the reader may see.
func (w *writer) filters(name string, table *schema.Table, readable policy.ColumnSet) []object {
	list := make([]object, 0, len(table.Columns)+2)
	for i := range table.Columns {
		c := &table.Columns[i]
		if c.Hidden || !readable.Has(c.Name) || slices.Contains(reserved, c.Name) || !plainName(c.Name) {
			continue
		}
		component := "filter." + name + "." + c.Name
		if _, there := w.parameters[component]; !there {
			w.parameters[component] = object{
				{"name", c.Name},
				{"in", "query"},
				{"description", "Filter: " + operators(c.Kind) + "; `not.` in front turns it round."},
				{"schema", object{{"type", "string"}, {"pattern", filterPattern}}},
			}
		}
		list = append(list, ref("parameters", component))
	}
	return append(list, w.parameter("or"), w.parameter("and"))
}

// plainName reports whether a column's name may stand in the name of a component.
func plainName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// operators shows how columns of a kind are usually filtered.
func operators(kind schema.Kind) string {
	switch kind {
	case schema.Bool:
		return "`is.true`, `is.false`, `is.null`"
	case schema.Int2, schema.Int4, schema.Int8:
		return "`eq.1`, `gte.1`, `in.(1,2)`, `is.null`"
	case schema.Float4, schema.Float8, schema.Numeric:
		return "`eq.1.5`, `gte.1`, `lt.10`, `is.null`"
	case schema.Date:
		return "`eq.2024-01-31`, `gte.2024-01-01`, `is.null`"
	case schema.Timestamp, schema.TimestampTZ:
		return "`gte.2024-01-01T00:00:00Z`, `lt.2025-01-01`, `is.null`"
	case schema.Time:
		return "`gte.08:00`, `lt.17:30`, `is.null`"
	case schema.UUID, schema.Enum:
		return "`eq.…`, `in.(…,…)`, `is.null`"
	case schema.JSON:
		return `` + "`cs.{\"a\":1}`, `is.null`"
	case schema.Array:
		return "`cs.{a,b}`, `cd.{a,b}`, `ov.{a,b}`, `is.null`"
	case schema.Range:
		return "`cs.[1,2)`, `ov.[1,2)`, `is.null`"
	}
	return "`eq.a`, `like.*a*`, `ilike.*a*`, `in.(a,b)`, `is.null`"
}
