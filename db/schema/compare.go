package schema

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/uptrace/bun/dialect"
)

// Compare orders two values in text form the way PostgreSQL orders the column's type, text by its bytes: negative when a comes before
// b, zero when they are equal. Arrays compare element by element, NULL elements last. JSON, intervals, ranges and types this
// package does not interpret have no order here and compare as text. The error is a [*ValueError].
func (c *Column) Compare(a, b string) (int, error) {
	switch c.Kind {
	case Numeric:
		return CompareNumeric(a, b)
	case Array:
		return compareArrays(c, a, b)
	case Enum:
		if c.Enum != nil && c.ownType() {
			return cmp.Compare(slices.Index(c.Enum, a), slices.Index(c.Enum, b)), nil
		}
	}
	left, err := c.Arg(dialect.SQLite, a)
	if err != nil {
		return 0, err
	}
	right, err := c.Arg(dialect.SQLite, b)
	if err != nil {
		return 0, err
	}
	return compareArgs(left, right), nil
}

// ownType reports whether an enumeration is a type of its own on PostgreSQL, rather than text.
func (c *Column) ownType() bool {
	return c.Type != "text" && !strings.HasPrefix(c.Type, "character")
}

// compareArgs orders two arguments of one kind. Text beside a float is Infinity or NaN: behind every number, and in this order.
func compareArgs(left, right any) int {
	switch l := left.(type) {
	case int64:
		if r, ok := right.(int64); ok {
			return cmp.Compare(l, r)
		}
	case []byte:
		if r, ok := right.([]byte); ok {
			return bytes.Compare(l, r)
		}
	case string:
		if r, ok := right.(string); ok {
			return strings.Compare(l, r)
		}
		return 1
	case float64:
		if r, ok := right.(float64); ok {
			return cmp.Compare(l, r)
		}
	}
	return -1
}

// CompareNumeric orders two decimal numbers exactly. As in PostgreSQL, NaN equals itself and is greater than every number.
func CompareNumeric(a, b string) (int, error) {
	left, l, err := numericOrder(a)
	if err != nil {
		return 0, err
	}
	right, r, err := numericOrder(b)
	if err != nil {
		return 0, err
	}
	if left != right || left != 0 {
		return cmp.Compare(left, right), nil
	}
	return l.compare(r), nil
}

// numericOrder reads a number; the order is 0 for finite ones and tells the others apart.
func numericOrder(text string) (order int, d decimal, err error) {
	word := trim(text)
	if value, ok := special(word); ok {
		switch value {
		case "NaN":
			return 2, d, nil
		case math.Inf(-1):
			return -1, d, nil
		}
		return 1, d, nil
	}
	d, ok, _ := parseDecimal(word)
	if !ok {
		return 0, d, badSyntax("numeric", text)
	}
	return 0, d, nil
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

func (d decimal) compare(other decimal) int {
	sign := d.sign()
	if sign != other.sign() || sign == 0 {
		return cmp.Compare(sign, other.sign())
	}
	if d.exponent != other.exponent {
		return sign * cmp.Compare(d.exponent, other.exponent)
	}
	return sign * strings.Compare(d.digits, other.digits)
}

func compareArrays(c *Column, a, b string) (int, error) {
	left, err := ParseArray(a)
	if err != nil {
		return 0, err
	}
	right, err := ParseArray(b)
	if err != nil {
		return 0, err
	}
	elem := Column{Kind: c.Elem, Type: strings.TrimSuffix(c.Type, "[]")}
	nested := *c
	for i := range min(len(left), len(right)) {
		l, r := left[i], right[i]
		if l.Null || r.Null {
			if l.Null != r.Null {
				return cmp.Compare(btoi(l.Null), btoi(r.Null)), nil
			}
			continue
		}
		compare := elem.Compare
		if l.Nested && r.Nested {
			compare = nested.Compare
		}
		if order, err := compare(l.Text, r.Text); order != 0 || err != nil {
			return order, err
		}
	}
	return cmp.Compare(len(left), len(right)), nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
