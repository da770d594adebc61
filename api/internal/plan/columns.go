package plan

import (
	"iter"

	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// selected yields the plain columns that a node shows, with "*" replaced by the columns the caller may read; item is nil for those.
func selected(n *query.Node) iter.Seq2[*schema.Column, *query.Item] {
	return func(yield func(*schema.Column, *query.Item) bool) {
		for i := range n.Items {
			item := &n.Items[i]
			if !item.Star {
				if !yield(item.Column, item) {
					return
				}
				continue
			}
			for j := range n.Table.Columns {
				column := &n.Table.Columns[j]
				if column.Hidden || !n.Plan.Readable.Has(column.Name) {
					continue
				}
				if !yield(column, nil) {
					return
				}
			}
		}
	}
}

// columns describes the result columns of a root.
func columns(n *query.Node) []wire.Column {
	out := make([]wire.Column, 0, len(n.Items)+len(n.Embeds))
	for column, item := range selected(n) {
		out = append(out, wireColumn(column, item))
	}
	for _, e := range n.Embeds {
		if !e.Hidden {
			out = append(out, wire.Column{Name: e.Name, Key: wire.Key(e.Name), Kind: schema.JSON, Embedded: true})
		}
	}
	return out
}

func wireColumn(column *schema.Column, item *query.Item) wire.Column {
	name := nameOf(column, item)
	if item == nil || item.Cast == "" && len(item.Path) == 0 {
		return wire.NewColumn(name, column)
	}
	kind, elem := kindOf(column, item)
	return wire.Column{Name: name, Key: wire.Key(name), Kind: kind, Elem: elem}
}

func nameOf(column *schema.Column, item *query.Item) string {
	if item == nil {
		return column.Name
	}
	return item.Name
}

// kindOf is the kind of an item's result.
func kindOf(column *schema.Column, item *query.Item) (kind, elem schema.Kind) {
	switch {
	case item == nil:
		return column.Kind, column.Elem
	case item.Cast != "":
		return item.CastKind, schema.Other
	case len(item.Path) == 0:
		return column.Kind, column.Elem
	case item.Path[len(item.Path)-1].AsText:
		return schema.Text, schema.Other
	}
	return schema.JSON, schema.Other
}

// named reports whether the request chose a name in the output of this node: such a name is not part of the text.
func named(n *query.Node) bool {
	for i := range n.Items {
		if item := &n.Items[i]; !item.Star && item.Name != item.Column.Name {
			return true
		}
	}
	for _, e := range n.Embeds {
		if !e.Hidden && e.Name != e.Table.Name {
			return true
		}
	}
	return false
}

// selectList appends a root's output: the plain columns as the database's own values, then the embedded resources as JSON text.
// depth is the root's own level.
func (r *renderer) selectList(n *query.Node, alias string, depth int) error {
	some := false
	next := func() {
		if some {
			r.b.Raw(", ")
		}
		some = true
	}
	for column, item := range selected(n) {
		next()
		if err := r.visible(n, alias, column, item, false); err != nil {
			return err
		}
	}
	for _, e := range n.Embeds {
		if e.Hidden {
			continue
		}
		next()
		if err := r.embed(e, alias, depth+1, false); err != nil {
			return err
		}
	}
	if !some {
		r.b.Raw("NULL") // rows without columns still count
	}
	return nil
}

// visible appends an item's value where the plan shows it, NULL elsewhere. asJSON asks for the form in which the value may stand
// in an object.
func (r *renderer) visible(n *query.Node, alias string, column *schema.Column, item *query.Item, asJSON bool) error {
	mask := n.Plan.Mask[column.Name]
	if always(mask) {
		r.value(alias, column, item, asJSON)
		return nil
	}
	r.b.Raw("CASE WHEN ")
	if err := filter.Render(r.b, alias, mask); err != nil {
		return err
	}
	r.b.Raw(" THEN ")
	r.value(alias, column, item, asJSON)
	r.b.Raw(" END")
	return nil
}

// value appends an item's value.
func (r *renderer) value(alias string, column *schema.Column, item *query.Item, asJSON bool) {
	if asJSON && !r.c.pg() {
		kind, _ := kindOf(column, item)
		template := sqliteJSON(kind)
		if kind == schema.Numeric && column.Scale > 0 && (item == nil || item.Cast == "") {
			template = sqliteDecimal(column.Scale)
		}
		r.repeat(template, func() { r.raw(alias, column, item) })
		return
	}
	r.raw(alias, column, item)
}

// raw appends an item's value in the database's own form: the column, the path into it, the cast.
func (r *renderer) raw(alias string, column *schema.Column, item *query.Item) {
	switch {
	case item == nil:
		r.b.Column(alias, column.SQLName)
	case item.Cast != "":
		r.cast(alias, column, item)
	case len(item.Path) > 0:
		r.path(alias, column, item.Path, false)
	default:
		r.b.Column(alias, column.SQLName)
	}
}
