package openapi

import (
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// item describes /{resource}/{id}.
func (w *writer) item(r *Resource) object {
	if !r.ItemRoute || len(r.Table.PrimaryKey) == 0 {
		return nil
	}
	path := object{}
	if can(r, policy.Select) {
		path.set("get", w.one(r, ".get", "Get one row of "+r.Name, nil, object{{"200", answer("The row.", w.object(r))}}))
	}
	if can(r, policy.Insert) && can(r, policy.Update) {
		path.set("put", w.one(r, ".put_one", "Insert or change one row of "+r.Name, w.body(r.Name+".insert", false), object{
			{"200", answer("The row was there and has been changed.", w.object(r))},
			{"201", answer("The row is new.", w.object(r))},
			{"204", noContent("Done, with `Prefer: return=minimal`.")},
		}))
	}
	if can(r, policy.Update) {
		path.set("patch", w.one(r, ".update_one", "Change one row of "+r.Name, w.body(r.Name+".update", false), object{
			{"200", answer("The changed row.", w.object(r))},
			{"204", noContent("Done, with `Prefer: return=minimal`.")},
		}))
	}
	if can(r, policy.Delete) {
		path.set("delete", w.one(r, ".delete_one", "Delete one row of "+r.Name, nil, object{
			{"200", answer("The deleted row, with `Prefer: return=representation`.", w.object(r))},
			{"204", noContent("Done.")},
		}))
	}
	if len(path) == 0 {
		return nil
	}
	return append(object{{"parameters", []object{keyParameter(r)}}}, path...)
}

// one describes an operation on a single row.
func (w *writer) one(r *Resource, id, summary string, body, answers object) object {
	op := operation(r.Name, r.Name+id, summary, "")
	parameters := []object{}
	if can(r, policy.Select) {
		parameters = append(parameters, w.parameter("select"))
	}
	if body != nil {
		parameters = append(parameters, w.parameter("columns"))
	}
	if id != ".get" {
		parameters = append(parameters, w.parameter("prefer.write"))
	}
	op.set("parameters", parameters)
	if body != nil {
		op.set("requestBody", body)
	}
	op.set("responses", responses(answers))
	return op
}

// keyParameter is the key in the path.
func keyParameter(r *Resource) object {
	s, description := object{{"type", "string"}}, "The primary key: the values in key order with commas between them, each between double quotes where it holds a comma."
	if len(r.Table.PrimaryKey) == 1 {
		c := &r.Table.Columns[r.Table.PrimaryKey[0]]
		s, description = kindSchema(c.Kind, c), "The primary key, "+c.Name+"."
	}
	return object{{"name", "id"}, {"in", "path"}, {"required", true}, {"description", description}, {"schema", s}}
}

// object are the contents of an answer that is one row.
func (w *writer) object(r *Resource) object {
	if !can(r, policy.Select) {
		return nil
	}
	row := ref("schemas", r.Name)
	return object{{jsonMedia, object{{"schema", row}}}, {objectMedia, object{{"schema", row}}}}
}
