package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
)

// rowFunc takes one row of an answer. The values are valid only during the call.
type rowFunc func(columns []wire.Column, values []db.Value) error

// reading is one read: a resource, a resolved query, and a condition of the route (an item's key).
type reading struct {
	res   *resource
	query *query.Query
	where filter.Expr
	key   []string // of an item
	head  bool     // only the numbers are wanted
}

// found is what a read met: the rows it gave, and the total of all matching ones when it was counted.
type found struct {
	rows    int64
	total   int64
	counted bool
}

// read is the one way to rows: every door that reads (lists, items, embeds, functions, collections in Go) comes through here, so
// policies are applied in one place. Rows go to row in order.
func (a *API) read(ctx context.Context, by *caller, in *reading, row rowFunc) (found, error) {
	if err := a.authorizeNode(ctx, by, in.res, in.query.Root); err != nil {
		return found{}, err
	}
	if in.res.source != nil {
		return a.readSource(ctx, in, row)
	}
	var result found
	var err error
	switch {
	case in.head:
		result, err = a.readHead(ctx, in)
	case in.res.afterRead != nil:
		result, err = a.readHooked(ctx, in, row)
	default:
		result, err = a.readTable(ctx, in, row)
	}
	if err != nil || result.counted || in.query.Prefer.Count == query.NoCount {
		return result, err
	}
	return a.estimate(ctx, in, result)
}

// readTable runs the query as one statement.
func (a *API) readTable(ctx context.Context, in *reading, row rowFunc) (found, error) {
	statement, args, err := a.compiler.Read(in.query, a.readOptions(in))
	if err != nil {
		return found{}, err
	}
	result := found{counted: statement.Total}
	columns := statement.Columns
	_, err = a.lane.Query(ctx, statement.Statement, args, func(values []db.Value) error {
		result.rows++
		if result.counted {
			last := len(values) - 1
			if result.rows == 1 {
				result.total = integer(values[last])
			}
			values = values[:last]
		}
		return row(columns, values)
	})
	if err != nil {
		return found{}, err
	}
	if result.counted && result.rows == 0 {
		return a.count(ctx, in)
	}
	return result, nil
}

// readHead asks for the size of a page without reading it.
func (a *API) readHead(ctx context.Context, in *reading) (found, error) {
	statement, args, err := a.compiler.Head(in.query, a.readOptions(in))
	if err != nil {
		return found{}, err
	}
	result := found{counted: statement.Total}
	_, err = a.lane.Query(ctx, statement.Statement, args, func(values []db.Value) error {
		result.rows = integer(values[0])
		if result.counted {
			result.total = integer(values[1])
		}
		return nil
	})
	return result, err
}

// estimate adds the total that count=planned and count=estimated ask for: the planner's number, for estimated only where there are more
// rows than the row limit.
func (a *API) estimate(ctx context.Context, in *reading, result found) (found, error) {
	var least int64
	if in.query.Prefer.Count == query.Estimated {
		if in.res.rows <= 0 {
			exact, err := a.count(ctx, in)
			exact.rows = result.rows
			return exact, err
		}
		var err error
		if least, err = a.countUpTo(ctx, in, in.res.rows+1); err != nil {
			return found{}, err
		}
	}
	result.counted, result.total = true, max(least, result.rows)
	if in.query.Prefer.Count == query.Estimated && least <= in.res.rows {
		return result, nil
	}
	planned, err := a.planned(ctx, in)
	result.total = max(planned, result.total)
	return result, err
}

// countUpTo counts the matching rows, but no more than most.
func (a *API) countUpTo(ctx context.Context, in *reading, most int64) (int64, error) {
	root := *in.query.Root
	root.Limit, root.Offset = nil, 0
	whole := *in.query
	whole.Root = &root
	statement, args, err := a.compiler.Head(&whole, plan.ReadOptions{Where: in.where, MaxRows: most})
	if err != nil {
		return 0, err
	}
	var total int64
	_, err = a.lane.Query(ctx, statement.Statement, args, func(values []db.Value) error {
		total = integer(values[0])
		return nil
	})
	return total, err
}

// planned asks for the planner's number of matching rows.
func (a *API) planned(ctx context.Context, in *reading) (int64, error) {
	statement, args, err := a.compiler.Estimate(in.query, a.readOptions(in))
	if err != nil {
		return 0, err
	}
	var explained []byte
	_, err = a.lane.Query(ctx, statement.Statement, args, func(values []db.Value) error {
		explained = append(explained, values[0].Bytes...)
		return nil
	})
	if err != nil {
		return 0, err
	}
	var plans []struct {
		Plan struct {
			Rows int64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal(explained, &plans); err != nil || len(plans) == 0 {
		return 0, &Error{Code: "XX000", Message: "The planner's answer could not be read", Err: err}
	}
	return plans[0].Plan.Rows, nil
}

func (a *API) readOptions(in *reading) plan.ReadOptions {
	return plan.ReadOptions{Where: in.where, MaxRows: in.res.rows}
}

// count asks for the total alone, as an empty page cannot carry it.
func (a *API) count(ctx context.Context, in *reading) (found, error) {
	statement, args, err := a.compiler.Count(in.query, a.readOptions(in))
	if err != nil {
		return found{}, err
	}
	result := found{counted: true}
	_, err = a.lane.Query(ctx, statement.Statement, args, func(values []db.Value) error {
		result.total = integer(values[0])
		return nil
	})
	return result, err
}

// parse reads the query string and headers of a request on a resource.
func (a *API) parse(q *request) (*query.Query, error) {
	params, err := query.ParseParams(q.r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	return query.Parse(params, q.r.Header, q.r.Method, q.res.table, registry{a, q}, a.queryOptions())
}

// list answers GET and HEAD on a collection.
func (a *API) list(q *request) error {
	parsed, err := a.parse(q)
	if err != nil {
		return err
	}
	in := &reading{res: q.res, query: parsed, head: q.r.Method == http.MethodHead}
	answer := newAnswer(q, parsed)
	defer answer.close()
	result, err := a.read(q.r.Context(), &q.caller, in, answer.row)
	if err != nil {
		return err
	}
	status, err := pageStatus(parsed, result)
	if err != nil {
		return err
	}
	if in.head && parsed.Media == query.MediaObject && result.rows != 1 {
		return fault.NotSingle(result.rows)
	}
	h := q.w.Header()
	setContentRange(h, parsed.Root.Offset, result)
	if applied := parsed.Prefer.Applied(query.Effect{Method: q.r.Method}); applied != "" {
		h.Set("Preference-Applied", applied)
	}
	return answer.send(status)
}

// pageStatus is 200, or 206 when a counted page does not hold everything; a page behind the end is an error.
func pageStatus(parsed *query.Query, result found) (int, error) {
	if !result.counted {
		return http.StatusOK, nil
	}
	if parsed.Root.Offset > result.total && result.rows == 0 {
		return 0, fault.RangeBeyond(parsed.Root.Offset, result.total)
	}
	if result.rows < result.total {
		return http.StatusPartialContent, nil
	}
	return http.StatusOK, nil
}

// integer reads a count from either database's form.
func integer(v db.Value) int64 {
	if v.Kind == db.Int {
		return v.Int
	}
	var n int64
	for _, digit := range v.Bytes {
		n = n*10 + int64(digit-'0')
	}
	return n
}
