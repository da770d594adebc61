package filter

import (
	"fmt"
	"strings"
)

// tree reads the parenthesised members of a logic tree.
func (p *Parser) tree(s *scanner, or bool, depth int) (Expr, error) {
	if limit := p.Limits.withDefaults().Depth; depth > limit {
		return nil, &Error{
			state: "PGRST100", message: "The logic tree is nested too deeply",
			details: fmt.Sprintf("At most %d levels are accepted.", limit),
		}
	}
	if s.spaces(); !s.accept("(") {
		return nil, s.fail(`"("`)
	}
	var members []Expr
	for {
		s.spaces()
		member, err := p.member(s, depth)
		if err != nil {
			return nil, err
		}
		members = append(members, member)
		s.spaces()
		if s.accept(")") {
			break
		}
		if !s.accept(",") {
			return nil, s.fail(`"," or ")"`)
		}
	}
	switch {
	case len(members) == 1:
		return members[0], nil
	case or:
		return Or(members), nil
	}
	return all(members), nil
}

// member reads one member of a tree: another tree, or column.operator.value.
func (p *Parser) member(s *scanner, depth int) (Expr, error) {
	if or, negated, ok := acceptLogic(s); ok {
		expr, err := p.tree(s, or, depth+1)
		if err != nil {
			return nil, err
		}
		if negated {
			return negation(expr), nil
		}
		return expr, nil
	}
	l, err := p.left(s)
	if err != nil {
		return nil, err
	}
	if !s.accept(".") {
		return nil, s.fail(`"." behind the field name`)
	}
	if l.relation != nil && !strings.HasPrefix(s.rest(), "is.") && !strings.HasPrefix(s.rest(), "not.is.") {
		inner := p.related(l.relation)
		expr, err := inner.member(s, depth)
		p.conditions = inner.conditions
		if err != nil {
			return nil, err
		}
		return &Exists{Relation: l.relation, Expr: expr}, nil
	}
	return p.comparison(s, l, treeValue)
}

// acceptLogic skips and, or, not.and and not.or when a parenthesis follows; a column may have these names.
func acceptLogic(s *scanner) (or, negated, ok bool) {
	for _, word := range [...]string{"and", "or", "not.and", "not.or"} {
		rest, found := strings.CutPrefix(s.rest(), word)
		if !found || !strings.HasPrefix(strings.TrimLeft(rest, " "), "(") {
			continue
		}
		s.pos += len(word)
		return strings.HasSuffix(word, "or"), strings.HasPrefix(word, "not."), true
	}
	return false, false, false
}

// all is the condition that every member holds. Members that are conjunctions themselves are taken apart, and conditions on one
// relation speak about the same related row.
func all(members []Expr) Expr {
	joined := make(And, 0, len(members))
	for _, member := range members {
		inner, nested := member.(And)
		if !nested {
			inner = And{member}
		}
		for _, m := range inner {
			if e, ok := m.(*Exists); !ok || e.Expr == nil || !mergeInto(joined, e) {
				joined = append(joined, m)
			}
		}
	}
	if len(joined) == 1 {
		return joined[0]
	}
	return joined
}

// mergeInto adds e's condition to the member for the same relation, if there is one.
func mergeInto(joined And, e *Exists) bool {
	for i, member := range joined {
		has, ok := member.(*Exists)
		if ok && has.Relation == e.Relation && has.Expr != nil {
			joined[i] = &Exists{Relation: e.Relation, Expr: all([]Expr{has.Expr, e.Expr})}
			return true
		}
	}
	return false
}
