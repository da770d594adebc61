package query

import (
	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// maxOrderTerms bounds the terms of one order parameter; more than a table's columns make no sense.
const maxOrderTerms = 64

// order applies an order parameter to a node.
func (p *parser) order(n *Node, value string) error {
	if !n.first(seenOrder) {
		return nil
	}
	return parseOrder(value, func(t orderTerm) error {
		if t.hasRel {
			return n.relatedOrder(t)
		}
		column := n.Table.Lookup(t.name)
		if column == nil {
			return fault.UnknownColumn(n.label(), t.name)
		}
		if len(n.Order) == maxOrderTerms {
			return fault.Parse("The order parameter has too many terms", "")
		}
		n.addUsed(column)
		n.Order = append(n.Order, Order{
			Column: column, Path: t.path, Desc: t.desc,
			NullsFirst: t.nullsFirst || t.desc && !t.nullsLast,
		})
		return nil
	})
}

// relatedOrder answers order=rel(column): its mistakes by name, and what is right with the plain statement that it is missing.
func (n *Node) relatedOrder(t orderTerm) error {
	e := n.find(t.rel)
	if e == nil {
		return fault.NotEmbedded(t.rel)
	}
	if !e.Relation.Cardinality.ToOne() {
		return fault.RelatedOrder(n.Table.Name, t.rel)
	}
	return fault.NotImplemented("ordering by a column of an embedded resource", "Order by a column of '"+n.Table.Name+"'.")
}
