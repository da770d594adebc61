package query

import (
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// address splits a parameter's key into the node it speaks to and what it says there: "a.b.col->x" is "col->x" on the embed b of
// the embed a. "or", "and" and their "not." forms stay together.
func (p *parser) address(key string) (*Node, string, error) {
	node := p.Root
	if strings.IndexByte(key, '.') < 0 {
		return node, key, nil
	}
	s := scanner{src: key, what: "filter"}
	for {
		start := s.pos
		if rest := key[start:]; rest == "not.or" || rest == "not.and" {
			return node, rest, nil
		}
		name, err := s.name()
		if err != nil || !s.accept(".") {
			return node, key[start:], nil //nolint:nilerr // the filter parser reports what is wrong with the name of a column
		}
		e := node.find(name)
		if e == nil {
			return nil, "", fault.NotEmbedded(name)
		}
		node = &e.Node
	}
}
