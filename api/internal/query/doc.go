// Package query reads a request's query string and headers into a [Query] that is resolved against the schema and holds no SQL.
//
// The grammar is PostgREST's. Everything is read strictly: what does not parse, names no column or leads to no relation is an
// error (always a *fault.Error), because a filter that is dropped silently turns one row into a whole table.
//
//	params, err := query.ParseParams(r.URL.RawQuery)
//	q, err := query.Parse(params, r.Header, r.Method, table, registry, query.Options{})
//
// The result says what is wanted, not whether the caller may have it: after parsing, the caller sets [Node.Plan] on the root and on
// every embed, asking the Authorizer about [Node.Used]. A query is used by one request and not safe for concurrent use.
//
// # Extending
//
// A new select item is a case in select.go, a new reserved parameter one in parse.go; both have String printers that the fuzz
// targets parse again, so extend those too. New filter operators belong to package filter.
package query
