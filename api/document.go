package api

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/openapi"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// serveDocument answers the root of the mount with the API document: what this caller may do, nothing else.
func (a *API) serveDocument(q *request) error {
	allow := []string{http.MethodOptions, http.MethodGet, http.MethodHead}
	switch q.r.Method {
	case http.MethodOptions:
		return a.options(q, allow)
	case http.MethodGet, http.MethodHead:
	default:
		return fault.Method(q.r.Method, allow...)
	}
	if a.cfg.HideDocument {
		return fault.RootOff()
	}
	media, _, err := query.NegotiateMedia(q.r.Header["Accept"], []query.Media{query.MediaOpenAPI, query.MediaArray})
	if err != nil {
		return err
	}
	document, err := a.documentFor(q)
	if err != nil {
		return err
	}
	body, err := document.JSON()
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", media.ContentType(false))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", varyOn)
	q.w.WriteHeader(http.StatusOK)
	if q.r.Method != http.MethodHead {
		_, _ = q.w.Write(body) //nolint:gosec // JSON, never shown as HTML; a client that is gone needs nothing
	}
	return nil
}

// documentFor describes the API as the caller may use it.
func (a *API) documentFor(q *request) (*openapi.Document, error) {
	document := &openapi.Document{
		Title: a.cfg.Title, Version: a.cfg.Version, Description: a.cfg.Description, License: a.cfg.License,
		Servers: []string{a.prefix}, Anonymous: q.who.Anonymous(),
	}
	for _, name := range a.names {
		described, err := a.describe(q, a.resources[name])
		if err != nil {
			return nil, err
		}
		if len(described.Actions) > 0 {
			document.Resources = append(document.Resources, described)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.functions)) {
		f := a.functions[name]
		_, err := a.ask(q.r.Context(), &q.caller, "rpc."+name, policy.Execute, nil)
		if errors.Is(err, policy.ErrDenied) {
			continue
		}
		if err != nil {
			return nil, err
		}
		document.Functions = append(document.Functions, openapi.Function{
			Name: name, Description: f.Description, ReadOnly: f.ReadOnly,
			Args: f.args, Required: f.required, Result: f.result, Rows: f.rows,
		})
	}
	return document, nil
}

// describe tells what the caller may do with one resource; without any action it is not listed.
func (a *API) describe(q *request, res *resource) (openapi.Resource, error) {
	described := openapi.Resource{
		Name: res.name, Table: res.table, Description: res.description,
		ItemRoute: res.table.PrimaryKey != nil, Unfiltered: res.allowUnfiltered,
	}
	var given []string
	if res.tenant != nil {
		given = append(given, res.tenant.Name)
	}
	for _, action := range res.actions {
		plan, err := a.authorize(q.r.Context(), &q.caller, res, action, nil)
		if errors.Is(err, policy.ErrDenied) {
			continue
		}
		if err != nil {
			return described, err
		}
		described.Actions = append(described.Actions, action)
		switch action {
		case policy.Select:
			described.Readable = plan.Readable
			described.Masked = policy.Columns(slices.Sorted(maps.Keys(plan.Mask))...)
		case policy.Insert:
			described.Insertable = plan.Writable
			given = append(given, slices.Sorted(maps.Keys(plan.Preset))...)
		case policy.Update:
			described.Updatable = plan.Writable
		}
	}
	described.Given = policy.Columns(given...)
	return described, nil
}

// docsPage serves the page that shows the document. Where the API is mounted is known only when it is first asked for.
func (a *API) docsPage() http.Handler {
	page := sync.OnceValue(func() http.Handler { return openapi.Docs(a.prefix + "/") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { page().ServeHTTP(w, r) })
}
