package query

import (
	"slices"
	"strconv"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// resolver turns select lists as written into nodes of tables and columns.
type resolver struct {
	reg     Registry
	dialect dialect.Name
}

// resolve fills a node that has its table from a select list; an empty list means every column on the root only.
func (r *resolver) resolve(n *Node, list []selection) error {
	n.Resource = n.Table.Name
	if len(list) == 0 {
		return nil
	}
	if n.Items == nil {
		n.Items = make([]Item, 0, len(list))
	}
	star := false
	for i := range list {
		s := &list[i]
		switch {
		case s.star && star: // a second "*" adds nothing
		case s.star:
			n.Items, star = append(n.Items, Item{Star: true}), true
		case s.embed:
			e, err := r.embed(n, s)
			if err != nil {
				return err
			}
			n.Embeds = append(n.Embeds, e)
		default:
			item, err := r.item(n, s)
			if err != nil {
				return err
			}
			n.Items = append(n.Items, item)
		}
	}
	return nil
}

func (r *resolver) item(n *Node, s *selection) (Item, error) {
	column := n.Table.Lookup(s.name)
	if column == nil {
		return Item{}, fault.UnknownColumn(n.label(), s.name)
	}
	cast, kind, err := resolveCast(s.cast, r.dialect)
	if err != nil {
		return Item{}, err
	}
	item := Item{Column: column, Path: s.path, Name: s.alias, Cast: cast, CastKind: kind}
	if !s.hasAlias {
		item.Name = pathName(column, s.path)
	}
	return item, nil
}

// pathName is the key of a column or JSON path without an alias: the last named segment.
func pathName(column *schema.Column, path []filter.Step) string {
	for _, p := range slices.Backward(path) {
		if !p.IsIndex {
			return p.Key
		}
	}
	return column.Name
}

func (r *resolver) embed(parent *Node, s *selection) (*Embed, error) {
	relation, err := findRelation(parent.Table, s.name, s.hint, r.reg)
	if err != nil {
		return nil, err
	}
	e := &Embed{Relation: relation, Name: s.name, Inner: s.join == joinInner, written: s.name}
	e.Table, e.depth = relation.Target, parent.depth+1
	if s.hasAlias {
		e.Name = s.alias
	}
	for _, other := range parent.Embeds {
		if other.Name == e.Name {
			return nil, fault.DuplicateName(parent.Table.Name, e.Name, e.depth)
		}
	}
	e.Hidden = len(s.items) == 0
	e.Count = isCount(s.items) && e.Table.Lookup("count") == nil
	if e.Count {
		e.Resource = e.Table.Name
		return e, nil
	}
	return e, r.resolve(&e.Node, s.items)
}

// isCount recognises rel(count), the count of the related rows.
func isCount(items []selection) bool {
	return len(items) == 1 && items[0].name == "count" && !items[0].embed && !items[0].hasAlias &&
		items[0].path == nil && items[0].cast == ""
}

// label is what messages call the node's table: its name, and its depth when embedded.
func (n *Node) label() string {
	if n.depth == 0 {
		return n.Table.Name
	}
	return n.Table.Name + "_" + strconv.Itoa(n.depth)
}

// find returns the embed that a filter, order or limit is addressed to: by its name, else by the resource name it was given
// before its alias when no second embed has that.
func (n *Node) find(name string) *Embed {
	var byTarget *Embed
	several := false
	for _, e := range n.Embeds {
		if e.Name == name {
			return e
		}
		if e.written == name || e.Resource == name {
			byTarget, several = e, byTarget != nil
		}
	}
	if several {
		return nil
	}
	return byTarget
}
