package query

import (
	"math"
	"net/http"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

const noNegativeLimit = "Limit should be greater than or equal to zero."

// page applies a limit or offset to a node. What is no integer is ignored, or refused when the request asks for strictness.
func (p *parser) page(n *Node, key, value string) error {
	number, ok := parseInteger(value)
	if !ok {
		if !p.Prefer.Strict {
			return nil
		}
		s := scanner{src: value, what: key}
		return s.fail("an integer")
	}
	if key == "offset" {
		if n.first(seenOffset) {
			n.Offset = max(number, 0)
		}
		return nil
	}
	if !n.first(seenLimit) {
		return nil
	}
	if number < 0 {
		return fault.Range(noNegativeLimit)
	}
	n.Limit = &number
	return nil
}

// rangeHeader narrows the root's page to the Range header of a GET.
func (p *parser) rangeHeader(header http.Header) error {
	if p.method != http.MethodGet || p.opt.Item {
		return nil
	}
	r, ok, err := ParseRange(header.Get("Range"))
	if err != nil || !ok {
		return err
	}
	return p.Root.narrow(r)
}

// narrow intersects the node's page with a range of rows.
func (n *Node) narrow(r Range) error {
	if n.Limit != nil && *n.Limit == 0 {
		return nil
	}
	last := r.Last
	if n.Limit != nil {
		last = min(last, saturate(n.Offset, *n.Limit-1))
	}
	n.Offset = max(n.Offset, r.First)
	if last < n.Offset {
		return fault.Range("The Range header and the limit and offset parameters have no rows in common.")
	}
	if last == math.MaxInt64 {
		n.Limit = nil
		return nil
	}
	limit := last - n.Offset + 1
	n.Limit = &limit
	return nil
}

// saturate adds without overflow; b is not below -1.
func saturate(a, b int64) int64 {
	if b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}
