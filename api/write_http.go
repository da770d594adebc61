package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// insert answers POST on a collection.
func (a *API) insert(q *request) error {
	parsed, err := a.parse(q)
	if err != nil {
		return err
	}
	in := &writing{res: q.res, kind: plan.Insert, query: parsed}
	if resolution(parsed, q.res) != query.NoResolution {
		in.kind = plan.Upsert
		if parsed.Prefer.Resolution == query.MergeDuplicates && !q.res.can(policy.Update) {
			return fault.Method(q.r.Method, q.res.methods()...)
		}
	}
	if in.rows, err = a.decode(q, parsed); err != nil {
		return err
	}
	return a.answerWrite(q, in, func(outcome plan.Outcome) int {
		if in.kind == plan.Upsert && parsed.Prefer.Resolution == query.MergeDuplicates && outcome.Inserted == 0 && in.rows.Len > 0 {
			return http.StatusOK
		}
		return http.StatusCreated
	})
}

// resolution is the upsert preference where it can take effect: with a primary key or on_conflict.
func resolution(parsed *query.Query, res *resource) query.Resolution {
	if res.table.PrimaryKey == nil && len(parsed.OnConflict) == 0 {
		return query.NoResolution
	}
	return parsed.Prefer.Resolution
}

// update answers PATCH on a collection.
func (a *API) update(q *request) error {
	if err := noStrayKeys(q.r.URL.RawQuery); err != nil {
		return err
	}
	parsed, err := a.parse(q)
	if err != nil {
		return err
	}
	in := &writing{res: q.res, kind: plan.Update, query: parsed}
	if in.rows, err = a.decode(q, parsed); err != nil {
		return err
	}
	if err := onlyRow(in.rows); err != nil {
		return err
	}
	return a.answerWrite(q, in, noContentOr200)
}

// remove answers DELETE on a collection.
func (a *API) remove(q *request) error {
	if err := noStrayKeys(q.r.URL.RawQuery); err != nil {
		return err
	}
	parsed, err := a.parse(q)
	if err != nil {
		return err
	}
	return a.answerWrite(q, &writing{res: q.res, kind: plan.Delete, query: parsed}, noContentOr200)
}

// put answers PUT on a collection: exactly one row, named by its whole primary key.
func (a *API) put(q *request) error {
	parsed, err := a.parse(q)
	if err != nil {
		return err
	}
	key, err := putKey(q, parsed)
	if err != nil {
		return err
	}
	in := &writing{res: q.res, kind: plan.Put, query: parsed, key: key}
	if in.rows, err = a.decode(q, parsed); err != nil {
		return err
	}
	if in.rows, err = keepKeyed(in.rows, q.res.table, key, false); err != nil {
		return err
	}
	parsed.Root.Where = nil // the key is in the row
	return a.answerWrite(q, in, func(outcome plan.Outcome) int {
		if in.representation && outcome.Inserted > 0 {
			return http.StatusCreated
		}
		return http.StatusOK
	})
}

// putKey checks that the filters of a PUT are the primary key, the whole key and nothing but the key.
func putKey(q *request, parsed *query.Query) ([]string, error) {
	table := q.res.table
	if table.PrimaryKey == nil {
		return nil, fault.PutFilters()
	}
	params, _ := query.ParseParams(q.r.URL.RawQuery) // it has parsed before
	for _, param := range params {
		if param.Key == "limit" || param.Key == "offset" {
			return nil, fault.PutLimit()
		}
	}
	key := make([]string, len(table.PrimaryKey))
	given := 0
	for _, member := range conjuncts(parsed.Root.Where) {
		compare, ok := member.(*filter.Cmp)
		if !ok || compare.Op != filter.Eq || compare.Path != nil || compare.Quantifier != filter.One {
			return nil, fault.PutFilters()
		}
		at := slices.Index(table.PrimaryKey, compare.Column.Index)
		if at < 0 {
			return nil, fault.PutFilters()
		}
		key[at] = compare.Value.Text
		given++
	}
	if given != len(key) {
		return nil, fault.PutFilters()
	}
	return key, nil
}

func conjuncts(e filter.Expr) []filter.Expr {
	switch e := e.(type) {
	case nil:
		return nil
	case filter.And:
		return e
	}
	return []filter.Expr{e}
}

// keepKeyed keeps the rows of a body that carry the key; exactly one must remain. With fill a row without the key columns gets
// them.
func keepKeyed(rows *wire.Rows, table *schema.Table, key []string, fill bool) (*wire.Rows, error) {
	kept := &wire.Rows{Columns: slices.Clone(rows.Columns), Len: 0, Array: rows.Array}
	at := make([]int, len(key))
	for i, position := range table.PrimaryKey {
		at[i] = slices.Index(kept.Columns, position)
		if at[i] < 0 {
			if !fill {
				return nil, fault.PutPayload()
			}
			kept.Columns = append(kept.Columns, position)
		}
	}
	for i := range rows.Len {
		cells := slices.Clone(rows.Row(i))
		same := true
		for k, position := range at {
			if position < 0 {
				cells = append(cells, wire.Cell{State: wire.Set, Text: key[k]})
				continue
			}
			same = same && cells[position].State == wire.Set && sameValue(&table.Columns[table.PrimaryKey[k]], cells[position].Text, key[k])
		}
		if same {
			kept.Cells = append(kept.Cells, cells...)
			kept.Len++
		}
	}
	if kept.Len != 1 {
		return nil, fault.PutPayload()
	}
	return kept, nil
}

// onlyRow refuses a PATCH body that is not one object.
func onlyRow(rows *wire.Rows) error {
	if rows.Len != 1 {
		return fault.Body("The body of PATCH must be one object")
	}
	return nil
}

func noContentOr200(plan.Outcome) int { return http.StatusOK }

// decode reads the body by its Content-Type.
func (a *API) decode(q *request, parsed *query.Query) (*wire.Rows, error) {
	body, err := a.readBody(q)
	if err != nil {
		return nil, err
	}
	return wire.Decode(q.r.Header.Get("Content-Type"), body, q.res.table, wire.DecodeOptions{
		Columns: parsed.Columns, HasColumns: parsed.HasColumns,
		MaxDepth: a.cfg.Limits.JSONDepth, MaxKeys: a.cfg.Limits.JSONKeys,
	})
}

// answerWrite runs a write and answers it: with the rows, with headers only, or with nothing. status is asked for answers that are not
// 204.
func (a *API) answerWrite(q *request, in *writing, status func(plan.Outcome) int) error {
	parsed := in.query
	in.single = parsed.Media == query.MediaObject
	in.representation = parsed.Prefer.Return == query.ReturnRepresentation || in.single
	answer := newAnswer(q, parsed)
	defer answer.close()
	var outcome plan.Outcome
	outcome, err := a.write(q.r.Context(), &q.caller, in, answer.row)
	if err != nil {
		return err
	}
	if in.single && outcome.Affected != 1 {
		return fault.NotSingle(outcome.Affected)
	}
	h := q.w.Header()
	writeRange(h, in, outcome)
	a.applied(q, in)
	if outcome.Key != nil && a.showsKey(q, in.res) {
		h.Set("Location", a.location(in.res, outcome.Key))
	}
	if parsed.Prefer.Return == query.ReturnRepresentation {
		return answer.send(status(outcome))
	}
	if in.kind == plan.Insert || in.kind == plan.Upsert {
		return answer.empty(status(outcome))
	}
	return answer.empty(http.StatusNoContent)
}

// showsKey reports whether the caller may read the primary key of the resource.
func (a *API) showsKey(q *request, res *resource) bool {
	key := appendKey(nil, res)
	granted, err := a.authorize(q.r.Context(), &q.caller, res, policy.Select, key)
	return err == nil && !slices.ContainsFunc(key, func(name string) bool { return !granted.Readable.Has(name) })
}

// noStrayKeys refuses a parameter without "=" where it may be a filter that lost its value: an UPDATE or DELETE must not grow.
func noStrayKeys(rawQuery string) error {
	for part := range strings.SplitSeq(rawQuery, "&") {
		if part != "" && !strings.Contains(part, "=") {
			return fault.Parse("The query string holds a parameter without a value", "Every parameter of PATCH and DELETE is name=value.")
		}
	}
	return nil
}

// writeRange sets the Content-Range of a write.
func writeRange(h http.Header, in *writing, outcome plan.Outcome) {
	result := found{total: outcome.Affected, counted: in.query.Prefer.Count == query.Exact || in.query.Prefer.Count == query.Estimated}
	switch in.kind {
	case plan.Put:
		return
	case plan.Update:
		result.rows = outcome.Affected
	}
	setContentRange(h, 0, result)
}

// location is the address of a new row, with every key column as a filter.
func (a *API) location(res *resource, key []string) string {
	var b strings.Builder
	b.WriteString(a.prefix + "/" + url.PathEscape(res.name))
	for i, position := range res.table.PrimaryKey {
		separator := byte('&')
		if i == 0 {
			separator = '?'
		}
		b.WriteByte(separator)
		b.WriteString(url.QueryEscape(res.table.Columns[position].Name) + "=eq." + url.QueryEscape(key[i]))
	}
	return b.String()
}
