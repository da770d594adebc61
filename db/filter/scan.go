package filter

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner reads one parameter from left to right.
type scanner struct {
	src string
	pos int
	// what names the parameter in errors.
	what string
}

func (s *scanner) rest() string { return s.src[s.pos:] }

func (s *scanner) done() bool { return s.pos >= len(s.src) }

// accept skips sign when it comes next.
func (s *scanner) accept(sign string) bool {
	if !strings.HasPrefix(s.rest(), sign) {
		return false
	}
	s.pos += len(sign)
	return true
}

func (s *scanner) spaces() {
	for strings.HasPrefix(s.rest(), " ") {
		s.pos++
	}
}

// fail reports what stands at the current position; expecting is an English list.
func (s *scanner) fail(expecting string) error {
	found := "end of input"
	if !s.done() {
		r, _ := utf8.DecodeRuneInString(s.rest())
		found = strconv.Quote(string(r))
	}
	return s.failWith("unexpected " + found + " expecting " + expecting)
}

func (s *scanner) failWith(details string) error { return syntaxError(s.what, s.src, s.pos, details) }

// name reads a column's or relation's name: double-quoted, or letters, digits, '_', '$', inner '-' and inner spaces.
func (s *scanner) name() (string, error) {
	s.spaces()
	if strings.HasPrefix(s.rest(), `"`) {
		name, end, ok := unquote(s.rest())
		if !ok {
			s.pos = len(s.src)
			return "", s.fail(`a closing "`)
		}
		s.pos += end
		s.spaces()
		return name, nil
	}
	length := nameLength(s.rest())
	name := strings.TrimRight(s.rest()[:length], " ")
	if name == "" {
		return "", s.fail("field name (letters, digits, _, $, or quoted)")
	}
	s.pos += length
	return name, nil
}

// nameLength is the length of the unquoted name that src begins with, trailing spaces included.
func nameLength(src string) int {
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRuneInString(src[i:])
		next, _ := utf8.DecodeRuneInString(src[i+size:])
		inner := r == '-' && i > 0 && nameRune(next)
		if r != ' ' && !nameRune(r) && !inner {
			return i
		}
		i += size
	}
	return len(src)
}

func nameRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '$'
	}
	return r != utf8.RuneError && unicode.In(r, unicode.L, unicode.N, unicode.M)
}

// unquote reads a double-quoted text in which a backslash makes the next character ordinary. It returns the length of the whole.
func unquote(src string) (text string, length int, ok bool) {
	var plain []byte
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '"':
			return string(plain), i + 1, true
		case '\\':
			if i++; i == len(src) {
				return "", 0, false
			}
		}
		plain = append(plain, src[i])
	}
	return "", 0, false
}

// path reads a JSON path: "->key", "->0" and "->>key" segments, of which only the last may have two heads.
func (s *scanner) path() ([]Step, error) {
	var steps []Step
	for strings.HasPrefix(s.rest(), "->") {
		if len(steps) > 0 && steps[len(steps)-1].AsText {
			return nil, s.failWith(`unexpected "->" after "->>", which must be the last part of a JSON path`)
		}
		s.pos += len("->")
		asText := s.accept(">")
		step, err := s.step()
		if err != nil {
			return nil, err
		}
		step.AsText = asText
		steps = append(steps, step)
	}
	return steps, nil
}

// pathEnd are the characters that end an unquoted key of a JSON path.
const pathEnd = ".,:()>="

func (s *scanner) step() (Step, error) {
	s.spaces()
	if strings.HasPrefix(s.rest(), `"`) {
		key, end, ok := unquote(s.rest())
		if !ok {
			return Step{}, s.fail(`a closing "`)
		}
		s.pos += end
		s.spaces()
		return Step{Key: key}, nil
	}
	rest := s.rest()
	end := len(rest)
	if at := strings.IndexAny(rest, pathEnd); at >= 0 {
		end = at
		if rest[at] == '>' && at > 0 && rest[at-1] == '-' {
			end--
		}
	}
	key := strings.TrimRight(rest[:end], " ")
	if key == "" {
		return Step{}, s.fail("a JSON key or index")
	}
	if !isIndex(key) {
		s.pos += end
		return Step{Key: key}, nil
	}
	index, err := strconv.ParseInt(key, 10, 32)
	if err != nil {
		return Step{}, s.fail("a JSON index of 32 bits")
	}
	s.pos += end
	return Step{Index: int(index), IsIndex: true}, nil
}

// isIndex reports whether an unquoted path segment is an array index: digits, perhaps after a '-'.
func isIndex(key string) bool {
	digits := strings.TrimPrefix(key, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
