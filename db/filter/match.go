package filter

import (
	"errors"
	"regexp"
	"strings"

	"github.com/groundwork-go/groundwork/db/schema"
)

// Tri is a truth value of SQL.
type Tri uint8

// The truth values.
const (
	False Tri = iota
	True
	Unknown
)

// String returns "false", "true" or "unknown".
func (t Tri) String() string { return [...]string{"false", "true", "unknown"}[t] }

// Row is a row in memory.
type Row interface {
	// Value returns the value of a column in the text form that PostgreSQL prints, or null.
	Value(column *schema.Column) (text string, null bool)
}

// ErrUndecided says that a condition depends on more than the row: on related rows, on a full-text dictionary, or on a type that only
// the database understands. Ask the database for such rows.
var ErrUndecided = errors.New("filter: only the database can decide this condition")

// Match evaluates a condition on a row in memory as the database would: a condition that compares NULL is Unknown, and only True means
// that the row matches. Text is ordered by its bytes, and letter case is Unicode's. What does not need an undecidable part is
// decided without it; else the error is [ErrUndecided], a [*schema.ValueError] or an [*Error], as from [Render].
func Match(expr Expr, row Row) (Tri, error) {
	switch e := expr.(type) {
	case nil:
		return True, nil
	case Const:
		return triOf(bool(e)), nil
	case And:
		return matchAll(e, row, False, True)
	case Or:
		return matchAll(e, row, True, False)
	case Not:
		t, err := Match(e.Expr, row)
		return t.not(), err
	case IsTrue:
		t, err := Match(e.Expr, row)
		return triOf(t == True), err
	case *Cmp:
		return e.match(row)
	}
	return Unknown, ErrUndecided
}

func triOf(b bool) Tri {
	if b {
		return True
	}
	return False
}

func (t Tri) not() Tri {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return Unknown
}

// matchAll evaluates members until one decides the whole; otherwise is the answer when all agree on it.
func matchAll(members []Expr, row Row, decides, otherwise Tri) (Tri, error) {
	result := otherwise
	var failed error
	for _, member := range members {
		t, err := Match(member, row)
		switch {
		case err != nil:
			failed = err
		case t == decides:
			return decides, nil
		case t == Unknown:
			result = Unknown
		}
	}
	if failed != nil {
		return Unknown, failed
	}
	return result, nil
}

// operand is the left side of a comparison in memory.
type operand struct {
	column schema.Column // the kind and type of text
	text   string
	null   bool
	json   any // the decoded value when the kind is JSON
}

func (c *Cmp) match(row Row) (Tri, error) {
	if c.Column == nil || c.Value.Var != "" {
		return Unknown, ErrUndecided
	}
	if err := c.possible(anyDialect); err != nil {
		return Unknown, err
	}
	left, err := c.read(row)
	if err != nil {
		return Unknown, err
	}
	switch {
	case c.Op == Is:
		return left.is(c.Value.Text), nil
	case c.Value.List != nil && len(c.Value.List) == 0:
		return triOf(c.Quantifier == All), nil
	case c.undecidable(left):
		return Unknown, ErrUndecided
	case c.Value.List == nil:
		return c.matchOne(left, c.Value.Text)
	}
	return c.matchList(left)
}

// undecidable reports types whose values only the database compares.
func (c *Cmp) undecidable(left operand) bool {
	switch left.column.Kind {
	case schema.Other, schema.Interval, schema.Range:
		return true
	}
	return c.Op.fullText() || c.Op.forRanges() || left.column.Type == "citext" || left.column.Type == "character"
}

func (o operand) is(word string) Tri {
	switch word {
	case "null":
		return triOf(o.null)
	case "not_null":
		return triOf(!o.null)
	case "unknown":
		return triOf(o.null)
	}
	if o.null {
		return False
	}
	order, err := o.column.Compare(o.text, word)
	return triOf(err == nil && order == 0)
}

// matchList evaluates in, (any) and (all).
func (c *Cmp) matchList(left operand) (Tri, error) {
	members := make([]Expr, len(c.Value.List))
	decides, otherwise := True, False
	if c.Quantifier == All {
		decides, otherwise = False, True
	}
	result := otherwise
	for i := range members {
		t, err := c.matchOne(left, c.Value.List[i])
		if err != nil {
			return Unknown, err
		}
		if t == decides {
			return decides, nil
		}
		if t == Unknown {
			result = Unknown
		}
	}
	return result, nil
}

// matchOne evaluates the operator with one operand.
func (c *Cmp) matchOne(left operand, text string) (Tri, error) {
	if left.null && c.Op != IsDistinct {
		return Unknown, c.valid(left, text)
	}
	switch c.Op {
	case Like, ILike:
		pattern, err := likePattern(text)
		if err != nil {
			return Unknown, err
		}
		return triOf(like(pattern, left.text, c.Op == ILike)), nil
	case Regex, IRegex:
		return matchRegex(left.text, text, c.Op == IRegex)
	case Contains, ContainedIn, Overlaps:
		return c.matchContains(left, text)
	case IsDistinct:
		if left.null {
			return True, c.valid(left, text)
		}
	}
	order, err := left.compare(text)
	if err != nil {
		return Unknown, err
	}
	return triOf(c.Op.holds(order)), nil
}

// valid refuses an operand that does not fit even when there is nothing to compare it with.
func (c *Cmp) valid(left operand, text string) error {
	if !c.comparesValues() {
		return nil
	}
	_, err := left.compareWith(text, text)
	return err
}

func (o Op) holds(order int) bool {
	switch o {
	case Neq, IsDistinct:
		return order != 0
	case Gt:
		return order > 0
	case Gte:
		return order >= 0
	case Lt:
		return order < 0
	case Lte:
		return order <= 0
	}
	return order == 0 // eq and in
}

func (o operand) compare(text string) (int, error) {
	if o.column.Kind != schema.JSON {
		return o.column.Compare(o.text, text)
	}
	right, err := decodeJSON(text)
	if err != nil {
		return 0, err
	}
	return compareJSON(o.json, right, true), nil
}

func (o operand) compareWith(a, b string) (int, error) {
	if o.column.Kind == schema.JSON {
		_, err := decodeJSON(a)
		return 0, err
	}
	return o.column.Compare(a, b)
}

func matchRegex(text, pattern string, fold bool) (Tri, error) {
	if fold {
		pattern = "(?i)" + pattern
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return Unknown, &Error{state: "2201B", message: "invalid regular expression: " + reason}
	}
	return triOf(compiled.MatchString(text)), nil
}
