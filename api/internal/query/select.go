package query

import (
	"fmt"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/filter"
)

// selection is one item of a select list as written, not yet looked up in a schema.
type selection struct {
	star        bool
	alias, name string
	hasAlias    bool
	path        []filter.Step
	cast        string
	// embed marks rel(…); hint, join and items belong to it.
	embed bool
	hint  string
	join  join
	items []selection
}

// join is the !inner or !left of an embed.
type join uint8

const (
	joinDefault join = iota
	joinInner
	joinLeft
)

// selectParser reads a select list and counts what it holds.
type selectParser struct {
	scanner
	limits        Limits
	items, embeds int
}

// parseSelect reads a whole select parameter. Blank text is an empty list.
func parseSelect(src string, limits Limits) ([]selection, error) {
	p := selectParser{scanner: scanner{src: src, what: "select parameter"}, limits: limits.withDefaults()}
	p.spaces()
	if p.done() {
		return nil, nil
	}
	list, err := p.list(0)
	if err != nil {
		return nil, err
	}
	if !p.done() {
		return nil, p.fail(`",", "(", "->", "::" or end of input`)
	}
	return list, nil
}

// list reads items up to the end or a closing parenthesis.
func (p *selectParser) list(depth int) ([]selection, error) {
	var list []selection
	if depth == 0 {
		list = make([]selection, 0, min(strings.Count(p.src, ",")+1, 32))
	}
	for {
		item, err := p.item(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
		p.spaces()
		if !p.accept(",") {
			return list, nil
		}
	}
}

func (p *selectParser) item(depth int) (selection, error) {
	var item selection
	if p.items++; p.items > p.limits.Items {
		return item, p.failWith(fmt.Sprintf("the select list holds more than %d items", p.limits.Items))
	}
	p.spaces()
	if p.accept("...") {
		return item, fault.NotImplemented("spreading an embedded resource (...rel) is not available", "Embed the resource without the three dots.")
	}
	if p.accept("*") {
		item.star = true
		return item, nil
	}
	name, err := p.name()
	if err != nil {
		return item, err
	}
	if p.peek() == ':' && !strings.HasPrefix(p.src[p.pos:], "::") {
		p.pos++
		item.alias, item.hasAlias = name, true
		if name, err = p.name(); err != nil {
			return item, err
		}
	}
	item.name = name
	if c := p.peek(); c == '(' || c == '!' {
		err = p.embed(&item, depth+1)
	} else {
		err = p.column(&item)
	}
	return item, err
}

// column reads what may follow the name of a column: path, cast, aggregate.
func (p *selectParser) column(item *selection) error {
	var err error
	if item.path, err = p.path(); err != nil {
		return err
	}
	if p.accept("::") {
		if item.cast, err = p.cast(); err != nil {
			return err
		}
	}
	if p.peek() != '.' {
		return nil
	}
	for _, function := range aggregates {
		if strings.HasPrefix(p.src[p.pos+1:], function+"()") {
			return fault.Aggregates()
		}
	}
	p.pos++
	return p.fail("an aggregate function (" + strings.Join(aggregates[:], "(), ") + "())")
}

// aggregates are the functions of the grammar. They are switched off.
var aggregates = [...]string{"avg", "count", "max", "min", "sum"}

// cast reads a type name; whether there is such a type is decided when the item is resolved.
func (p *selectParser) cast() (string, error) {
	start := p.pos
	for c := p.peek(); asciiName(c) || c == ' '; c = p.peek() {
		p.pos++
	}
	cast := strings.Trim(p.src[start:p.pos], " ")
	if cast == "" {
		return "", p.fail("a type name")
	}
	return cast, nil
}

// embed reads "!hint!inner(…)" after the name of a resource.
func (p *selectParser) embed(item *selection, depth int) error {
	item.embed = true
	if p.embeds++; p.embeds > p.limits.Embeds {
		return p.failWith(fmt.Sprintf("the select list embeds more than %d resources", p.limits.Embeds))
	}
	if depth > p.limits.Depth {
		return p.failWith(fmt.Sprintf("embedded resources nest deeper than %d levels", p.limits.Depth))
	}
	for p.accept("!") {
		word, err := p.name()
		if err != nil {
			return err
		}
		switch {
		case word == "inner" && item.join == joinDefault:
			item.join = joinInner
		case word == "left" && item.join == joinDefault:
			item.join = joinLeft
		case word != "inner" && word != "left" && item.hint == "":
			item.hint = word
		default:
			return p.fail("one hint and one of !inner and !left")
		}
	}
	if !p.accept("(") {
		return p.fail(`"!" or "("`)
	}
	p.spaces()
	if p.accept(")") {
		if item.name == "count" && item.hint == "" && item.join == joinDefault {
			return fault.Aggregates()
		}
		return nil
	}
	var err error
	if item.items, err = p.list(depth); err != nil {
		return err
	}
	if !p.accept(")") {
		return p.fail(`"," or ")"`)
	}
	p.spaces()
	return nil
}

// selectString prints a select list so that [parseSelect] reads it back.
func selectString(list []selection) string { return string(appendSelect(nil, list)) }

func appendSelect(buf []byte, list []selection) []byte {
	for i := range list {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = list[i].append(buf)
	}
	return buf
}

func (s *selection) append(buf []byte) []byte {
	if s.star {
		return append(buf, '*')
	}
	if s.hasAlias {
		buf = append(appendName(buf, s.alias), ':')
	}
	buf = appendName(buf, s.name)
	if !s.embed {
		buf = appendPath(buf, s.path)
		if s.cast != "" {
			buf = append(append(buf, "::"...), s.cast...)
		}
		return buf
	}
	if s.hint != "" {
		buf = appendName(append(buf, '!'), s.hint)
	}
	switch s.join {
	case joinInner:
		buf = append(buf, "!inner"...)
	case joinLeft:
		buf = append(buf, "!left"...)
	}
	return append(appendSelect(append(buf, '('), s.items), ')')
}
