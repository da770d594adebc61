package query

import (
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Condition returns Where ready to render: each [Embed.Presence] in it is replaced by an EXISTS over the rows that the embed
// would show, that is its own filters, its Plan and, below it, its inner embeds. It is nil when there is no filter. Call it
// after the Plan of every embed is set; an embed whose Plan denies has no rows.
func (n *Node) Condition() filter.Expr {
	for _, e := range n.Embeds {
		if e.Presence != nil {
			return n.expand(n.Where)
		}
	}
	return n.Where
}

// Exists returns the condition on the parent's row that the embed shows a row at all: what an inner embed demands.
func (e *Embed) Exists() *filter.Exists {
	var all filter.And
	if where := e.Condition(); where != nil {
		all = append(all, where)
	}
	if e.Plan.Kind == policy.Denied {
		all = append(all, filter.Const(false))
	}
	if e.Plan.Where != nil {
		all = append(all, e.Plan.Where)
	}
	for _, child := range e.Embeds {
		if child.Inner {
			all = append(all, child.Exists())
		}
	}
	switch len(all) {
	case 0:
		return &filter.Exists{Relation: e.Relation, Through: e.Through}
	case 1:
		return &filter.Exists{Relation: e.Relation, Expr: all[0], Through: e.Through}
	}
	return &filter.Exists{Relation: e.Relation, Expr: all, Through: e.Through}
}

// expand returns expr with the markers of n's embeds replaced; parts without one are shared, not copied.
func (n *Node) expand(expr filter.Expr) filter.Expr {
	switch x := expr.(type) {
	case filter.And:
		return filter.And(n.expandAll(x))
	case filter.Or:
		return filter.Or(n.expandAll(x))
	case filter.Not:
		return filter.Not{Expr: n.expand(x.Expr)}
	case filter.IsTrue:
		for _, e := range n.Embeds {
			if marker, ok := x.Expr.(*filter.Exists); ok && e.Presence == marker {
				return e.Exists()
			}
		}
	}
	return expr
}

func (n *Node) expandAll(exprs []filter.Expr) []filter.Expr {
	out := make([]filter.Expr, len(exprs))
	for i, expr := range exprs {
		out[i] = n.expand(expr)
	}
	return out
}
