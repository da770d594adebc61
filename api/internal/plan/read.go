package plan

import (
	"slices"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// ReadOptions are what a route adds to a query.
type ReadOptions struct {
	// Where is AND-ed to the filters of the root: the key of an item. nil adds nothing.
	Where filter.Expr
	// MaxRows caps the rows of the root; 0 means Config.MaxRows, a negative number no cap.
	MaxRows int64
}

// Read compiles a query whose every node has its Plan. It fails with 42501 when a plan denies, or does not let the caller read a
// column that the select list names. With a count preference the statement has Total, computed under the conditions of the page
// in the same snapshot; an empty page cannot carry it, see [Compiler.Count]. The arguments belong to the caller, the statement to
// everybody.
func (c *Compiler) Read(q *query.Query, opts ReadOptions) (*Statement, []any, error) {
	if err := permitted(q.Root); err != nil {
		return nil, nil, err
	}
	r := c.renderer()
	defer c.release(r)
	total := c.counts(q)
	if err := r.read(q.Root, opts, total); err != nil {
		return nil, nil, err
	}
	statement := c.shapes.find(r.b.Buf, func(text string) *Statement {
		return &Statement{Statement: db.Statement{Text: text}, Columns: columns(q.Root), Total: total}
	})
	if named(q.Root) {
		// The text does not tell the names that the request gave to its columns.
		statement = &Statement{Statement: statement.Statement, Columns: columns(q.Root), Total: total}
	}
	return statement, slices.Clone(r.b.Args), nil
}

// Count compiles the count of all rows that match, without a page: one row with one column.
func (c *Compiler) Count(q *query.Query, opts ReadOptions) (*Statement, []any, error) {
	return c.scalar(q, false, func(r *renderer) error {
		r.b.Raw("SELECT count(*)")
		return r.rows(q.Root, opts)
	})
}

// Head compiles what a HEAD request needs to know of a page: one row with the number of rows that the page holds, and, with a count
// preference, the number of all rows that match as the second column (Total is then true). No row of the page is read out.
func (c *Compiler) Head(q *query.Query, opts ReadOptions) (*Statement, []any, error) {
	total := c.counts(q)
	return c.scalar(q, total, func(r *renderer) error {
		r.b.Raw("SELECT count(*)")
		if total {
			if err := r.total(q.Root, opts); err != nil {
				return err
			}
		}
		r.b.Raw(" FROM (SELECT 1")
		if err := r.rows(q.Root, opts); err != nil {
			return err
		}
		r.limit(q.Root, capOf(opts.MaxRows, c.cfg.MaxRows))
		r.b.Raw(") AS gw_page")
		return nil
	})
}

// Estimate compiles the planner's view of all rows that match: on PostgreSQL one row with one column, an EXPLAIN in JSON whose
// [0].Plan["Plan Rows"] is the estimate. On SQLite, which keeps no such numbers, it is [Compiler.Count].
func (c *Compiler) Estimate(q *query.Query, opts ReadOptions) (*Statement, []any, error) {
	if !c.pg() {
		return c.Count(q, opts)
	}
	return c.scalar(q, false, func(r *renderer) error {
		r.b.Raw("EXPLAIN (FORMAT JSON) SELECT 1")
		return r.rows(q.Root, opts)
	})
}

// scalar compiles a statement that shows no column of the resource.
func (c *Compiler) scalar(q *query.Query, total bool, render func(r *renderer) error) (*Statement, []any, error) {
	if err := permitted(q.Root); err != nil {
		return nil, nil, err
	}
	r := c.renderer()
	defer c.release(r)
	if err := render(r); err != nil {
		return nil, nil, err
	}
	statement := c.shapes.find(r.b.Buf, func(text string) *Statement {
		return &Statement{Statement: db.Statement{Text: text}, Total: total}
	})
	return statement, slices.Clone(r.b.Args), nil
}

// counts reports whether the answer of q carries the total.
func (c *Compiler) counts(q *query.Query) bool {
	switch q.Prefer.Count {
	case query.Exact:
		return true
	case query.Planned, query.Estimated:
		return !c.pg()
	}
	return false
}

// permitted refuses a query that a plan denies, or that names a column the caller may not read.
func permitted(n *query.Node) error {
	if n.Plan.Kind == policy.Denied {
		return denied(n, n.Plan.Column)
	}
	if !n.Plan.Readable.All() {
		for i := range n.Items {
			item := &n.Items[i]
			if !item.Star && !n.Plan.Readable.Has(item.Column.Name) {
				return denied(n, item.Column.Name)
			}
		}
	}
	for _, e := range n.Embeds {
		if err := permitted(&e.Node); err != nil {
			return err
		}
	}
	return nil
}

// denied refuses a node, or one column of it.
func denied(n *query.Node, column string) error {
	refusal := fault.Denied(n.Table.Name)
	refusal.Err = policy.ErrDenied
	if column != "" {
		refusal.Details = "Column " + column + " may not be used."
	}
	return refusal
}

// read renders the statement of [Compiler.Read].
func (r *renderer) read(n *query.Node, opts ReadOptions, total bool) error {
	r.b.Raw("SELECT ")
	if err := r.selectList(n, n.Table.Name, 0); err != nil {
		return err
	}
	if total {
		if err := r.total(n, opts); err != nil {
			return err
		}
	}
	if err := r.rows(n, opts); err != nil {
		return err
	}
	if err := r.order(n, n.Table.Name); err != nil {
		return err
	}
	r.limit(n, capOf(opts.MaxRows, r.c.cfg.MaxRows))
	return nil
}

// total appends the count of all matching rows as one more column.
func (r *renderer) total(n *query.Node, opts ReadOptions) error {
	r.b.Raw(", (SELECT count(*)")
	err := r.rows(n, opts)
	r.b.Raw(")")
	return err
}

// rows appends FROM and WHERE of the root.
func (r *renderer) rows(n *query.Node, opts ReadOptions) error {
	r.b.Raw(" FROM ")
	r.table(n.Table, n.Table.Name)
	return r.where(n, n.Table.Name, &conditionList{}, opts.Where)
}

// capOf is the cap on the rows of the root: the route's own, else the compiler's; 0 means none.
func capOf(own, general int64) int64 {
	if own == 0 {
		return general
	}
	return max(own, 0)
}
