package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/api/openapi"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// call answers /rpc/{function}.
func (a *API) call(q *request, segment string) error {
	name, err := url.PathUnescape(segment)
	if err != nil {
		return fault.Path()
	}
	f := a.functions[name]
	if f == nil {
		return fault.UnknownFunction(name, a.sentNames(q), a.closestFunction(q, name))
	}
	switch q.r.Method {
	case http.MethodOptions:
		return a.options(q, f.methods())
	case http.MethodPost:
	case http.MethodGet, http.MethodHead:
		if !f.ReadOnly {
			return &Error{
				Status: http.StatusMethodNotAllowed, Code: "25006",
				Message: "cannot execute " + name + " in a read-only transaction",
				Hint:    "Call it with POST.", Header: http.Header{"Allow": f.methods()},
			}
		}
	default:
		return fault.RPCMethod(q.r.Method, f.methods()...)
	}
	if _, err := a.ask(q.r.Context(), &q.caller, "rpc."+name, policy.Execute, nil); err != nil {
		return err
	}
	parsed, err := a.parseCall(q, f)
	if err != nil {
		return err
	}
	in, err := a.arguments(q, f, parsed)
	if err != nil {
		return err
	}
	return a.answerCall(q, f, parsed, in)
}

func (f *function) methods() []string {
	if f.ReadOnly {
		return []string{http.MethodOptions, http.MethodGet, http.MethodHead, http.MethodPost}
	}
	return []string{http.MethodOptions, http.MethodPost}
}

// closestFunction finds a function with a similar name that the caller may call, for a hint.
func (a *API) closestFunction(q *request, name string) string {
	closest, ok := schema.Closest(name, slices.Sorted(maps.Keys(a.functions)))
	if !ok {
		return ""
	}
	if _, err := a.ask(q.r.Context(), &q.caller, "rpc."+closest, policy.Execute, nil); err != nil {
		return ""
	}
	return a.functions[closest].signature()
}

// sentNames are the argument names of a call to a function that does not exist, for the message.
func (a *API) sentNames(q *request) []string {
	if q.r.Method == http.MethodPost {
		body, err := a.readBody(q)
		var object map[string]json.RawMessage
		if err != nil || json.Unmarshal(body, &object) != nil {
			return nil
		}
		return slices.Sorted(maps.Keys(object))
	}
	params, err := query.ParseParams(q.r.URL.RawQuery)
	if err != nil {
		return nil
	}
	args, _ := query.SplitArgs(params, nil)
	return paramNames(args)
}

func paramNames(params []query.Param) []string {
	names := make([]string, len(params))
	for i, param := range params {
		names[i] = param.Key
	}
	slices.Sort(names)
	return names
}

// parseCall reads the query string of a call: filters, order and select belong to the rows of the result.
func (a *API) parseCall(q *request, f *function) (*query.Query, error) {
	params, err := query.ParseParams(q.r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	table := f.rows
	if table == nil {
		table = noColumns
	}
	options := a.queryOptions()
	options.Call, options.Arguments = true, f.argNames()
	parsed, err := query.Parse(params, q.r.Header, q.r.Method, table, registry{a, q}, options)
	if err != nil {
		return nil, err
	}
	parsed.Root.Plan = policy.Plan{Kind: policy.Allowed, Readable: policy.AllColumns()}
	return parsed, nil
}

// noColumns stands for the result of a function that does not return rows.
var noColumns = &schema.Table{Name: "result"}

// arguments makes the In of a call.
func (a *API) arguments(q *request, f *function, parsed *query.Query) (any, error) {
	if q.r.Method != http.MethodPost {
		return f.fromParams(parsed.Args)
	}
	body, err := a.readBody(q)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return f.fromRows(&wire.Rows{Len: 1})
	}
	rows, err := wire.Decode(q.r.Header.Get("Content-Type"), body, f.args, wire.DecodeOptions{
		MaxDepth: a.cfg.Limits.JSONDepth, MaxKeys: a.cfg.Limits.JSONKeys,
	})
	if err != nil {
		if e := fault.From(err); e.Code == fault.CodeBodyColumn {
			var object map[string]json.RawMessage
			_ = json.Unmarshal(body, &object) // it decoded before
			return nil, f.unknown(slices.Sorted(maps.Keys(object)))
		}
		return nil, err
	}
	if rows.Array || rows.Len != 1 {
		return nil, fault.Body("The body of a call must be one object")
	}
	return f.fromRows(rows)
}

// argText is an argument of a query string in the form of its column. A list is written as an array literal ({a,b}), which a column
// that Bun would store as JSON takes as JSON.
func (f *function) argText(column *schema.Column, text string) string {
	in, ok := f.argCodec.(*structCodec)
	if !ok || column.Kind != schema.JSON || column.GoIndex == nil || !strings.HasPrefix(text, "{") {
		return text
	}
	typ := indirect(in.field(in.empty(), column).Type())
	if typ.Kind() != reflect.Slice {
		return text
	}
	list := *column
	list.Kind, list.Elem = schema.Array, schema.Text
	switch typ.Elem().Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		list.Elem = schema.Int8
	case reflect.Float32, reflect.Float64:
		list.Elem = schema.Float8
	case reflect.Bool:
		list.Elem = schema.Bool
	}
	return string(arrayJSON(&list, text))
}

func (f *function) fromParams(params []query.Param) (any, error) {
	rows := &wire.Rows{Len: 1}
	for _, param := range params {
		column := f.args.Lookup(param.Key)
		if column == nil || slices.Contains(rows.Columns, column.Index) {
			return nil, f.unknown(paramNames(params))
		}
		rows.Columns = append(rows.Columns, column.Index)
		rows.Cells = append(rows.Cells, wire.Cell{State: wire.Set, Text: f.argText(column, param.Value)})
	}
	return f.fromRows(rows)
}

func (f *function) fromRows(rows *wire.Rows) (any, error) {
	names := make([]string, len(rows.Columns))
	for i, position := range rows.Columns {
		names[i] = f.args.Columns[position].Name
	}
	if !f.takes(names) {
		slices.Sort(names)
		return nil, f.unknown(names)
	}
	return decode(f.argCodec, rows.Columns, rows.Cells)
}

// answerCall runs the function and writes its result.
func (a *API) answerCall(q *request, f *function, parsed *query.Query, in any) error {
	answer := newAnswer(q, parsed)
	defer answer.close()
	status := http.StatusOK
	var result found
	run := func(ctx context.Context) (err error) {
		out, err := f.call(ctx, in)
		if err != nil || f.result == openapi.Void {
			return err
		}
		if f.result == openapi.Value {
			if strictMaxAffected(parsed) != nil {
				return fault.MaxAffectedCall()
			}
			return a.value(answer, parsed, out)
		}
		if limit := strictMaxAffected(parsed); limit != nil && f.result == openapi.Object {
			return fault.MaxAffectedCall()
		}
		if result, err = f.answerRows(parsed, a.cfg.Limits.Rows, out, answer); err != nil {
			return err
		}
		if limit := strictMaxAffected(parsed); limit != nil && result.rows > *limit {
			return fault.MaxAffected(result.rows)
		}
		if status, err = pageStatus(parsed, result); err != nil {
			return err
		}
		return answer.single()
	}
	err := a.inCall(q.r.Context(), f, run)
	if err != nil {
		return err
	}
	if f.result == openapi.Void {
		return answer.empty(http.StatusNoContent)
	}
	h := q.w.Header()
	if f.result == openapi.Value {
		result = found{rows: 1, total: 1, counted: parsed.Prefer.Count != query.NoCount}
	}
	setContentRange(h, parsed.Root.Offset, result)
	if applied := parsed.Prefer.Applied(query.Effect{Method: q.r.Method, Call: true}); applied != "" {
		h.Set("Preference-Applied", applied)
	}
	return answer.send(status)
}

// inCall runs a call in the transaction that it is entitled to.
func (a *API) inCall(ctx context.Context, f *function, run func(context.Context) error) error {
	if f.ReadOnly || f.NoTransaction {
		return run(ctx)
	}
	return db.InTx(ctx, a.database, func(ctx context.Context, _ bun.Tx) error { return run(ctx) })
}

// value writes a bare JSON value.
func (a *API) value(answer *answer, parsed *query.Query, out any) error {
	encoded, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if parsed.Media == query.MediaCSV {
		return fault.Media([]string{"text/csv"})
	}
	answer.bare = true
	return answer.body.Put(append(answer.body.Buffer(), encoded...))
}

// answerRows gives the rows of a result through the query.
func (f *function) answerRows(parsed *query.Query, limit int64, out any, answer *answer) (found, error) {
	answer.object = answer.object || f.result == openapi.Object && parsed.Media != query.MediaCSV
	set := rowset{codec: f.rowCodec, query: parsed, cap: limit}
	rows := f.records(out)
	if f.result == openapi.Object && len(rows) == 0 {
		answer.bare = true
		return found{}, answer.body.Put(append(answer.body.Buffer(), "null"...))
	}
	rows, err := set.filter(rows, parsed.Root.Condition())
	if err != nil {
		return found{}, err
	}
	return set.answer(rows, answer.row)
}
