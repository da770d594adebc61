package query

import (
	"github.com/groundwork-go/groundwork/db/filter"
)

// orderTerm is one term of order= as written.
type orderTerm struct {
	// rel is the embedded resource of rel(column); hasRel tells an empty name from none.
	rel    string
	hasRel bool
	name   string
	path   []filter.Step
	// desc and ascending say which direction was written, nullsFirst and nullsLast where NULLs were asked to go.
	desc, asc, nullsFirst, nullsLast bool
}

// parseOrder reads an order parameter and hands each term to add, whose error stops the reading.
func parseOrder(src string, add func(orderTerm) error) error {
	s := scanner{src: src, what: "order"}
	for {
		term, err := s.orderTerm()
		if err != nil {
			return err
		}
		s.spaces()
		if !s.done() && s.peek() != ',' {
			return s.fail(`",", ".", "->" or end of input`)
		}
		if err := add(term); err != nil {
			return err
		}
		if !s.accept(",") {
			return nil
		}
	}
}

func (s *scanner) orderTerm() (orderTerm, error) {
	var t orderTerm
	var err error
	if t.name, err = s.name(); err != nil {
		return t, err
	}
	if s.accept("(") {
		t.rel, t.hasRel = t.name, true
		if t.name, err = s.name(); err != nil {
			return t, err
		}
	}
	if t.path, err = s.path(); err != nil {
		return t, err
	}
	if t.hasRel && !s.accept(")") {
		return t, s.fail(`"->" or ")"`)
	}
	if s.accept(".") {
		switch {
		case s.word("asc"):
			t.asc = true
		case s.word("desc"):
			t.desc = true
		default:
			err = s.nulls(&t, `"asc", "desc", "nullsfirst" or "nullslast"`)
			return t, err
		}
	}
	if s.accept(".") {
		err = s.nulls(&t, `"nullsfirst" or "nullslast"`)
	}
	return t, err
}

func (s *scanner) nulls(t *orderTerm, expecting string) error {
	switch {
	case s.word("nullsfirst"):
		t.nullsFirst = true
	case s.word("nullslast"):
		t.nullsLast = true
	default:
		return s.fail(expecting)
	}
	return nil
}

// word skips w when it comes next as a whole word.
func (s *scanner) word(w string) bool {
	if !s.accept(w) {
		return false
	}
	if c := s.peek(); c != 0 && c != '.' && c != ',' && c != ' ' {
		s.pos -= len(w)
		return false
	}
	return true
}

// append prints a term so that [parseOrder] reads it back.
func (t *orderTerm) append(buf []byte) []byte {
	if t.hasRel {
		buf = append(appendName(buf, t.rel), '(')
	}
	buf = appendPath(appendName(buf, t.name), t.path)
	if t.hasRel {
		buf = append(buf, ')')
	}
	for _, word := range [...]struct {
		given bool
		text  string
	}{{t.asc, ".asc"}, {t.desc, ".desc"}, {t.nullsFirst, ".nullsfirst"}, {t.nullsLast, ".nullslast"}} {
		if word.given {
			buf = append(buf, word.text...)
		}
	}
	return buf
}
