package filter

import (
	"fmt"
	"strings"

	"github.com/groundwork-go/groundwork/db/schema"
)

// expectOperator is what an error says when an operator is missing.
const expectOperator = `"not" or operator (eq, gt, ...)`

// comparison reads {not.}operator{(modifier)}.value with the given reader of single values.
func (p *Parser) comparison(s *scanner, l left, value func(*Parser, *scanner) (Value, error)) (Expr, error) {
	if err := p.count(); err != nil {
		return nil, err
	}
	negated := s.accept("not.")
	c, err := p.operator(s, value)
	if err != nil {
		return nil, err
	}
	expr, err := p.apply(l, c)
	if err != nil {
		return nil, err
	}
	if negated {
		return negation(expr), nil
	}
	return expr, nil
}

// negation negates without stacking one not on another.
func negation(expr Expr) Expr {
	if not, ok := expr.(Not); ok {
		return not.Expr
	}
	return Not{expr}
}

// apply puts a comparison behind its left side.
func (p *Parser) apply(l left, c *Cmp) (Expr, error) {
	if l.embed != nil || l.relation != nil {
		present := l.embed
		if present == nil {
			present = &Exists{Relation: l.relation}
		}
		switch {
		case c.Op == Is && c.Value.Text == "null":
			return negation(present), nil
		case c.Op == Is && c.Value.Text == "not_null":
			return present, nil
		}
		return nil, &Error{
			state: "PGRST120", message: "Bad operator on an embedded resource",
			details: "Only is null or not is null filters are allowed on embedded resources",
		}
	}
	c.Column, c.Path, c.Left = l.column, l.path, l.variable
	return c, nil
}

// operator reads the operator, its modifier and its value.
func (p *Parser) operator(s *scanner, value func(*Parser, *scanner) (Value, error)) (*Cmp, error) {
	start := s.pos
	end := 0
	for rest := s.rest(); end < len(rest) && 'a' <= rest[end] && rest[end] <= 'z'; {
		end++
	}
	op, ok := operatorNamed(s.rest()[:end])
	if !ok {
		return nil, s.fail(expectOperator)
	}
	s.pos += end
	c := &Cmp{Op: op}
	if err := p.modifier(s, c); err != nil {
		return nil, err
	}
	if !s.accept(".") {
		if s.done() {
			s.pos = start
		}
		return nil, s.fail(`"." behind the operator ` + op.String())
	}
	return c, p.operand(s, c, value)
}

// modifier reads (any), (all), or the language of a full-text operator.
func (p *Parser) modifier(s *scanner, c *Cmp) error {
	if !strings.HasPrefix(s.rest(), "(") {
		return nil
	}
	word, _, ok := strings.Cut(s.rest()[1:], ")")
	switch {
	case ok && operators[c.Op].quantified && word == "any":
		c.Quantifier = Any
	case ok && operators[c.Op].quantified && word == "all":
		c.Quantifier = All
	case ok && c.Op.fullText() && word != "" && strings.Trim(word, wordCharacters) == "":
		c.Language = word
	default:
		return s.fail(`"." behind the operator ` + c.Op.String())
	}
	s.pos += len(word) + 2
	return nil
}

const wordCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// operand reads the value in the form that the operator wants.
func (p *Parser) operand(s *scanner, c *Cmp, value func(*Parser, *scanner) (Value, error)) error {
	start := s.pos
	switch c.Op {
	case Is:
		word := isWord(s.rest())
		if word == "" {
			return s.fail("isVal: (null, not_null, true, false, unknown)")
		}
		s.pos += len(word)
		c.Value.Text = strings.ToLower(word)
		return nil
	case In:
		return p.inList(s, c)
	}
	v, err := value(p, s)
	if err != nil {
		return err
	}
	c.Value = v
	if c.Quantifier != One && v.Var == "" {
		return p.quantified(s, c, start)
	}
	limit := p.Limits.withDefaults().Pattern
	if (c.Op == Regex || c.Op == IRegex) && len(v.Text) > limit {
		return patternTooLong(limit)
	}
	return nil
}

func patternTooLong(limit int) error {
	return &Error{
		state: "PGRST100", message: "The regular expression is too long",
		details: fmt.Sprintf("At most %d bytes are accepted.", limit),
	}
}

// isWord is the operand of is that rest begins with, as spelled.
func isWord(rest string) string {
	for _, word := range [...]string{"null", "not_null", "true", "false", "unknown"} {
		if len(rest) >= len(word) && strings.EqualFold(rest[:len(word)], word) {
			return rest[:len(word)]
		}
	}
	return ""
}

// quantified takes the array literal of (any) and (all) apart.
func (p *Parser) quantified(s *scanner, c *Cmp, start int) error {
	elements, err := schema.ParseArray(c.Value.Text)
	if err != nil {
		s.pos = start
		return s.failWith(`expecting an array: {a,"b,c"}`)
	}
	limits := p.Limits.withDefaults()
	if err := p.checkLength(len(elements)); err != nil {
		return err
	}
	c.Value = Value{List: make([]string, len(elements))}
	for i, e := range elements {
		if e.Null || e.Nested {
			s.pos = start
			return s.failWith("NULL and arrays are no elements of (any) and (all)")
		}
		if (c.Op == Regex || c.Op == IRegex) && len(e.Text) > limits.Pattern {
			return patternTooLong(limits.Pattern)
		}
		c.Value.List[i] = e.Text
	}
	return nil
}

func (p *Parser) checkLength(n int) error {
	if limit := p.Limits.withDefaults().InElements; n > limit {
		return &Error{
			state: "PGRST100", message: "The list has too many elements",
			details: fmt.Sprintf("At most %d elements are accepted.", limit),
		}
	}
	return nil
}

// inList reads (a,b,"c,d"), or a variable that is a list.
func (p *Parser) inList(s *scanner, c *Cmp) error {
	if p.Vars && strings.HasPrefix(s.rest(), "{") {
		v, err := p.variable(s)
		c.Value = v
		return err
	}
	if !s.accept("(") {
		return s.fail(`"("`)
	}
	s.spaces()
	c.Value.List = []string{}
	if s.accept(")") {
		return nil
	}
	if p.Vars && strings.HasPrefix(s.rest(), "{") {
		name, length, err := variable(s.rest())
		if err != nil {
			return s.failWith(err.Error())
		}
		if length > 0 && strings.HasPrefix(s.rest()[length:], ")") {
			s.pos += length + 1
			c.Value = Value{Var: name, InArray: true}
			return nil
		}
	}
	for {
		element, err := p.element(s)
		if err != nil {
			return err
		}
		c.Value.List = append(c.Value.List, element)
		if err := p.checkLength(len(c.Value.List)); err != nil {
			return err
		}
		if s.accept(")") {
			return nil
		}
		if !s.accept(",") {
			return s.fail(`"," or ")"`)
		}
	}
}

// element reads one element of a list.
func (p *Parser) element(s *scanner) (string, error) {
	if strings.HasPrefix(s.rest(), `"`) {
		text, length, ok := unquote(s.rest())
		if ok && s.pos+length < len(s.src) && strings.IndexByte(",)", s.src[s.pos+length]) >= 0 {
			s.pos += length
			return text, nil
		}
	}
	end := strings.IndexAny(s.rest(), ",)")
	if end < 0 {
		s.pos = len(s.src)
		return "", s.fail(`"," or ")"`)
	}
	text := s.rest()[:end]
	if p.Vars {
		if _, length, _ := variable(text); length == len(text) && length > 0 {
			return "", s.failWith("a variable must be the only element of its list")
		}
	}
	s.pos += end
	return text, nil
}

// plainValue reads the value of a plain parameter: everything that is left, as it stands.
func plainValue(p *Parser, s *scanner) (Value, error) {
	if p.Vars && strings.HasPrefix(s.rest(), "{") {
		if v, err := p.variable(s); err != nil || v.Var != "" {
			return v, err
		}
	}
	text := s.rest()
	s.pos = len(s.src)
	return Value{Text: text}, nil
}

// treeValue reads a value inside a logic tree: quoted, an array or object in braces, or up to the next comma or parenthesis.
func treeValue(p *Parser, s *scanner) (Value, error) {
	if p.Vars && strings.HasPrefix(s.rest(), "{") {
		if v, err := p.variable(s); err != nil || v.Var != "" {
			return v, err
		}
	}
	rest := s.rest()
	length := 0
	text := ""
	switch {
	case strings.HasPrefix(rest, `"`):
		text, length, _ = unquote(rest)
	case strings.HasPrefix(rest, "{"):
		length = bracesLength(rest)
		text = rest[:length]
	}
	if length == 0 || length < len(rest) && rest[length] != ',' && rest[length] != ')' {
		length = strings.IndexAny(rest, ",)")
		if length < 0 {
			length = len(rest)
		}
		text = rest[:length]
	}
	s.pos += length
	return Value{Text: text}, nil
}

// bracesLength is the length of the {…} that src begins with, 0 when it does not end. Braces in quotes do not count.
func bracesLength(src string) int {
	depth := 0
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '"':
			_, length, ok := unquote(src[i:])
			if !ok {
				return 0
			}
			i += length - 1
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
