package policy

import (
	"iter"
	"maps"
	"slices"
)

// ColumnSet is a set of columns by wire name: some, all, or all but some. The zero value is the empty set. It is immutable and safe
// for concurrent use.
type ColumnSet struct {
	names map[string]struct{}
	// inverse means every column but names.
	inverse bool
}

// AllColumns is the set of every column a resource exposes.
func AllColumns() ColumnSet { return ColumnSet{inverse: true} }

// Columns is the set of the named columns.
func Columns(names ...string) ColumnSet { return ColumnSet{names: setOf(names)} }

// AllBut is the set of every column except the named ones.
func AllBut(names ...string) ColumnSet { return ColumnSet{names: setOf(names), inverse: true} }

// Has reports whether the set holds the column.
func (s ColumnSet) Has(name string) bool {
	if len(s.names) == 0 {
		return s.inverse
	}
	_, named := s.names[name]
	return named != s.inverse
}

// All reports whether the set holds every column there can be.
func (s ColumnSet) All() bool { return s.inverse && len(s.names) == 0 }

// Named yields, sorted, the names the set was built from.
func (s ColumnSet) Named() iter.Seq[string] {
	return slices.Values(slices.Sorted(maps.Keys(s.names)))
}

func setOf(names []string) map[string]struct{} {
	set := make(map[string]struct{}, len(names))
	for _, name := range names {
		set[name] = struct{}{}
	}
	return set
}
