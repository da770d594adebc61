package openapi

import (
	"cmp"
	"maps"
	"slices"

	"github.com/groundwork-go/groundwork/db/schema"
)

// writer builds one document.
type writer struct {
	doc    Document
	tables map[*schema.Table]string // resources by table

	schemas object
	// parameters are the components that operations refer to, by name.
	parameters map[string]object
}

func (w *writer) document() object {
	paths := object{}
	tags := []object{}
	for i := range w.doc.Resources {
		r := &w.doc.Resources[i]
		w.resourceSchemas(r)
		if collection := w.collection(r); len(collection) > 0 {
			paths.set("/"+r.Name, collection)
		}
		if item := w.item(r); len(item) > 0 {
			paths.set("/"+r.Name+"/{id}", item)
		}
		tags = append(tags, object{{"name", r.Name}, {"description", cmp.Or(r.Description, r.Table.Comment, "Rows of "+r.Name+".")}})
	}
	for i := range w.doc.Functions {
		f := &w.doc.Functions[i]
		w.functionSchemas(f)
		paths.set("/rpc/"+f.Name, w.function(f))
	}
	if len(w.doc.Functions) > 0 {
		tags = append(tags, object{{"name", functionsTag}, {"description", "Functions of the program."}})
	}
	w.schemas.set(errorSchema, errorBody())
	document := object{{"openapi", "3.1.0"}, {"info", w.info()}, {"servers", w.servers()}, {"security", w.security()}}
	document.set("tags", tags)
	document.set("paths", paths)
	document.set("components", w.components())
	return document
}

func (w *writer) info() object {
	info := object{{"title", cmp.Or(w.doc.Title, "API")}, {"version", cmp.Or(w.doc.Version, "1")}}
	info.setText("description", w.doc.Description)
	if w.doc.License != "" {
		info.set("license", object{{"name", w.doc.License}, {"identifier", w.doc.License}})
	}
	return info
}

func (w *writer) servers() []object {
	servers := []object{}
	for _, url := range w.doc.Servers {
		servers = append(servers, object{{"url", url}})
	}
	if len(servers) == 0 {
		servers = append(servers, object{{"url", "/"}})
	}
	return servers
}

// security lists what a request may carry: a token, a key, and, where the API is open, nothing.
func (w *writer) security() []object {
	ways := []object{{{"bearer", []string{}}}, {{"apikey", []string{}}}}
	if w.doc.Anonymous {
		ways = append(ways, object{})
	}
	return ways
}

func (w *writer) components() object {
	parameters := object{}
	for _, name := range slices.Sorted(maps.Keys(w.parameters)) {
		parameters.set(name, w.parameters[name])
	}
	responses := object{}
	if len(w.doc.Resources)+len(w.doc.Functions) > 0 {
		responses.set(errorSchema, object{
			{"description", "The request was refused, or failed. The code says why."},
			{"content", object{{jsonMedia, object{{"schema", ref("schemas", errorSchema)}}}}},
		})
	}
	return object{
		{"schemas", w.schemas},
		{"parameters", parameters},
		{"responses", responses},
		{"securitySchemes", object{
			{"bearer", object{{"type", "http"}, {"scheme", "bearer"}, {"description", "An access token, or an API key."}}},
			{"apikey", object{{"type", "apiKey"}, {"in", "header"}, {"name", "apikey"}, {"description", "An API key."}}},
		}},
	}
}

// errorSchema is the name of the components for errors. No resource has a name with a dot.
const errorSchema = "groundwork.error"

func errorBody() object {
	text := object{{"type", "string"}}
	return object{
		{"type", "object"},
		{"description", "What every error looks like."},
		{"required", []string{"code", "message", "details", "hint"}},
		{"properties", object{
			{"code", object{{"type", "string"}, {"description", "PGRST…, GW… or an SQLSTATE."}, {"examples", []string{"PGRST116"}}}},
			{"message", text},
			{"details", object{{"description", "A text, a list, or null."}}},
			{"hint", object{{"type", []string{"string", "null"}}}},
		}},
	}
}
