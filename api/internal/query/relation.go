package query

import (
	"slices"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/schema"
)

// findRelation returns the one relation of table that a select item's target and hint ("" for none) mean. The target is the name
// of a resource, of a foreign key, or of the single column that holds one. A table that refers to itself is its children by
// its name and the parent by the column's name.
func findRelation(table *schema.Table, target, hint string, reg Registry) (*schema.Relation, error) {
	var found []*schema.Relation
	for _, r := range table.Relations {
		if matches(r, target, hint) && reg.Exposed(r.Target) {
			found = append(found, r)
		}
	}
	if len(found) > 1 && found[0].Target == table {
		found = withoutJoinTables(found)
	}
	switch len(found) {
	case 0:
		return nil, fault.NoRelation(table.Name, target, hint, closestTarget(table, target, reg))
	case 1:
		return found[0], nil
	}
	return nil, ambiguous(table, target, found, reg)
}

// matches says whether a target and hint may mean r.
func matches(r *schema.Relation, target, hint string) bool {
	self := r.Source == r.Target
	if hint == "" {
		switch {
		case self && r.Through == nil:
			return target == r.Target.Name && !r.HoldsKey || r.HoldsKey && holdsIn(r, target)
		case target == r.Target.Name:
			return true
		}
		return r.Through == nil && (target == r.Constraint || r.HoldsKey && holdsIn(r, target))
	}
	if target != r.Target.Name {
		return false
	}
	switch {
	case r.Through != nil:
		return hint == r.Through.Name || hint == r.Constraint || hint == r.ThroughConstraint && !self
	case self:
		return !r.HoldsKey && single(r.Target, r.To) == hint
	}
	return hint == r.Constraint || single(r.Source, r.From) == hint || single(r.Target, r.To) == hint
}

// holdsIn reports whether the source's key is the one column of that name.
func holdsIn(r *schema.Relation, column string) bool { return single(r.Source, r.From) == column }

// single is the wire name of a key of one column that the wire shows, "\x00" (no name at all) for every other.
func single(t *schema.Table, columns []int) string {
	if len(columns) != 1 || t.Columns[columns[0]].Hidden {
		return "\x00"
	}
	return t.Columns[columns[0]].Name
}

// withoutJoinTables keeps the direct relations of a table to itself when there are any: its name means the children first.
func withoutJoinTables(found []*schema.Relation) []*schema.Relation {
	direct := slices.DeleteFunc(slices.Clone(found), func(r *schema.Relation) bool { return r.Through != nil })
	if len(direct) == 0 {
		return found
	}
	return direct
}

// ambiguous is the error that lists the relations a request has to choose from.
func ambiguous(table *schema.Table, target string, found []*schema.Relation, reg Registry) error {
	var candidates []fault.Candidate
	var spellings []string
	for _, r := range found {
		if !reg.Visible(r.Target) {
			continue
		}
		candidates = append(candidates, fault.Candidate{
			Cardinality:  r.Cardinality.String(),
			Embedding:    table.Name + " with " + r.Target.Name,
			Relationship: relationship(r),
		})
		spellings = append(spellings, target+"!"+distinctHint(r, found))
	}
	if candidates == nil {
		candidates = []fault.Candidate{}
	}
	return fault.AmbiguousRelation(table.Name, target, candidates, spellings)
}

// distinctHint is the hint that chooses r among found.
func distinctHint(r *schema.Relation, found []*schema.Relation) string {
	switch {
	case r.Through == nil && r.Source == r.Target:
		return single(r.Target, r.To)
	case r.Through == nil:
		return r.Constraint
	}
	for _, other := range found {
		if other != r && other.Through == r.Through {
			return r.Constraint
		}
	}
	return r.Through.Name
}

// relationship prints what joins the two tables.
func relationship(r *schema.Relation) string {
	if r.Through != nil {
		return r.Through.Name + " using " + r.Constraint + "(" + columnNames(r.Through, r.ThroughFrom) + ") and " +
			r.ThroughConstraint + "(" + columnNames(r.Through, r.ThroughTo) + ")"
	}
	return r.Constraint + " using " + r.Source.Name + "(" + columnNames(r.Source, r.From) + ") and " +
		r.Target.Name + "(" + columnNames(r.Target, r.To) + ")"
}

func columnNames(t *schema.Table, columns []int) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = t.Columns[c].Name
	}
	return strings.Join(names, ", ")
}

// closestTarget is a resource the caller may see, related to table and named much like target, or "". A target that is a key's column
// without its _id, which models often name a field by, means where that key leads.
func closestTarget(table *schema.Table, target string, reg Registry) string {
	var names []string
	for _, r := range table.Relations {
		if reg.Exposed(r.Target) && r.Target.Name != target && reg.Visible(r.Target) {
			if r.HoldsKey && holdsIn(r, target+"_id") {
				return r.Target.Name
			}
			names = append(names, r.Target.Name)
		}
	}
	closest, _ := schema.Closest(target, names)
	return closest
}
