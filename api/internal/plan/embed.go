package plan

import (
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db/schema"
)

// row is the name of the sub-select whose rows become JSON.
const row = `"gw_row"`

// embed appends a sub-select that returns an embedded resource as one JSON value: an object or NULL for a to-one, an array for a
// to-many. It is correlated to the parent's row, and stands in the select list rather than in a lateral join so that it runs for the
// rows of the page alone, after order and limit. nested says that the value stands in an object itself.
func (r *renderer) embed(e *query.Embed, parent string, depth int, nested bool) error {
	alias := aliasAt(e.Table, depth, parent)
	nested = nested && !r.c.pg() // SQLite takes JSON text in an object for a string unless told otherwise
	if nested {
		r.b.Raw("json(")
	}
	var err error
	switch {
	case e.Count:
		err = r.embedCount(e, parent, alias)
	case r.c.pg() && !named(&e.Node) && shortNames(&e.Node):
		err = r.embedRow(e, parent, alias, depth)
	default:
		err = r.embedObject(e, parent, alias, depth)
	}
	if nested {
		r.b.Raw(")")
	}
	return err
}

// embedCount counts the embedded rows.
func (r *renderer) embedCount(e *query.Embed, parent, alias string) error {
	open, end := `'[{"count":'`, `'}]'`
	if e.Relation.Cardinality.ToOne() {
		open, end = `'{"count":'`, `'}'`
	}
	r.b.Raw("(SELECT ")
	if r.c.pg() {
		r.b.Raw("(")
	}
	r.b.Raw(open).Raw(" || count(*) || ").Raw(end)
	if r.c.pg() {
		r.b.Raw(")::json")
	}
	err := r.related(e, parent, alias)
	r.b.Raw(")")
	return err
}

// embedRow makes PostgreSQL turn whole rows into JSON: the shortest way for it, and the most compact text. The keys are names of
// columns, so it cannot be used with names that the request chose or that PostgreSQL would cut.
func (r *renderer) embedRow(e *query.Embed, parent, alias string, depth int) error {
	if e.Relation.Cardinality.ToOne() {
		r.b.Raw("(SELECT row_to_json(" + row + ".*)")
	} else {
		r.b.Raw("(SELECT coalesce(json_agg(" + row + ".*), '[]')")
	}
	r.b.Raw(" FROM (SELECT ")
	some := false
	next := func(name string) {
		r.b.Raw(" AS ").Ident(name)
		some = true
	}
	for column, item := range selected(&e.Node) {
		if some {
			r.b.Raw(", ")
		}
		if err := r.visible(&e.Node, alias, column, item, true); err != nil {
			return err
		}
		next(nameOf(column, item))
	}
	for _, child := range e.Embeds {
		if child.Hidden {
			continue
		}
		if some {
			r.b.Raw(", ")
		}
		if err := r.embed(child, alias, depth+1, true); err != nil {
			return err
		}
		next(child.Name)
	}
	if err := r.page(e, parent, alias); err != nil {
		return err
	}
	r.b.Raw(") AS " + row + ")")
	return nil
}

// embedObject makes the database build each object from keys and values. Keys that the request chose are arguments.
func (r *renderer) embedObject(e *query.Embed, parent, alias string, depth int) error {
	toOne := e.Relation.Cardinality.ToOne()
	switch {
	case toOne:
		r.b.Raw("(SELECT ")
	case r.c.pg():
		r.b.Raw(`(SELECT coalesce(json_agg(` + row + `."j"), '[]') FROM (SELECT `)
	default:
		r.b.Raw(`(SELECT coalesce('[' || group_concat(` + row + `."j") || ']', '[]') FROM (SELECT `)
	}
	if err := r.object(&e.Node, alias, depth); err != nil {
		return err
	}
	if !toOne {
		r.b.Raw(` AS "j"`)
	}
	if err := r.page(e, parent, alias); err != nil {
		return err
	}
	if !toOne {
		r.b.Raw(") AS " + row)
	}
	r.b.Raw(")")
	return nil
}

// page appends FROM, WHERE, ORDER BY and LIMIT of an embed.
func (r *renderer) page(e *query.Embed, parent, alias string) error {
	if err := r.related(e, parent, alias); err != nil {
		return err
	}
	if err := r.order(&e.Node, alias); err != nil {
		return err
	}
	rows := r.c.cfg.MaxRows
	if e.Relation.Cardinality.ToOne() {
		if e.Limit == nil && e.Offset == 0 {
			r.b.Raw(" LIMIT 1")
			return nil
		}
		rows = 1
	}
	r.limit(&e.Node, rows)
	return nil
}

// related appends FROM and WHERE of an embed: the rows that belong to the parent's row, pass the request's filters and may be seen.
func (r *renderer) related(e *query.Embed, parent, alias string) error {
	rel := e.Relation
	r.b.Raw(" FROM ")
	r.table(e.Table, alias)
	var l conditionList
	if rel.Through == nil {
		r.equal(&l, e.Table, alias, rel.To, rel.Source, parent, rel.From)
		return r.where(&e.Node, alias, &l, nil)
	}
	through := alias + "_by"
	if len(through) > nameLimit {
		through = "gw_by"
	}
	r.b.Raw(" JOIN ")
	r.table(rel.Through, through)
	r.b.Raw(" ON TRUE")
	r.equal(&l, e.Table, alias, rel.To, rel.Through, through, rel.ThroughTo)
	r.equal(&l, rel.Through, through, rel.ThroughFrom, rel.Source, parent, rel.From)
	if err := r.condition(e.Through, through, &l); err != nil {
		return err
	}
	return r.where(&e.Node, alias, &l, nil)
}

// equal appends that the columns of two tables are equal pair by pair.
func (r *renderer) equal(l *conditionList, left *schema.Table, leftAlias string, leftColumns []int, right *schema.Table, rightAlias string, rightColumns []int) {
	for i := range leftColumns {
		l.next(r.b).Column(leftAlias, left.Columns[leftColumns[i]].SQLName).Raw(" = ").
			Column(rightAlias, right.Columns[rightColumns[i]].SQLName)
	}
}

// shortNames reports whether every key of the node's objects can be the name of a column.
func shortNames(n *query.Node) bool {
	for column, item := range selected(n) {
		if len(nameOf(column, item)) > nameLimit {
			return false
		}
	}
	for _, e := range n.Embeds {
		if len(e.Name) > nameLimit {
			return false
		}
	}
	return true
}
