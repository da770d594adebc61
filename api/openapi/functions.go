package openapi

import (
	"cmp"
	"slices"

	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// functionSchemas adds the schemas of a function's arguments and rows.
func (w *writer) functionSchemas(f *Function) {
	if f.Args != nil {
		w.schemas.set("rpc."+f.Name+".args", w.argsSchema(f))
	}
	if f.Result == Object || f.Result == Rows {
		w.schemas.set("rpc."+f.Name, w.rowSchema(f.Rows, policy.AllColumns(), policy.ColumnSet{}))
	}
}

func (w *writer) argsSchema(f *Function) object {
	properties := object{}
	for i := range f.Args.Columns {
		if c := &f.Args.Columns[i]; !c.Hidden {
			properties.set(c.Name, w.columnSchema(f.Args, c, c.Nullable))
		}
	}
	args := object{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}}
	if len(f.Required) > 0 {
		args.set("required", f.Required)
	}
	return args
}

// function describes /rpc/{function}.
func (w *writer) function(f *Function) object {
	path := object{}
	summary := "Call " + f.Name
	if f.ReadOnly {
		op := operation(functionsTag, "rpc."+f.Name+".get", summary, f.Description)
		if parameters := append(w.argParameters(f), w.shaping(f, f.argNames())...); len(parameters) > 0 {
			op.set("parameters", parameters)
		}
		op.set("responses", w.result(f))
		path.set("get", op)
	}
	op := operation(functionsTag, "rpc."+f.Name, summary, f.Description)
	if parameters := w.shaping(f, nil); len(parameters) > 0 {
		op.set("parameters", parameters)
	}
	if f.Args != nil && len(f.Args.ColumnNames()) > 0 {
		op.set("requestBody", object{
			{"required", len(f.Required) > 0},
			{"content", object{{jsonMedia, object{{"schema", ref("schemas", "rpc."+f.Name+".args")}}}}},
		})
	}
	op.set("responses", w.result(f))
	path.set("post", op)
	return path
}

// argParameters are the arguments in a query string.
func (w *writer) argParameters(f *Function) []object {
	if f.Args == nil {
		return nil
	}
	var list []object
	for i := range f.Args.Columns {
		c := &f.Args.Columns[i]
		if c.Hidden {
			continue
		}
		s := kindSchema(c.Kind, c)
		if c.Kind == schema.Array || c.Kind == schema.JSON {
			s = object{{"type", "string"}}
		}
		p := object{{"name", c.Name}, {"in", "query"}}
		if slices.Contains(f.Required, c.Name) {
			p.set("required", true)
		}
		p.set("description", cmp.Or(c.Comment, "The argument "+c.Name+"."))
		p.set("schema", s)
		list = append(list, p)
	}
	return list
}

// argNames are the names of the arguments.
func (f *Function) argNames() []string {
	if f.Args == nil {
		return nil
	}
	return f.Args.ColumnNames()
}

// shaping are the parameters that filter, sort and page the rows of a function, but for the names that its arguments have taken.
func (w *writer) shaping(f *Function, taken []string) []object {
	var names []string
	switch f.Result {
	case Object:
		names = []string{"select"}
	case Rows:
		names = []string{"select", "order", "limit", "offset", "or", "and", "prefer.read"}
	}
	var list []object
	for _, name := range names {
		if !slices.Contains(taken, name) {
			list = append(list, w.parameter(name))
		}
	}
	return list
}

// result are the answers of a function.
func (w *writer) result(f *Function) object {
	switch f.Result {
	case Value:
		return responses(object{{"200", answer("The result.", object{{jsonMedia, object{{"schema", object{}}}}})}})
	case Object:
		return responses(object{{"200", answer("The result.", object{{jsonMedia, object{{"schema", ref("schemas", "rpc."+f.Name)}}}})}})
	case Rows:
		rows := w.rows("rpc."+f.Name, true)
		return responses(
			object{{"200", page("The rows.", rows)}},
			object{{"206", page("Some of the rows: there are more, and they were counted.", rows)}},
		)
	}
	return responses(object{{"204", noContent("Done.")}})
}
