package sqlite

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"strings"

	"github.com/groundwork-go/groundwork/db"
)

// jsonValue is a parsed JSON text: nil, bool, string, json.Number, []any or map[string]any.
type jsonValue struct{ v any }

func parseJSON(text []byte) (*jsonValue, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	out := new(jsonValue)
	if err := d.Decode(&out.v); err != nil {
		return nil, errNotJSON
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errNotJSON
	}
	return out, nil
}

var errNotJSON = &db.Error{Code: "22P02", Message: "invalid input syntax for type json"}

// compareJSON parses both texts; one of them is usually the same for all rows, and kept.
func (f *functions) compareJSON(a, b []byte, compare func(a, b any) bool) (bool, error) {
	right, err := f.json.get(b, func(text string) (*jsonValue, error) { return parseJSON([]byte(text)) })
	if err != nil {
		return false, err
	}
	left, err := parseJSON(a)
	if err != nil {
		return false, err
	}
	return compare(left.v, right.v), nil
}

// jsonContains is PostgreSQL's jsonb @>. An array contains a bare value that is one of its elements, but only at the top.
func jsonContains(a, b any) bool {
	if list, ok := a.([]any); ok && isScalar(b) {
		return hasElement(list, b)
	}
	return containsValue(a, b)
}

func containsValue(a, b any) bool {
	switch b := b.(type) {
	case map[string]any:
		object, ok := a.(map[string]any)
		if !ok {
			return false
		}
		for key, want := range b {
			if have, ok := object[key]; !ok || !containsValue(have, want) {
				return false
			}
		}
		return true
	case []any:
		list, ok := a.([]any)
		if !ok {
			return false
		}
		for _, want := range b {
			if !hasElement(list, want) {
				return false
			}
		}
		return true
	}
	return sameScalar(a, b)
}

func hasElement(list []any, want any) bool {
	for _, have := range list {
		if containsValue(have, want) {
			return true
		}
	}
	return false
}

// jsonOverlaps reports whether two arrays have an element in common. A value that is no array counts as an array of one.
func jsonOverlaps(a, b any) bool {
	for _, x := range asList(a) {
		for _, y := range asList(b) {
			if sameJSON(x, y) {
				return true
			}
		}
	}
	return false
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

func sameJSON(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		o, ok := b.(map[string]any)
		if !ok || len(o) != len(a) {
			return false
		}
		for key, x := range a {
			if y, ok := o[key]; !ok || !sameJSON(x, y) {
				return false
			}
		}
		return true
	case []any:
		l, ok := b.([]any)
		if !ok || len(l) != len(a) {
			return false
		}
		for i := range a {
			if !sameJSON(a[i], l[i]) {
				return false
			}
		}
		return true
	}
	return sameScalar(a, b)
}

func sameScalar(a, b any) bool {
	x, ok := a.(json.Number)
	if !ok {
		return isScalar(a) && isScalar(b) && a == b
	}
	y, ok := b.(json.Number)
	return ok && (x == y || sameNumber(string(x), string(y)))
}

// sameNumber compares two JSON numbers by value. Exponents are kept small, as a huge one would cost as much memory.
func sameNumber(x, y string) bool {
	if len(x)+len(y) > 200 || longExponent(x) || longExponent(y) {
		return false
	}
	p, ok := new(big.Rat).SetString(x)
	q, fine := new(big.Rat).SetString(y)
	return ok && fine && p.Cmp(q) == 0
}

func longExponent(s string) bool {
	i := strings.IndexAny(s, "eE")
	return i >= 0 && len(strings.TrimLeft(s[i+1:], "+-0")) > 3
}
