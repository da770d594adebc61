package filter

import "cmp"

// Limits bound what one condition may ask for. A zero field means its default; what is beyond a limit is an [*Error] with the code
// PGRST100.
type Limits struct {
	// Depth is the nesting of logic trees, default 10.
	Depth int
	// Conditions is the number of comparisons in one parameter, or in a whole condition given to [Parse]; default 200.
	Conditions int
	// InElements is the number of elements in one list, default 10000.
	InElements int
	// Pattern is the length of a regular expression in bytes, default 256.
	Pattern int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Depth: cmp.Or(l.Depth, 10), Conditions: cmp.Or(l.Conditions, 200),
		InElements: cmp.Or(l.InElements, 10_000), Pattern: cmp.Or(l.Pattern, 256),
	}
}
