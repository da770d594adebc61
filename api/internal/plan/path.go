package plan

import (
	"strconv"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// path appends the value at a JSON path in a column. Keys and indexes are arguments. With sorting the value comes in a form whose
// order means something: numbers sort as numbers.
func (r *renderer) path(alias string, column *schema.Column, path []filter.Step, sorting bool) {
	if r.c.pg() {
		r.pathPostgres(alias, column, path)
		return
	}
	asText := path[len(path)-1].AsText
	r.b.Arg(sqlitePath(path))
	arg := "?" + strconv.Itoa(len(r.b.Args))
	r.b.Buf = r.b.Buf[:len(r.b.Buf)-len(arg)]
	at := func(before, between, after string) {
		r.b.Raw(before).Column(alias, column.SQLName).Raw(between).Raw(arg).Raw(after)
	}
	switch {
	case asText:
		// ->> gives 1 for true, and numbers in another form than they were written in. What -> gives is marked as JSON; joined to
		// a text it is none any more.
		at("CASE json_type(", ", ", ")")
		at(" WHEN 'text' THEN ", " ->> ", " WHEN 'null' THEN NULL ELSE '' || (")
		at("", " -> ", ") END")
	case sorting:
		at("json_extract(", ", ", ")")
	default:
		at("(", " -> ", ")")
	}
}

func (r *renderer) pathPostgres(alias string, column *schema.Column, path []filter.Step) {
	r.b.Raw("(")
	if column.Kind == schema.JSON {
		r.b.Column(alias, column.SQLName)
	} else {
		r.b.Raw("to_jsonb(").Column(alias, column.SQLName).Raw(")")
	}
	for i := range path {
		step := &path[i]
		if step.AsText {
			r.b.Raw("->>")
		} else {
			r.b.Raw("->")
		}
		if step.IsIndex {
			r.b.Arg(int64(step.Index)).Raw("::integer")
		} else {
			r.b.Arg(step.Key).Raw("::text")
		}
	}
	r.b.Raw(")")
}

// sqlitePath writes a path as SQLite reads it: $."key"[0], indexes from the end as [#-1].
func sqlitePath(path []filter.Step) string {
	var out strings.Builder
	out.WriteByte('$')
	for i := range path {
		step := &path[i]
		switch {
		case !step.IsIndex:
			out.WriteByte('.')
			out.Write(wire.AppendString(nil, []byte(step.Key)))
		case step.Index < 0:
			out.WriteString("[#" + strconv.Itoa(step.Index) + "]")
		default:
			out.WriteString("[" + strconv.Itoa(step.Index) + "]")
		}
	}
	return out.String()
}
