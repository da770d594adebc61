package api

import (
	"net/http"
	"slices"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// item answers /{resource}/{id}: the collection narrowed to one key, with one object as the answer and 404 when there is none.
func (a *API) item(q *request, segment string) error {
	method := q.r.Method
	if method == http.MethodOptions {
		return a.options(q, q.res.itemMethods())
	}
	if !q.res.itemAllows(method) {
		return fault.Method(method, q.res.itemMethods()...)
	}
	parsed, err := a.parseItem(q)
	if err != nil {
		return err
	}
	key, err := query.ParseItemKey(segment, q.res.table)
	if err != nil {
		return err
	}
	where, ok := keyCondition(q.res.table, key)
	if !ok {
		return fault.NoRow()
	}
	switch method {
	case http.MethodPatch:
		return a.updateItem(q, &writing{res: q.res, kind: plan.Update, query: parsed, where: where, key: key})
	case http.MethodPut:
		return a.putItem(q, &writing{res: q.res, kind: plan.Put, query: parsed, key: key})
	case http.MethodDelete:
		return a.removeItem(q, &writing{res: q.res, kind: plan.Delete, query: parsed, where: where, key: key})
	}
	return a.getItem(q, &reading{res: q.res, query: parsed, where: where, key: key, head: method == http.MethodHead})
}

// itemAllows reports whether the item route has the method.
func (res *resource) itemAllows(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead:
		return res.can(policy.Select)
	case http.MethodPatch:
		return res.can(policy.Update)
	case http.MethodPut:
		return res.can(policy.Insert) && res.can(policy.Update)
	case http.MethodDelete:
		return res.can(policy.Delete)
	}
	return false
}

func (a *API) parseItem(q *request) (*query.Query, error) {
	params, err := query.ParseParams(q.r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	options := a.queryOptions()
	options.Item = true
	return query.Parse(params, q.r.Header, q.r.Method, q.res.table, registry{a, q}, options)
}

// keyCondition is "the primary key equals key"; ok is false when a value does not fit its column's type, so that no row can match.
func keyCondition(table *schema.Table, key []string) (where filter.Expr, ok bool) {
	conditions := make([]filter.Cmp, len(key))
	for i, position := range table.PrimaryKey {
		column := &table.Columns[position]
		if _, err := column.Arg(dialect.SQLite, key[i]); err != nil {
			return nil, false
		}
		conditions[i] = filter.Cmp{Column: column, Op: filter.Eq, Value: filter.Value{Text: key[i]}}
	}
	if len(conditions) == 1 {
		return &conditions[0], true
	}
	all := make(filter.And, len(conditions))
	for i := range conditions {
		all[i] = &conditions[i]
	}
	return all, true
}

// sameValue reports whether two texts are one value of the column: 1 and 01 are the same integer.
func sameValue(column *schema.Column, left, right string) bool {
	if left == right {
		return true
	}
	l, lerr := column.Arg(dialect.SQLite, left)
	r, rerr := column.Arg(dialect.SQLite, right)
	if lerr != nil || rerr != nil {
		return false
	}
	lbytes, lok := l.([]byte)
	rbytes, rok := r.([]byte)
	if lok && rok {
		return slices.Equal(lbytes, rbytes)
	}
	return !lok && !rok && l == r
}

func (a *API) getItem(q *request, in *reading) error {
	answer := newItem(q, in.query)
	defer answer.close()
	in.query.Root.Used = appendKey(in.query.Root.Used, in.res)
	result, err := a.read(q.r.Context(), &q.caller, in, answer.row)
	if err != nil {
		return err
	}
	if result.rows == 0 {
		return fault.NoRow()
	}
	h := q.w.Header()
	setContentRange(h, 0, result)
	if applied := in.query.Prefer.Applied(query.Effect{Method: q.r.Method}); applied != "" {
		h.Set("Preference-Applied", applied)
	}
	return answer.send(http.StatusOK)
}

func (a *API) updateItem(q *request, in *writing) (err error) {
	if in.rows, err = a.decode(q, in.query); err != nil {
		return err
	}
	if err := onlyRow(in.rows); err != nil {
		return err
	}
	return a.answerItem(q, in)
}

func (a *API) putItem(q *request, in *writing) error {
	if !in.res.can(policy.Insert) || !in.res.can(policy.Update) {
		return fault.Method(q.r.Method, in.res.itemMethods()...)
	}
	rows, err := a.decode(q, in.query)
	if err != nil {
		return err
	}
	if in.rows, err = keepKeyed(rows, in.res.table, in.key, true); err != nil {
		return err
	}
	in.query.Root.Where = nil // the key is in the row
	return a.answerItem(q, in)
}

func (a *API) removeItem(q *request, in *writing) error { return a.answerItem(q, in) }

// answerItem runs a write of one row: the object is the answer unless the client wants none (PATCH, PUT), or only when it asks for it
// (DELETE).
func (a *API) answerItem(q *request, in *writing) error {
	wanted := in.query.Prefer.Return
	in.representation = wanted == query.ReturnRepresentation || in.kind != plan.Delete && wanted == query.ReturnDefault
	answer := newItem(q, in.query)
	defer answer.close()
	outcome, err := a.write(q.r.Context(), &q.caller, in, answer.row)
	if err != nil {
		return err
	}
	if unchanged := in.kind == plan.Update && emptyPatch(in.rows); unchanged {
		return a.itemAsItIs(q, in)
	}
	if outcome.Affected == 0 {
		return fault.NoRow()
	}
	a.applied(q, in)
	if !in.representation {
		return answer.empty(http.StatusNoContent)
	}
	if outcome.Inserted > 0 {
		return answer.send(http.StatusCreated)
	}
	return answer.send(http.StatusOK)
}

// emptyPatch reports whether a PATCH sets nothing.
func emptyPatch(rows *wire.Rows) bool { return len(rows.Columns) == 0 }

// itemAsItIs answers a PATCH of nothing with the item, or with 404 like every other.
func (a *API) itemAsItIs(q *request, in *writing) error {
	reading := &reading{res: in.res, query: in.query, where: in.where, key: in.key}
	if in.representation {
		return a.getItem(q, reading)
	}
	result, err := a.read(q.r.Context(), &q.caller, reading, func([]wire.Column, []db.Value) error { return nil })
	if err != nil {
		return err
	}
	if result.rows == 0 {
		return fault.NoRow()
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// applied tells which preferences took effect.
func (a *API) applied(q *request, in *writing) {
	effect := query.Effect{Method: q.r.Method, Upsert: in.kind == plan.Upsert}
	if applied := in.query.Prefer.Applied(effect); applied != "" {
		q.w.Header().Set("Preference-Applied", applied)
	}
}
