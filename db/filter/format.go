package filter

import (
	"strconv"
	"strings"

	"github.com/groundwork-go/groundwork/db/schema"
)

// Format prints a condition in the grammar. What [Parse] returned prints as a text that reads back as an equal Expr. The constants
// and IS TRUE, which [Bind] and programs add, have no form in the grammar and print as TRUE, FALSE and is_true(…), for logs.
func Format(expr Expr) string {
	and, several := expr.(And)
	if !several {
		return string(appendParam(nil, expr))
	}
	var buf []byte
	for i, member := range and {
		if i > 0 {
			buf = append(buf, '&')
		}
		buf = appendParam(buf, member)
	}
	return string(buf)
}

// appendParam prints an expression as key=value, without a tree where it needs none.
func appendParam(buf []byte, expr Expr) []byte {
	switch e := expr.(type) {
	case nil:
		return buf
	case Or:
		return appendMembers(append(buf, "or="...), e)
	case Not:
		switch inner := e.Expr.(type) {
		case Or:
			return appendMembers(append(buf, "not.or="...), inner)
		case And:
			return appendMembers(append(buf, "not.and="...), inner)
		case *Cmp:
			return appendPlain(buf, inner, "=not.")
		}
	case *Cmp:
		return appendPlain(buf, e, "=")
	case *Exists:
		switch inner := e.Expr.(type) {
		case *Cmp, Or, Not:
			return appendParam(append(appendName(buf, e.Relation.Target.Name), '.'), inner)
		case And:
			return appendEach(append(buf, "and="...), e.Relation.Target.Name, inner)
		}
	}
	return appendMembers(append(buf, "and="...), []Expr{expr})
}

// appendPlain prints a comparison as a plain parameter, or in a tree when its value could not stand alone.
func appendPlain(buf []byte, c *Cmp, sign string) []byte {
	text := c.Value.Text
	_, length, _ := variable(strings.TrimPrefix(text, "{"))
	_, whole, _ := variable(text)
	if strings.Contains(text+strings.Join(c.Value.List, ""), "&") || c.Value.Var == "" && length+whole > 0 {
		return appendMembers(append(buf, "and="...), []Expr{wrapped(c, sign)})
	}
	buf = append(appendLeft(buf, c), sign...)
	return appendOperand(appendOperator(buf, c), c, false)
}

func wrapped(c *Cmp, sign string) Expr {
	if sign == "=" {
		return c
	}
	return Not{c}
}

// appendMembers prints the members of a tree in parentheses.
func appendMembers(buf []byte, members []Expr) []byte {
	buf = append(buf, '(')
	for i, member := range members {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendMember(buf, member)
	}
	return append(buf, ')')
}

// appendMember prints a member of a tree.
func appendMember(buf []byte, expr Expr) []byte {
	switch e := expr.(type) {
	case And:
		return appendMembers(append(buf, "and"...), e)
	case Or:
		return appendMembers(append(buf, "or"...), e)
	case Not:
		return appendNegated(buf, e.Expr)
	case *Exists:
		return appendRelated(buf, e)
	case *Cmp:
		return appendOperand(appendOperator(append(appendLeft(buf, e), '.'), e), e, true)
	case Const:
		return append(buf, strings.ToUpper(strconv.FormatBool(bool(e)))...)
	case IsTrue:
		return append(appendMember(append(buf, "is_true("...), e.Expr), ')')
	}
	return buf
}

func appendNegated(buf []byte, expr Expr) []byte {
	switch e := expr.(type) {
	case And:
		return appendMembers(append(buf, "not.and"...), e)
	case Or:
		return appendMembers(append(buf, "not.or"...), e)
	case *Cmp:
		buf = append(appendLeft(buf, e), ".not."...)
		return appendOperand(appendOperator(buf, e), e, true)
	case *Exists:
		if e.Expr == nil {
			return append(appendName(buf, e.Relation.Target.Name), ".is.null"...)
		}
	}
	return appendMembers(append(buf, "not.and"...), []Expr{expr})
}

// appendRelated prints a condition on a related row; several conditions on one row stand side by side.
func appendRelated(buf []byte, e *Exists) []byte {
	name := e.Relation.Target.Name
	and, several := e.Expr.(And)
	switch {
	case e.Expr == nil:
		return append(appendName(buf, name), ".is.not_null"...)
	case !several:
		return appendMember(append(appendName(buf, name), '.'), e.Expr)
	}
	return appendEach(append(buf, "and"...), name, and)
}

// appendEach prints members that each speak about the named relation.
func appendEach(buf []byte, relation string, members And) []byte {
	buf = append(buf, '(')
	for i, member := range members {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendMember(append(appendName(buf, relation), '.'), member)
	}
	return append(buf, ')')
}

func appendLeft(buf []byte, c *Cmp) []byte {
	if c.Column == nil {
		return append(append(append(buf, '{'), c.Left...), '}')
	}
	buf = appendName(buf, c.Column.Name)
	for _, step := range c.Path {
		buf = append(buf, "->"...)
		if step.AsText {
			buf = append(buf, '>')
		}
		switch {
		case step.IsIndex:
			buf = strconv.AppendInt(buf, int64(step.Index), 10)
		case isIndex(step.Key):
			buf = appendEscaped(buf, step.Key)
		default:
			buf = appendName(buf, step.Key)
		}
	}
	return buf
}

// appendName prints a name so that the parser reads it back.
func appendName(buf []byte, name string) []byte {
	reserved := name == "" || name == "and" || name == "or" || name == "not"
	if reserved || strings.Trim(name, " ") != name || nameLength(name) != len(name) {
		return appendEscaped(buf, name)
	}
	return append(buf, name...)
}

// appendEscaped prints a text in double quotes, with backslashes before quotes and backslashes.
func appendEscaped(buf []byte, s string) []byte {
	buf = append(buf, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			buf = append(buf, '\\')
		}
		buf = append(buf, s[i])
	}
	return append(buf, '"')
}

func appendOperator(buf []byte, c *Cmp) []byte {
	buf = append(buf, c.Op.String()...)
	switch {
	case c.Quantifier == Any:
		buf = append(buf, "(any)"...)
	case c.Quantifier == All:
		buf = append(buf, "(all)"...)
	case c.Language != "":
		buf = append(append(append(buf, '('), c.Language...), ')')
	}
	return append(buf, '.')
}

// appendOperand prints the right side.
func appendOperand(buf []byte, c *Cmp, inTree bool) []byte {
	v := c.Value
	switch {
	case v.Var != "" && v.InArray && c.Op == In:
		return append(append(append(buf, "({"...), v.Var...), "})"...)
	case v.Var != "" && v.InArray:
		return append(append(append(buf, "{{"...), v.Var...), "}}"...)
	case v.Var != "":
		return append(append(append(buf, '{'), v.Var...), '}')
	case c.Op == In:
		return appendList(buf, v.List)
	case c.Quantifier != One:
		elements := make([]schema.Element, len(v.List))
		for i, text := range v.List {
			elements[i].Text = text
		}
		return schema.AppendArray(buf, elements)
	case inTree && c.Op != Is && needsQuotes(v.Text):
		return appendEscaped(buf, v.Text)
	}
	return append(buf, v.Text...)
}

func appendList(buf []byte, list []string) []byte {
	buf = append(buf, '(')
	for i, text := range list {
		if i > 0 {
			buf = append(buf, ',')
		}
		if text == "" || strings.ContainsAny(text, "\"\\,(){} ") {
			buf = appendEscaped(buf, text)
		} else {
			buf = append(buf, text...)
		}
	}
	return append(buf, ')')
}

// needsQuotes reports whether a value would read differently as it stands in a tree.
func needsQuotes(text string) bool {
	if strings.HasPrefix(text, "{") {
		_, one, _ := variable(text)
		_, inArray, _ := variable(text[1:])
		return one+inArray > 0 || bracesLength(text) != len(text)
	}
	return strings.HasPrefix(text, `"`) || strings.ContainsAny(text, ",)")
}
