package query

// parameter is a set of the parameters that count only the first time.
type parameter uint8

const (
	seenOrder parameter = 1 << iota
	seenLimit
	seenOffset
	seenColumns
	seenOnConflict
)

// first reports whether which is met for the first time on the node.
func (n *Node) first(which parameter) bool {
	if n.seen&which != 0 {
		return false
	}
	n.seen |= which
	return true
}
