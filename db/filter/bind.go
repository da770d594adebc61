package filter

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/schema"
)

// Bind puts values in the place of a policy's variables and simplifies what they decide. lookup gets names such as "auth.uid" and
// returns a string, a number, a bool, a time, a list, or anything that prints itself (fmt.Stringer); it runs once per use. The
// result is TRUE or FALSE as a [Const] when nothing of the row matters any more.
//
// A variable is missing when lookup does not know it, when its value is nil, "" or an empty list, and when the value does not fit the
// column it is compared with. In a condition that allows (deny is false), a comparison with a missing variable, negated or not, holds
// for no row. In a condition that denies, one missing variable makes the whole condition TRUE: the denial hits every row.
//
// Values are data: in like and match their characters stand for themselves. (A value with a star cannot be compared with like.)
func Bind(expr Expr, lookup func(name string) (value any, ok bool), deny bool) Expr {
	b := binder{lookup: lookup}
	bound := b.expr(expr, false)
	if deny && b.missing {
		return Const(true)
	}
	return bound
}

type binder struct {
	lookup func(name string) (any, bool)
	// missing is set as soon as a variable has no value.
	missing bool
}

// expr binds an expression with every negation pushed down to the comparisons, so that one that is unknown can be made FALSE whether
// it is negated or not.
func (b *binder) expr(expr Expr, negated bool) Expr {
	switch e := expr.(type) {
	case nil:
		return Const(!negated)
	case Const:
		return Const(bool(e) != negated)
	case And:
		if negated {
			return b.anyOf(e, true)
		}
		return b.allOf(e, false)
	case Or:
		if negated {
			return b.allOf(e, true)
		}
		return b.anyOf(e, false)
	case Not:
		return b.expr(e.Expr, !negated)
	case *Cmp:
		return b.comparison(e, negated)
	case *Exists:
		return b.inside(e.Expr, negated, func(inner Expr) Expr {
			if inner == Expr(Const(false)) {
				return inner
			}
			if inner == Expr(Const(true)) {
				inner = nil
			}
			return &Exists{Relation: e.Relation, Expr: inner}
		})
	case IsTrue:
		return b.inside(e.Expr, negated, func(inner Expr) Expr {
			if _, decided := inner.(Const); decided {
				return inner
			}
			return IsTrue{inner}
		})
	}
	return expr
}

// inside binds what stands in an expression that a negation cannot be pushed into.
func (b *binder) inside(inner Expr, negated bool, wrap func(Expr) Expr) Expr {
	before := b.missing
	b.missing = false
	bound := wrap(b.expr(inner, false))
	lost := b.missing
	b.missing = b.missing || before
	if !negated {
		return bound
	}
	if lost {
		return Const(false)
	}
	return not(bound)
}

func not(expr Expr) Expr {
	if c, ok := expr.(Const); ok {
		return !c
	}
	return Not{expr}
}

func (b *binder) allOf(members []Expr, negated bool) Expr {
	kept := make(And, 0, len(members))
	decided := false
	for _, member := range members { // every member, so that a missing variable behind a decided one is seen
		switch m := b.expr(member, negated).(type) {
		case Const:
			decided = decided || !bool(m)
		default:
			kept = append(kept, m)
		}
	}
	switch {
	case decided:
		return Const(false)
	case len(kept) == 0:
		return Const(true)
	case len(kept) == 1:
		return kept[0]
	}
	return kept
}

func (b *binder) anyOf(members []Expr, negated bool) Expr {
	kept := make(Or, 0, len(members))
	decided := false
	for _, member := range members {
		switch m := b.expr(member, negated).(type) {
		case Const:
			decided = decided || bool(m)
		default:
			kept = append(kept, m)
		}
	}
	switch {
	case decided:
		return Const(true)
	case len(kept) == 0:
		return Const(false)
	case len(kept) == 1:
		return kept[0]
	}
	return kept
}

func (b *binder) comparison(c *Cmp, negated bool) Expr {
	bound, ok := c, true
	if c.Value.Var != "" {
		bound, ok = b.operand(c)
	}
	if ok && bound.Left != "" {
		if t := b.left(bound); t != Unknown {
			return Const((t == True) != negated)
		}
		ok = false
	}
	if !ok {
		b.missing = true
		return Const(false)
	}
	if negated {
		return Not{bound}
	}
	return bound
}

// operand returns the comparison with the value of its variable; false when the variable is missing.
func (b *binder) operand(c *Cmp) (*Cmp, bool) {
	value, ok := b.lookup(c.Value.Var)
	if !ok {
		return nil, false
	}
	if c.takesOne() && !isList(value) {
		return c.withOne(value)
	}
	list, isList, ok := texts(value)
	if !ok || isList && len(list) == 0 {
		return nil, false
	}
	bound := *c
	bound.Value = Value{}
	switch {
	case c.Op == In:
		bound.Value.List = list
	case c.Quantifier != One:
		for _, text := range list {
			literal, ok := literally(c.Op, text)
			if !ok {
				return nil, false
			}
			bound.Value.List = append(bound.Value.List, literal)
		}
	case c.Op == Contains || c.Op == ContainedIn || c.Op == Overlaps:
		bound.Value.Text = c.container(value, list, isList)
	default: // one value is wanted and there is a list, or an element of an array is compared
		return nil, false
	}
	return &bound, bound.fits()
}

// takesOne reports whether the operator compares with one value, as most do.
func (c *Cmp) takesOne() bool {
	switch c.Op {
	case In, Contains, ContainedIn, Overlaps:
		return false
	}
	return c.Quantifier == One && !c.Value.InArray
}

// withOne returns the comparison with one value; false when the value does not fit.
func (c *Cmp) withOne(value any) (*Cmp, bool) {
	text, ok := textOf(value)
	if !ok {
		return nil, false
	}
	if text, ok = literally(c.Op, text); !ok {
		return nil, false
	}
	bound := *c
	bound.Value = Value{Text: text}
	return &bound, bound.fits()
}

// container is the value as an array literal or as JSON, for cs, cd and ov.
func (c *Cmp) container(value any, list []string, isList bool) string {
	if c.Column != nil && c.kind() == schema.JSON {
		if c.Value.InArray {
			value = []any{value}
		}
		text, err := json.Marshal(value)
		if err != nil {
			return ""
		}
		return string(text)
	}
	if !isList && !c.Value.InArray {
		return list[0]
	}
	elements := make([]schema.Element, len(list))
	for i, text := range list {
		elements[i].Text = text
	}
	return string(schema.AppendArray(nil, elements))
}

// literally escapes what has a meaning in a pattern. A star in a LIKE pattern has no escape: such a value does not fit.
func literally(op Op, text string) (string, bool) {
	switch op {
	case Like, ILike:
		return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text), !strings.Contains(text, "*")
	case Regex, IRegex:
		return regexp.QuoteMeta(text), true
	}
	return text, true
}

// fits reports whether the operands are values of the left side's type.
func (c *Cmp) fits() bool {
	if c.Column == nil {
		return true
	}
	convert := func(text string) (any, error) { return c.arg(dialect.SQLite, text) }
	if !c.comparesValues() && c.Op != Contains && c.Op != ContainedIn && c.Op != Overlaps {
		convert = c.textArg
	}
	if c.Value.List == nil {
		_, err := convert(c.Value.Text)
		return err == nil
	}
	for _, text := range c.Value.List {
		if _, err := convert(text); err != nil {
			return false
		}
	}
	return true
}

// left decides a comparison whose left side is a variable; Unknown when that is missing.
func (b *binder) left(c *Cmp) Tri {
	value, ok := b.lookup(c.Left)
	if !ok {
		return Unknown
	}
	list, isList, ok := texts(value)
	if !ok || isList && len(list) == 0 {
		return Unknown
	}
	column := schema.Column{Kind: schema.Text, Type: "text"}
	text := list[0]
	switch value.(type) {
	case bool:
		column = schema.Column{Kind: schema.Bool, Type: "boolean"}
	case json.Number, int, int64, float64:
		column = schema.Column{Kind: schema.Numeric, Type: "numeric"}
	}
	if isList {
		elements := make([]schema.Element, len(list))
		for i := range list {
			elements[i].Text = list[i]
		}
		column = schema.Column{Kind: schema.Array, Elem: schema.Text, Type: "text[]"}
		text = string(schema.AppendArray(nil, elements))
	}
	decided := *c
	decided.Left, decided.Column = "", &column
	t, err := Match(&decided, single(text))
	if err != nil {
		return Unknown
	}
	return t
}

// single is a row of one value.
type single string

// Value returns the value whatever the column is.
func (s single) Value(*schema.Column) (string, bool) { return string(s), false }

// isList reports whether a variable's value is a list.
func isList(value any) bool {
	switch value.(type) {
	case []string, []any:
		return true
	}
	return false
}

// texts are the text forms of a variable's value; false when there is none.
func texts(value any) (list []string, isList, ok bool) {
	switch v := value.(type) {
	case []string:
		for _, text := range v {
			if text != "" {
				list = append(list, text)
			}
		}
		return list, true, true
	case []any:
		for _, element := range v {
			if text, ok := textOf(element); ok {
				list = append(list, text)
			}
		}
		return list, true, true
	}
	text, ok := textOf(value)
	return []string{text}, false, ok
}

func textOf(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", false
	case string:
		return v, v != ""
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), true
	case fmt.Stringer: // json.Number and uuid.UUID among them
		text := v.String()
		return text, text != ""
	case map[string]any:
		text, err := json.Marshal(v)
		return string(text), err == nil
	}
	return "", false
}
