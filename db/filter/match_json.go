package filter

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/schema"
)

// anyDialect stands for evaluation in memory, where nothing of PostgreSQL is refused up front.
const anyDialect = dialect.PG

// read takes the left side of a comparison out of a row.
func (c *Cmp) read(row Row) (operand, error) {
	text, null := row.Value(c.Column)
	o := operand{column: *c.Column, text: text, null: null}
	switch {
	case null && len(c.Path) > 0:
		return c.follow(nil)
	case null, len(c.Path) == 0 && c.Column.Kind != schema.JSON:
		return o, nil
	}
	document := text
	switch c.Column.Kind {
	case schema.JSON:
	case schema.Array:
		arg, err := c.Column.Arg(dialect.SQLite, text)
		if err != nil {
			return o, err
		}
		document, _ = arg.(string)
	default:
		return o, ErrUndecided
	}
	value, err := decodeJSON(document)
	if err != nil {
		return o, err
	}
	return c.follow(value)
}

// follow walks the path of the left side.
func (c *Cmp) follow(value any) (operand, error) {
	o := operand{column: schema.Column{Kind: schema.JSON, Type: "jsonb"}}
	for _, step := range c.Path {
		var ok bool
		if value, ok = step.into(value); !ok {
			o.null = true
			break
		}
	}
	o.json = value
	if len(c.Path) == 0 || !c.Path[len(c.Path)-1].AsText {
		return o, nil
	}
	o.column = schema.Column{Kind: schema.Text, Type: "text"}
	switch v := value.(type) {
	case nil:
		o.null = true
	case string:
		o.text = v
	case json.Number:
		o.text = v.String()
	case bool:
		o.text = "false"
		if v {
			o.text = "true"
		}
	default:
		return o, ErrUndecided // the text of a whole object depends on how the database prints it
	}
	return o, nil
}

// into takes one step of a path.
func (s Step) into(value any) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		member, ok := v[s.Key]
		return member, ok && !s.IsIndex
	case []any:
		i := s.Index
		if i < 0 {
			i += len(v)
		}
		if s.IsIndex && i >= 0 && i < len(v) {
			return v[i], true
		}
	}
	return nil, false
}

// decodeJSON reads a JSON text with exact numbers.
func decodeJSON(text string) (any, error) {
	column := schema.Column{Kind: schema.JSON, Type: "json"}
	if _, err := column.Arg(dialect.SQLite, text); err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	err := d.Decode(&value)
	return value, err
}

// jsonRank is the place of a value's type in the order of jsonb. Only at the top an empty array comes first.
func jsonRank(value any, top bool) int {
	switch v := value.(type) {
	case string:
		return rankText
	case json.Number:
		return rankNumber
	case bool:
		return rankBool
	case []any:
		if top && len(v) == 0 {
			return rankEmptyArray
		}
		return rankArray
	case map[string]any:
		return rankObject
	}
	return rankNull
}

// compareJSON orders two values as PostgreSQL orders jsonb.
func compareJSON(a, b any, top bool) int {
	if left, right := jsonRank(a, top), jsonRank(b, top); left != right {
		return cmp.Compare(left, right)
	}
	switch x := a.(type) {
	case string:
		y, _ := b.(string)
		return strings.Compare(x, y)
	case json.Number:
		y, _ := b.(json.Number)
		order, _ := schema.CompareNumeric(string(x), string(y)) // both are JSON numbers
		return order
	case bool:
		y, _ := b.(bool)
		return cmp.Compare(boolOrder(x), boolOrder(y))
	case []any:
		y, _ := b.([]any)
		if len(x) != len(y) {
			return cmp.Compare(len(x), len(y))
		}
		for i := range x {
			if order := compareJSON(x[i], y[i], false); order != 0 {
				return order
			}
		}
	case map[string]any:
		y, _ := b.(map[string]any)
		return compareObjects(x, y)
	}
	return 0
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareObjects orders objects by size, then key by key in PostgreSQL's order: shorter keys first.
func compareObjects(x, y map[string]any) int {
	if len(x) != len(y) {
		return cmp.Compare(len(x), len(y))
	}
	left, right := jsonKeys(x), jsonKeys(y)
	for i := range left {
		if order := compareKeys(left[i], right[i]); order != 0 {
			return strings.Compare(left[i], right[i])
		}
		if order := compareJSON(x[left[i]], y[right[i]], false); order != 0 {
			return order
		}
	}
	return 0
}

func jsonKeys(object map[string]any) []string {
	return slices.SortedFunc(maps.Keys(object), compareKeys)
}

func compareKeys(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// matchContains evaluates cs, cd and ov.
func (c *Cmp) matchContains(left operand, text string) (Tri, error) {
	if left.column.Kind == schema.Array {
		return matchArrays(&left.column, c.Op, left.text, text)
	}
	right, err := decodeJSON(text)
	if err != nil {
		return Unknown, err
	}
	if c.Op == ContainedIn {
		return triOf(jsonContains(right, left.json, true)), nil
	}
	return triOf(jsonContains(left.json, right, true)), nil
}

// jsonContains is PostgreSQL's jsonb @>. At the top an array also contains a bare value that is one of its elements.
func jsonContains(a, b any, top bool) bool {
	switch y := b.(type) {
	case map[string]any:
		x, ok := a.(map[string]any)
		for key, want := range y {
			have, found := x[key]
			ok = ok && found && jsonContains(have, want, false)
		}
		return ok
	case []any:
		x, ok := a.([]any)
		for _, want := range y {
			ok = ok && slices.ContainsFunc(x, func(have any) bool { return jsonContains(have, want, false) })
		}
		return ok
	}
	if x, ok := a.([]any); ok && top {
		return slices.ContainsFunc(x, func(have any) bool { return compareJSON(have, b, false) == 0 })
	}
	return compareJSON(a, b, false) == 0
}

// matchArrays evaluates cs, cd and ov on arrays: as sets, where a NULL element equals nothing.
func matchArrays(column *schema.Column, op Op, left, right string) (Tri, error) {
	x, err := schema.ParseArray(left)
	if err != nil {
		return Unknown, err
	}
	y, err := schema.ParseArray(right)
	if err != nil {
		return Unknown, err
	}
	elem := schema.Column{Kind: column.Elem, Type: strings.TrimSuffix(column.Type, "[]")}
	var failed error
	in := func(e schema.Element, list []schema.Element) bool {
		return !e.Null && slices.ContainsFunc(list, func(other schema.Element) bool {
			if other.Null {
				return false
			}
			order, err := elem.Compare(other.Text, e.Text)
			if err != nil {
				failed = err
			}
			return err == nil && order == 0
		})
	}
	var found bool
	switch op {
	case Contains:
		found = !slices.ContainsFunc(y, func(e schema.Element) bool { return !in(e, x) })
	case ContainedIn:
		found = !slices.ContainsFunc(x, func(e schema.Element) bool { return !in(e, y) })
	default:
		found = slices.ContainsFunc(x, func(e schema.Element) bool { return in(e, y) })
	}
	return triOf(found), failed
}
