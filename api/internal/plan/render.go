package plan

import (
	"math"
	"strconv"

	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// renderer appends the parts of one statement to b.
type renderer struct {
	c *Compiler
	b *filter.Builder
	// expr is room for an expression that a template repeats.
	expr []byte
}

// keptBytes bounds the memory of a renderer that is kept for the next request.
const keptBytes = 64 << 10

func (c *Compiler) renderer() *renderer {
	r, _ := c.renderers.Get().(*renderer)
	return r
}

// release gives a renderer back. Its text and arguments must have been copied.
func (c *Compiler) release(r *renderer) {
	if cap(r.b.Buf) > keptBytes {
		return
	}
	r.b.Reset()
	c.renderers.Put(r)
}

// orderBy appends the ORDER BY of a node, or nothing when it has no order.
func (c *Compiler) orderBy(b *filter.Builder, alias string, n *query.Node) error {
	r := renderer{c: c, b: b}
	return r.order(n, alias)
}

// table appends a table under an alias.
func (r *renderer) table(t *schema.Table, alias string) {
	tableName(r.b, t)
	if alias != t.SQLName {
		r.b.Raw(" AS ").Ident(alias)
	}
}

// nameLimit is the longest name that PostgreSQL keeps; a longer one is cut, and two that are cut may be the same.
const nameLimit = 63

// aliasAt names the rows of a table that is embedded depth levels below the root, as messages of the database will call it:
// "{table}_{depth}". The name differs from its parent's, to whose columns it is joined.
func aliasAt(t *schema.Table, depth int, parent string) string {
	level := strconv.Itoa(depth)
	alias := t.Name + "_" + level
	if alias == parent || len(alias) > nameLimit {
		return "gw_" + level
	}
	return alias
}

// conditionList writes WHERE before its first member and AND before the others.
type conditionList struct{ some bool }

func (l *conditionList) next(b *filter.Builder) *filter.Builder {
	if l.some {
		return b.Raw(" AND ")
	}
	l.some = true
	return b.Raw(" WHERE ")
}

// where appends what rows of a node must satisfy: the request's filters, the plan, a row in every inner embed, and extra.
func (r *renderer) where(n *query.Node, alias string, l *conditionList, extra filter.Expr) error {
	for _, e := range [...]filter.Expr{extra, n.Condition(), n.Plan.Where} {
		if err := r.condition(e, alias, l); err != nil {
			return err
		}
	}
	for _, e := range n.Embeds {
		if !e.Inner {
			continue
		}
		if err := r.condition(e.Exists(), alias, l); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) condition(e filter.Expr, alias string, l *conditionList) error {
	if always(e) {
		return nil
	}
	l.next(r.b)
	return filter.Render(r.b, alias, e)
}

// order appends ORDER BY with the place of NULLs spelled out, because the databases differ in what they do by themselves.
func (r *renderer) order(n *query.Node, alias string) error {
	for i := range n.Order {
		term := &n.Order[i]
		if i == 0 {
			r.b.Raw(" ORDER BY ")
		} else {
			r.b.Raw(", ")
		}
		if len(term.Path) == 0 {
			r.b.Column(alias, term.Column.SQLName)
		} else {
			r.path(alias, term.Column, term.Path, true)
		}
		if term.Desc {
			r.b.Raw(" DESC")
		}
		if !term.Column.Nullable && len(term.Path) == 0 {
			continue // an index gives this order only when nothing is said of NULLs that cannot be
		}
		if term.NullsFirst {
			r.b.Raw(" NULLS FIRST")
		} else {
			r.b.Raw(" NULLS LAST")
		}
	}
	return nil
}

// usual reports whether a limit is one of the few that people write. Those stand in the text: PostgreSQL makes no lasting plan for a
// limit it does not know, and planning a page of 20 rows again costs it more than half as much as reading them.
func usual(limit int64) bool {
	return limit <= 10 || limit <= 100 && limit%5 == 0 || limit <= 1000 && limit%50 == 0
}

// limit appends LIMIT and OFFSET with a cap on the rows; 0 means no cap.
func (r *renderer) limit(n *query.Node, rows int64) {
	most := int64(math.MaxInt64)
	if rows > 0 {
		most = rows
	}
	if n.Limit != nil {
		most = min(most, *n.Limit)
	}
	switch {
	case most == rows || usual(most):
		r.b.Raw(" LIMIT ")
		r.b.Buf = strconv.AppendInt(r.b.Buf, most, 10)
	case most != math.MaxInt64:
		r.b.Raw(" LIMIT ").Arg(most)
	case n.Offset > 0 && !r.c.pg():
		r.b.Raw(" LIMIT -1") // SQLite has no OFFSET by itself
	}
	if n.Offset > 0 {
		r.b.Raw(" OFFSET ").Arg(n.Offset)
	}
}
