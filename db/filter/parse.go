package filter

import (
	"fmt"
	"strings"

	"github.com/groundwork-go/groundwork/db/schema"
)

// Parser reads conditions on one table. A Parser may be used for many parameters, by one goroutine; an error is an [*Error].
type Parser struct {
	Table *schema.Table
	// Label is what messages call the table; "" for its name.
	Label string
	// Limits bound the condition; zero fields have defaults.
	Limits Limits
	// Vars allows what only policies may write: variables such as {auth.uid}, and conditions on related rows.
	Vars bool
	// Embed is asked first for every name that stands for itself (rel=is.null): the condition that an embed of that name has a
	// row, and whether there is such an embed. nil: there are no embeds.
	Embed func(name string) (Expr, bool)

	conditions int
}

// Parse reads a whole condition as policies write it: parameters as in a query string but not percent-encoded, joined by &. They
// must all hold. It may use variables on either side of an operator and name relations of the table:
//
//	status=eq.live&or=(author_id.eq.{auth.uid},memberships.user_id.eq.{auth.uid})
//
// Conditions on one relation that are joined by "and" speak about the same related row. A plain value ends at &; one that holds an &
// is written in a logic tree, in double quotes. Values that do not fit their column are an error already here. An empty text is
// the condition that every row meets.
func Parse(table *schema.Table, src string) (Expr, error) {
	p := &Parser{Table: table, Vars: true}
	var members []Expr
	for rest := src; rest != ""; {
		key, value, ok := cutKey(rest)
		if !ok {
			return nil, syntaxError("condition", src, len(src)-len(rest), "expecting name=operator.value")
		}
		own := value
		if !endsInTree(key) {
			own, _, _ = strings.Cut(value, "&")
		}
		expr, used, err := p.param(key, own)
		if err != nil {
			return nil, err
		}
		members, rest = append(members, expr), value[used:]
		if rest == "" {
			break
		}
		if rest = strings.TrimPrefix(rest, "&"); rest == "" || len(rest) == len(value)-used {
			return nil, syntaxError("condition", src, len(src)-len(rest), "expecting & and another parameter, or the end")
		}
	}
	expr := all(members)
	return expr, check(expr)
}

// cutKey divides a parameter at the first = that stands outside of quotes.
func cutKey(src string) (key, value string, ok bool) {
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '=':
			return src[:i], src[i+1:], true
		case '"':
			_, length, closed := unquote(src[i:])
			if !closed {
				return "", "", false
			}
			i += length - 1
		}
	}
	return "", "", false
}

// endsInTree recognises the keys, perhaps behind a relation, whose value is a logic tree.
func endsInTree(key string) bool {
	return isLogic(key) || strings.HasSuffix(key, ".or") || strings.HasSuffix(key, ".and")
}

// isLogic recognises the keys of logic trees.
func isLogic(key string) bool {
	return key == "or" || key == "and" || key == "not.or" || key == "not.and"
}

// ParseParam reads one decoded parameter of a query string: a column, perhaps with a JSON path, and its filter, or a logic tree under
// the key or, and, not.or or not.and.
func (p *Parser) ParseParam(key, value string) (Expr, error) {
	p.conditions = 0
	expr, used, err := p.param(key, value)
	if err != nil {
		return nil, err
	}
	if used < len(value) {
		v := scanner{src: value, pos: used, what: "filter"}
		return nil, v.fail("end of input")
	}
	return expr, nil
}

// param reads a parameter and says how much of the value it took.
func (p *Parser) param(key, value string) (expr Expr, used int, err error) {
	if isLogic(key) {
		return p.logic(key, value)
	}
	k := scanner{src: key, what: "filter"}
	l, err := p.left(&k)
	if err != nil {
		return nil, 0, err
	}
	if l.relation != nil && k.accept(".") {
		inner := p.related(l.relation)
		expr, used, err := inner.param(k.rest(), value)
		p.conditions = inner.conditions
		if err != nil {
			return nil, 0, err
		}
		return &Exists{Relation: l.relation, Expr: expr}, used, nil
	}
	if !k.done() {
		return nil, 0, k.fail(`"->" or the end of the field name`)
	}
	v := scanner{src: value, what: "filter"}
	expr, err = p.comparison(&v, l, plainValue)
	return expr, v.pos, err
}

// logic reads the tree of a parameter.
func (p *Parser) logic(key, value string) (expr Expr, used int, err error) {
	v := scanner{src: value, what: "logic tree"}
	name, negated := strings.CutPrefix(key, "not.")
	if expr, err = p.tree(&v, name == "or", 1); err != nil {
		return nil, 0, err
	}
	v.spaces()
	if negated {
		expr = negation(expr)
	}
	return expr, v.pos, nil
}

// related is a parser for a condition on the rows behind a relation. Relations of those are not followed.
func (p *Parser) related(r *schema.Relation) *Parser {
	return &Parser{Table: r.Target, Limits: p.Limits, Vars: p.Vars, conditions: p.conditions, Embed: noEmbed}
}

// noEmbed marks a parser of a related table.
func noEmbed(string) (Expr, bool) { return nil, false }

// left is the left side of a comparison: one of its fields is set.
type left struct {
	column   *schema.Column
	path     []Step
	variable string
	embed    Expr
	relation *schema.Relation
}

// left reads the left side of a comparison.
func (p *Parser) left(s *scanner) (left, error) {
	if p.Vars && strings.HasPrefix(s.rest(), "{") {
		name, length, err := variable(s.rest())
		if err != nil || length == 0 {
			return left{}, s.failWith("unknown variable; the variables are " + variableNames)
		}
		s.pos += length
		return left{variable: name}, nil
	}
	name, err := s.name()
	if err != nil {
		return left{}, err
	}
	path, err := s.path()
	if err != nil {
		return left{}, err
	}
	if p.Embed != nil && path == nil {
		if expr, ok := p.Embed(name); ok {
			return left{embed: expr}, nil
		}
	}
	if column := p.Table.Lookup(name); column != nil {
		return left{column: column, path: path}, nil
	}
	if p.Vars && p.Embed == nil {
		relation, err := p.relation(name)
		if relation != nil || err != nil {
			return left{relation: relation}, err
		}
	}
	if p.Vars && p.Embed != nil {
		if relation, err := p.relation(name); relation != nil || err != nil {
			return left{}, s.failWith("'" + name + "' is a relation behind a relation; conditions reach one relation")
		}
	}
	label := p.Label
	if label == "" {
		label = p.Table.Name
	}
	return left{}, unknownColumn(label, name)
}

// relation finds the relation that a policy names by its target or its constraint.
func (p *Parser) relation(name string) (*schema.Relation, error) {
	var found *schema.Relation
	for _, r := range p.Table.Relations {
		if r.Constraint == name && (found == nil || found.Constraint != name) {
			found = r
			continue
		}
		if r.Target.Name != name || found != nil && found.Constraint == name {
			continue
		}
		if found != nil {
			return nil, &Error{
				state: "PGRST201", message: "more than one relationship was found for '" + p.Table.Name + "' and '" + name + "'",
				hint: "Name the constraint instead: '" + found.Constraint + "' or '" + r.Constraint + "'.",
			}
		}
		found = r
	}
	return found, nil
}

// count refuses a condition with too many comparisons.
func (p *Parser) count() error {
	if p.conditions++; p.conditions > p.Limits.withDefaults().Conditions {
		return &Error{
			state: "PGRST100", message: "The filter has too many conditions",
			details: fmt.Sprintf("At most %d conditions are accepted.", p.Limits.withDefaults().Conditions),
		}
	}
	return nil
}
