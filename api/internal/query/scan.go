package query

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/filter"
)

// scanner reads the names, paths and signs that select, order and parameter keys have in common.
type scanner struct {
	src string
	pos int
	// what names the parameter in errors: "select parameter", "order".
	what string
}

func (s *scanner) done() bool { return s.pos >= len(s.src) }

// peek returns the next byte, 0 at the end (the source holds no NUL).
func (s *scanner) peek() byte {
	if s.done() {
		return 0
	}
	return s.src[s.pos]
}

// accept skips sign when it comes next.
func (s *scanner) accept(sign string) bool {
	if !strings.HasPrefix(s.src[s.pos:], sign) {
		return false
	}
	s.pos += len(sign)
	return true
}

func (s *scanner) spaces() {
	for s.peek() == ' ' {
		s.pos++
	}
}

// fail reports what stands at the current position; expecting is an English list.
func (s *scanner) fail(expecting string) error {
	found := "end of input"
	if !s.done() {
		r, _ := utf8.DecodeRuneInString(s.src[s.pos:])
		found = strconv.Quote(string(r))
	}
	return s.failWith("unexpected " + found + " expecting " + expecting)
}

func (s *scanner) failWith(details string) error {
	column := utf8.RuneCountInString(s.src[:s.pos]) + 1
	return fault.Parse(fmt.Sprintf(`"failed to parse %s (%s)" (line 1, column %d)`, s.what, clip(s.src), column), details)
}

// clip shortens a text that is echoed in a message.
func clip(s string) string {
	const longest = 512
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}

// name reads a column, alias or resource name: quoted, or letters, digits, '_', '$', inner '-' and inner spaces.
func (s *scanner) name() (string, error) {
	s.spaces()
	if s.peek() == '"' {
		name, err := s.quoted()
		s.spaces()
		return name, err
	}
	start := s.pos
	s.pos += nameLength(s.src[s.pos:])
	name := strings.TrimRight(s.src[start:s.pos], " ")
	if name == "" {
		return "", s.fail("a name (letters, digits, _, $, or quoted)")
	}
	return name, nil
}

// nameLength is the length of the unquoted name that src begins with, trailing spaces included.
func nameLength(src string) int {
	i := 0
	for i < len(src) {
		c := src[i]
		if c == '-' {
			if i == 0 || i+1 == len(src) || !nameStart(src[i+1:]) {
				return i
			}
			i++
			continue
		}
		if c < utf8.RuneSelf {
			if !asciiName(c) && c != ' ' {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(src[i:])
		if !unicode.In(r, unicode.L, unicode.N, unicode.M) {
			return i
		}
		i += size
	}
	return i
}

// nameStart reports whether src begins with a character of a name other than space and '-'.
func nameStart(src string) bool {
	if src[0] < utf8.RuneSelf {
		return asciiName(src[0])
	}
	r, _ := utf8.DecodeRuneInString(src)
	return unicode.In(r, unicode.L, unicode.N, unicode.M)
}

func asciiName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '$'
}

// quoted reads a double-quoted text in which a backslash makes the next character ordinary.
func (s *scanner) quoted() (string, error) {
	s.pos++
	rest := s.src[s.pos:]
	if end := strings.IndexAny(rest, `"\`); end >= 0 && rest[end] == '"' {
		s.pos += end + 1
		return rest[:end], nil
	}
	var b strings.Builder
	for !s.done() {
		c := s.src[s.pos]
		s.pos++
		switch {
		case c == '"':
			return b.String(), nil
		case c == '\\' && !s.done():
			b.WriteByte(s.src[s.pos])
			s.pos++
		case c != '\\':
			b.WriteByte(c)
		}
	}
	return "", s.fail(`a closing "`)
}

// maxSteps bounds a JSON path: JSON deeper than this is not accepted in bodies either.
const maxSteps = 64

// path reads a JSON path: nothing, or "->key", "->0", "->>key" segments of which only the last may have two heads.
func (s *scanner) path() ([]filter.Step, error) {
	var steps []filter.Step
	for s.accept("->") {
		if len(steps) > 0 && steps[len(steps)-1].AsText {
			s.pos -= len("->")
			return nil, s.failWith(`unexpected "->" after "->>", which must be the last part of a JSON path`)
		}
		asText := s.accept(">")
		step, err := s.step()
		if err != nil {
			return nil, err
		}
		step.AsText = asText
		if steps = append(steps, step); len(steps) > maxSteps {
			return nil, s.failWith(fmt.Sprintf("a JSON path has at most %d parts", maxSteps))
		}
	}
	return steps, nil
}

// step reads one key or index.
func (s *scanner) step() (filter.Step, error) {
	s.spaces()
	if s.peek() == '"' {
		key, err := s.quoted()
		s.spaces()
		return filter.Step{Key: key}, err
	}
	start := s.pos
	for !s.done() && !strings.ContainsRune(".,:()>", rune(s.peek())) && !strings.HasPrefix(s.src[s.pos:], "->") {
		s.pos++
	}
	key := strings.TrimRight(s.src[start:s.pos], " ")
	if key == "" {
		return filter.Step{}, s.fail("a JSON key or index")
	}
	if !isIndex(key) {
		return filter.Step{Key: key}, nil
	}
	index, err := strconv.ParseInt(key, 10, 32)
	if err != nil {
		s.pos = start
		return filter.Step{}, s.fail("a JSON index of 32 bits")
	}
	return filter.Step{Index: int(index), IsIndex: true}, nil
}

// isIndex reports whether an unquoted path segment is an array index: digits, perhaps after a '-'.
func isIndex(key string) bool {
	digits := strings.TrimPrefix(key, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// appendName prints a name so that [scanner.name] reads it back.
func appendName(buf []byte, name string) []byte {
	if name != "" && name[0] != ' ' && name[len(name)-1] != ' ' && nameLength(name) == len(name) {
		return append(buf, name...)
	}
	return appendQuoted(buf, name)
}

func appendQuoted(buf []byte, s string) []byte {
	buf = append(buf, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			buf = append(buf, '\\')
		}
		buf = append(buf, s[i])
	}
	return append(buf, '"')
}

// appendPath prints a JSON path so that [scanner.path] reads it back.
func appendPath(buf []byte, steps []filter.Step) []byte {
	for _, step := range steps {
		buf = append(buf, "->"...)
		if step.AsText {
			buf = append(buf, '>')
		}
		switch {
		case step.IsIndex:
			buf = strconv.AppendInt(buf, int64(step.Index), 10)
		case isIndex(step.Key):
			buf = appendQuoted(buf, step.Key)
		default:
			buf = appendName(buf, step.Key)
		}
	}
	return buf
}
