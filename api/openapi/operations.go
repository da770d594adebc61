package openapi

import (
	"slices"
	"strings"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

const (
	jsonMedia    = "application/json"
	objectMedia  = "application/vnd.pgrst.object+json"
	csvMedia     = "text/csv"
	functionsTag = "functions"
)

// collection describes /{resource}.
func (w *writer) collection(r *Resource) object {
	path := object{}
	if can(r, policy.Select) {
		path.set("get", w.list(r))
	}
	if can(r, policy.Insert) {
		path.set("post", w.insert(r))
	}
	if can(r, policy.Insert) && can(r, policy.Update) && len(r.Table.PrimaryKey) > 0 {
		path.set("put", w.put(r))
	}
	if can(r, policy.Update) {
		path.set("patch", w.write(r, "update", "Change the rows that the filters choose", w.body(r.Name+".update", false), w.changed(r)))
	}
	if can(r, policy.Delete) {
		path.set("delete", w.write(r, "delete", "Delete the rows that the filters choose", nil, w.changed(r)))
	}
	return path
}

// operation begins an operation.
func operation(tag, id, summary, description string) object {
	op := object{{"tags", []string{tag}}, {"operationId", id}, {"summary", summary}}
	op.setText("description", description)
	return op
}

func (w *writer) list(r *Resource) object {
	op := operation(r.Name, r.Name+".list", "List "+r.Name, w.related(r))
	parameters := []object{w.parameter("select"), w.parameter("order"), w.parameter("limit"), w.parameter("offset")}
	parameters = append(parameters, w.filters(r.Name, r.Table, r.Readable)...)
	op.set("parameters", append(parameters, w.parameter("range"), w.parameter("prefer.read")))
	rows := w.rows(r.Name, true)
	op.set("responses", responses(
		object{{"200", page("The rows.", rows)}},
		object{{"206", page("Some of the rows: there are more, and they were counted.", rows)}},
	))
	return op
}

// related tells which resources a select may embed.
func (w *writer) related(r *Resource) string {
	var names []string
	for _, relation := range r.Table.Relations {
		if name, listed := w.tables[relation.Target]; listed {
			names = append(names, "`"+name+"` ("+relation.Cardinality.String()+")")
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return ""
	}
	return "Related rows that `select` can show: " + strings.Join(names, ", ") + "."
}

func (w *writer) insert(r *Resource) object {
	op := operation(r.Name, r.Name+".insert", "Insert into "+r.Name, "One row, or an array of rows, which are inserted all or none. "+
		"With `Prefer: resolution=merge-duplicates` rows that exist are changed instead.")
	op.set("parameters", []object{w.parameter("select"), w.parameter("columns"), w.parameter("on_conflict"), w.parameter("prefer.write")})
	op.set("requestBody", w.body(r.Name+".insert", true))
	created := answer("The rows are there. They are in the body with `Prefer: return=representation`.", w.representation(r))
	created.set("headers", object{{"Location", object{
		{"description", "The address of the new row, with `Prefer: return=headers-only`."}, {"schema", object{{"type", "string"}}},
	}}})
	op.set("responses", responses(
		object{{"200", answer("Every row was there already and has been changed.", w.representation(r))}},
		object{{"201", created}},
	))
	return op
}

func (w *writer) put(r *Resource) object {
	op := operation(r.Name, r.Name+".put", "Insert or change one row of "+r.Name,
		"The filters are `eq` on each column of the primary key and nothing else; the body repeats the key.")
	parameters := []object{}
	for _, position := range r.Table.PrimaryKey {
		c := &r.Table.Columns[position]
		if plainName(c.Name) && !slices.Contains(reserved, c.Name) {
			parameters = append(parameters, object{
				{"name", c.Name}, {"in", "query"}, {"required", true}, {"description", "The key, as `eq.` and the value."},
				{"schema", object{{"type", "string"}, {"pattern", `^eq\.`}}},
			})
		}
	}
	op.set("parameters", append(parameters, w.parameter("select"), w.parameter("columns"), w.parameter("prefer.write")))
	op.set("requestBody", w.body(r.Name+".insert", false))
	op.set("responses", responses(
		object{{"200", answer("The row was there and has been changed.", w.representation(r))}},
		object{{"201", answer("The row is new.", w.representation(r))}},
		object{{"204", noContent("Done. The row is in the body with `Prefer: return=representation`.")}},
	))
	return op
}

// write describes PATCH and DELETE of a collection.
func (w *writer) write(r *Resource, verb, summary string, body, answers object) object {
	description := "A request without any filter is refused."
	if r.Unfiltered {
		description = "A request without any filter concerns every row."
	}
	op := operation(r.Name, r.Name+"."+verb, summary, description)
	parameters := w.filters(r.Name, r.Table, r.Readable)
	if can(r, policy.Select) {
		parameters = append(parameters, w.parameter("select"), w.parameter("order"))
	}
	if body != nil {
		parameters = append(parameters, w.parameter("columns"))
	}
	op.set("parameters", append(parameters, w.parameter("prefer.write")))
	if body != nil {
		op.set("requestBody", body)
	}
	op.set("responses", answers)
	return op
}

// changed are the answers of PATCH and DELETE.
func (w *writer) changed(r *Resource) object {
	return responses(
		object{{"200", answer("The rows concerned, with `Prefer: return=representation`.", w.representation(r))}},
		object{{"204", noContent("Done. No matching row is no mistake.")}},
	)
}

// rows are the contents of an answer that is a list, which clients may also ask for as one object or as CSV.
func (w *writer) rows(schemaName string, csv bool) object {
	row := ref("schemas", schemaName)
	content := object{
		{jsonMedia, object{{"schema", object{{"type", "array"}, {"items", row}}}}},
		{objectMedia, object{{"schema", row}}},
	}
	if csv {
		content.set(csvMedia, object{{"schema", object{{"type", "string"}}}})
	}
	return content
}

// representation are the contents of a write's answer: nothing for those who may not read.
func (w *writer) representation(r *Resource) object {
	if !can(r, policy.Select) {
		return nil
	}
	return w.rows(r.Name, true)
}

// body describes a request body.
func (w *writer) body(schemaName string, many bool) object {
	row := ref("schemas", schemaName)
	if !many {
		return object{{"required", true}, {"content", object{{jsonMedia, object{{"schema", row}}}}}}
	}
	either := object{{"oneOf", []object{row, {{"type", "array"}, {"items", row}}}}}
	return object{{"required", true}, {"content", object{
		{jsonMedia, object{{"schema", either}}},
		{csvMedia, object{{"schema", object{{"type", "string"}}}}},
		{"application/x-www-form-urlencoded", object{{"schema", row}}},
	}}}
}

// responses joins answers and adds those of errors.
func responses(answers ...object) object {
	all := object{}
	for _, a := range answers {
		all = append(all, a...)
	}
	failed := ref("responses", errorSchema)
	return append(all, member{"4XX", failed}, member{"5XX", failed})
}

// page describes an answer that is part of a list.
func page(description string, content object) object {
	return append(answer(description, content), member{"headers", object{{"Content-Range", object{
		{"description", "The first and last row of the answer, counted from 0, and the number of all rows, or `*`: `0-24/300`."},
		{"schema", object{{"type", "string"}}},
	}}}})
}

// answer describes an answer.
func answer(description string, content object) object {
	a := object{{"description", description}}
	if len(content) == 0 {
		return a
	}
	a.set("content", content)
	return a
}

func noContent(description string) object { return object{{"description", description}} }
