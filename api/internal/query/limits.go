package query

// Limits bound what one request may ask for. A zero field means its default; what is beyond a limit is 400 PGRST100.
type Limits struct {
	// Depth is the nesting of embeds and of logic trees, default 10.
	Depth int
	// Embeds is the number of embedded resources, default 16.
	Embeds int
	// Items is the number of columns in the select list, default 1000.
	Items int
	// Conditions is the number of comparisons over all filters, default 200.
	Conditions int
	// InElements is the number of elements in one list, default 10000.
	InElements int
}

func (l Limits) withDefaults() Limits {
	or := func(n, otherwise int) int {
		if n == 0 {
			return otherwise
		}
		return n
	}
	return Limits{
		Depth: or(l.Depth, 10), Embeds: or(l.Embeds, 16), Items: or(l.Items, 1000),
		Conditions: or(l.Conditions, 200), InElements: or(l.InElements, 10_000),
	}
}
