package filter

import (
	"strconv"
	"strings"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/schema"
)

// Render appends the condition as SQL on the row that alias names ("": columns are written bare). A nil condition is TRUE. Every value
// is bound; the text depends only on the shape of the condition. It fails with a [*schema.ValueError] when a value does not fit its
// column and with an [*Error] when the column's type or the database has no such operator; the builder then holds half a statement.
// Variables must be bound before: see [Bind].
//
// Conditions on related rows use the aliases gw_e1, gw_j1, gw_e2 and so on; nothing around them may have these names.
func Render(b *Builder, alias string, expr Expr) error {
	r := renderer{b: b, alias: alias}
	return r.expr(expr)
}

// renderer renders conditions on the rows of one alias.
type renderer struct {
	b     *Builder
	alias string
	// depth counts the relations around.
	depth int
}

func (r *renderer) expr(expr Expr) error {
	switch e := expr.(type) {
	case nil:
		r.b.Raw("TRUE")
	case Const:
		r.b.Raw(strings.ToUpper(strconv.FormatBool(bool(e))))
	case And:
		return r.join(e, " AND ", "TRUE")
	case Or:
		return r.join(e, " OR ", "FALSE")
	case Not:
		return r.around("NOT (", e.Expr, ")")
	case IsTrue:
		return r.around("((", e.Expr, ") IS TRUE)")
	case *Exists:
		return r.exists(e)
	case *Cmp:
		return r.comparison(e)
	}
	return nil
}

func (r *renderer) join(members []Expr, sign, empty string) error {
	if len(members) == 0 {
		r.b.Raw(empty)
		return nil
	}
	for i, member := range members {
		if i == 0 {
			r.b.Raw("(")
		} else {
			r.b.Raw(sign)
		}
		if err := r.expr(member); err != nil {
			return err
		}
	}
	r.b.Raw(")")
	return nil
}

func (r *renderer) around(before string, expr Expr, after string) error {
	r.b.Raw(before)
	if err := r.expr(expr); err != nil {
		return err
	}
	r.b.Raw(after)
	return nil
}

func (r *renderer) exists(e *Exists) error {
	b, relation := r.b, e.Relation
	outer := r.alias
	if outer == "" {
		outer = relation.Source.SQLName
	}
	inner := renderer{b: b, depth: r.depth + 1}
	inner.alias = "gw_e" + strconv.Itoa(inner.depth)
	from, columns := inner.alias, relation.To
	holder := relation.Target
	b.Raw("EXISTS (SELECT 1 FROM ")
	appendTable(b, relation.Target, inner.alias)
	if relation.Through != nil {
		from, holder, columns = "gw_j"+strconv.Itoa(inner.depth), relation.Through, relation.ThroughFrom
		b.Raw(", ")
		appendTable(b, relation.Through, from)
	}
	b.Raw(" WHERE ")
	for i, position := range relation.From {
		if i > 0 {
			b.Raw(" AND ")
		}
		b.Column(from, holder.Columns[columns[i]].SQLName).Raw(" = ").Column(outer, relation.Source.Columns[position].SQLName)
	}
	for i, position := range relation.ThroughTo {
		b.Raw(" AND ").Column(from, holder.Columns[position].SQLName).Raw(" = ")
		b.Column(inner.alias, relation.Target.Columns[relation.To[i]].SQLName)
	}
	if e.Through != nil && relation.Through != nil {
		join := renderer{b: b, depth: inner.depth, alias: from}
		b.Raw(" AND ")
		if err := join.expr(e.Through); err != nil {
			return err
		}
	}
	if e.Expr != nil {
		b.Raw(" AND ")
		if err := inner.expr(e.Expr); err != nil {
			return err
		}
	}
	b.Raw(")")
	return nil
}

func appendTable(b *Builder, t *schema.Table, alias string) {
	if t.SQLSchema != "" {
		b.Ident(t.SQLSchema).Raw(".")
	}
	b.Ident(t.SQLName).Raw(" AS ").Ident(alias)
}

func (r *renderer) comparison(c *Cmp) error {
	if c.Column == nil || c.Value.Var != "" {
		return &Error{state: "XX000", message: "filter: a variable of a policy was not bound"}
	}
	if err := c.possible(r.b.Dialect); err != nil {
		return err
	}
	switch {
	case c.Op == Is:
		r.is(c)
		return nil
	case c.Value.List != nil && len(c.Value.List) == 0:
		r.b.Raw(strings.ToUpper(strconv.FormatBool(c.Quantifier == All)))
		return nil
	case r.b.Dialect == dialect.PG:
		return r.postgres(c)
	}
	return r.lite(c)
}

// each spells a comparison with a list out, for types that cannot stand in one argument.
func (r *renderer) each(c *Cmp, render func(text string) error) error {
	sign := " OR "
	if c.Quantifier == All {
		sign = " AND "
	}
	for i, text := range c.Value.List {
		if i == 0 {
			r.b.Raw("(")
		} else {
			r.b.Raw(sign)
		}
		if err := render(text); err != nil {
			return err
		}
	}
	r.b.Raw(")")
	return nil
}

// one is the comparison with a single operand of a list.
func (c *Cmp) one(text string) *Cmp {
	single := *c
	single.Quantifier, single.Value = One, Value{Text: text}
	if c.Op == In {
		single.Op = Eq
	}
	return &single
}

// is renders is.null and its siblings; the operand comes from a fixed list.
func (r *renderer) is(c *Cmp) {
	r.b.Raw("(")
	r.left(c)
	switch c.Value.Text {
	case "not_null":
		r.b.Raw(" IS NOT NULL)")
	case "true":
		r.b.Raw(" IS TRUE)")
	case "false":
		r.b.Raw(" IS FALSE)")
	default: // null; unknown is the null of booleans
		r.b.Raw(" IS NULL)")
	}
}

func (r *renderer) left(c *Cmp) {
	if r.b.Dialect == dialect.PG {
		r.postgresLeft(c)
		return
	}
	r.liteLeft(c)
}

// kind is the kind of the left side.
func (c *Cmp) kind() schema.Kind {
	switch {
	case len(c.Path) == 0:
		return c.Column.Kind
	case c.Path[len(c.Path)-1].AsText:
		return schema.Text
	}
	return schema.JSON
}

// typeName is what messages call the type of the left side.
func (c *Cmp) typeName() string {
	switch {
	case len(c.Path) == 0:
		return c.Column.Type
	case c.Path[len(c.Path)-1].AsText:
		return "text"
	}
	return "jsonb"
}

// arg converts an operand that is a value of the left side's type.
func (c *Cmp) arg(d dialect.Name, text string) (any, error) {
	switch {
	case len(c.Path) == 0:
		return c.Column.Arg(d, text)
	case c.Path[len(c.Path)-1].AsText:
		return c.textArg(text)
	}
	column := schema.Column{Kind: schema.JSON, Type: "json"}
	return column.Arg(d, text)
}

// textArg checks an operand that is text whatever the left side is: a pattern, or a full-text query.
func (c *Cmp) textArg(text string) (any, error) {
	column := schema.Column{Kind: schema.Text, Type: "text"}
	return column.Arg(dialect.PG, text)
}

// possible refuses operators that the type of the left side does not have, with PostgreSQL's error.
func (c *Cmp) possible(d dialect.Name) error {
	kind := c.kind()
	if d != dialect.PG && len(c.Path) > 0 && c.Column.Kind != schema.JSON && c.Column.Kind != schema.Array {
		return needsPostgres("a JSON path into "+c.Column.Type, "")
	}
	ok := true
	switch {
	case kind == schema.Other && d == dialect.PG:
	case c.Op == Is:
		if word := c.Value.Text; word != "null" && word != "not_null" && kind != schema.Bool {
			return &Error{
				state:   "42804",
				message: "argument of IS " + strings.ToUpper(word) + " must be type boolean, not type " + c.typeName(),
			}
		}
	case c.Op.pattern():
		ok = c.textual(kind)
	case c.Op == Contains, c.Op == ContainedIn:
		ok = kind == schema.Array || kind == schema.JSON || kind == schema.Range
	case c.Op == Overlaps:
		ok = kind == schema.Array || kind == schema.Range
	case c.Op.forRanges():
		ok = kind == schema.Range
	case c.Op.fullText() && d != dialect.PG:
		return needsPostgres("full-text search ("+c.Op.String()+")", "Use like, ilike or match.")
	}
	if !ok {
		return noOperator(c.typeName(), operators[c.Op].sql)
	}
	return nil
}

// textual reports whether the left side is text for PostgreSQL.
func (c *Cmp) textual(kind schema.Kind) bool {
	if kind == schema.Enum {
		return c.Column.Type == "text" || strings.HasPrefix(c.Column.Type, "character")
	}
	return kind == schema.Text || kind == schema.Other
}

// likePattern is a LIKE pattern of the grammar as SQL wants it: * stands for %.
func likePattern(text string) (string, error) {
	pattern := strings.ReplaceAll(text, "*", "%")
	if trailing := len(pattern) - len(strings.TrimRight(pattern, `\`)); trailing%2 == 1 {
		return "", &Error{state: "22025", message: "LIKE pattern must not end with escape character"}
	}
	return pattern, nil
}

// pattern is the operand of like, ilike, match and imatch.
func (c *Cmp) pattern(text string) (any, error) {
	if c.Op == Like || c.Op == ILike {
		var err error
		if text, err = likePattern(text); err != nil {
			return nil, err
		}
	}
	return c.textArg(text)
}
