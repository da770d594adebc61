package filter

import "slices"

// Walk calls visit for expr and, as long as visit returns true, for everything below it: parents first, members in order. The
// condition inside an [Exists] is about another table.
func Walk(expr Expr, visit func(Expr) bool) {
	if expr == nil || !visit(expr) {
		return
	}
	switch e := expr.(type) {
	case And:
		for _, member := range e {
			Walk(member, visit)
		}
	case Or:
		for _, member := range e {
			Walk(member, visit)
		}
	case Not:
		Walk(e.Expr, visit)
	case IsTrue:
		Walk(e.Expr, visit)
	case *Exists:
		Walk(e.Expr, visit)
	}
}

// Columns returns the wire names of the table's own columns that a condition uses, each once, in order of first use. A relation uses
// the columns it starts from; the columns of the related table are not among the result.
func Columns(expr Expr) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	Walk(expr, func(e Expr) bool {
		switch e := e.(type) {
		case *Cmp:
			if e.Column != nil {
				add(e.Column.Name)
			}
		case *Exists:
			for _, position := range e.Relation.From {
				add(e.Relation.Source.Columns[position].Name)
			}
			return false
		}
		return true
	})
	return names
}
