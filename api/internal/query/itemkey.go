package query

import (
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/schema"
)

// ParseItemKey reads the last segment of an item route, still escaped, into the values of the table's primary key in key order. The
// key of one column is the whole segment, taken literally. The values of a composite key are separated by commas and may be
// double-quoted, a backslash making the next character ordinary. Another number of values fits no row: 404. A table without a
// primary key has no such route: 404 PGRST125.
func ParseItemKey(escapedSegment string, table *schema.Table) ([]string, error) {
	if len(table.PrimaryKey) == 0 {
		return nil, fault.Path()
	}
	segment, err := unescape(escapedSegment, false)
	if err != nil {
		return nil, err
	}
	if len(table.PrimaryKey) == 1 {
		return []string{segment}, nil
	}
	values := make([]string, 0, len(table.PrimaryKey))
	for {
		value, rest, more := keyValue(segment)
		if len(values) == cap(values) {
			return nil, fault.NoRow()
		}
		values = append(values, value)
		if !more {
			break
		}
		segment = rest
	}
	if len(values) != len(table.PrimaryKey) {
		return nil, fault.NoRow()
	}
	return values, nil
}

// keyValue cuts the first value off; more says that a comma followed. A quote that does not end before a comma or the end is an
// ordinary character.
func keyValue(src string) (value, rest string, more bool) {
	if strings.HasPrefix(src, `"`) {
		s := scanner{src: src}
		quoted, err := s.quoted()
		if err == nil && s.done() {
			return quoted, "", false
		}
		if err == nil && s.accept(",") {
			return quoted, src[s.pos:], true
		}
	}
	return strings.Cut(src, ",")
}
