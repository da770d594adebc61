package wire

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// scanner reads JSON strictly: each key of an object once, nesting and keys within limits, no NUL, no half surrogates, no number
// beyond float64 by its exponent.
type scanner struct {
	b   []byte
	src string // b as a string: what it yields are parts of it
	i   int

	depth, maxDepth, maxKeys int
	// keys of the objects that are being read, the innermost last.
	keys []string
}

// fail says what is wrong at the position.
func (s *scanner) fail() *fault.Error {
	if s.i >= len(s.b) {
		return malformed("The text ends too early.")
	}
	return malformed(fmt.Sprintf("Unexpected %q at byte %d.", s.b[s.i], s.i+1))
}

func (s *scanner) space() { s.i = space(s.b, s.i) }

// at reports whether the next byte is c.
func (s *scanner) at(c byte) bool { return s.i < len(s.b) && s.b[s.i] == c }

// value reads any value.
func (s *scanner) value() error {
	switch {
	case s.at('"'):
		return s.skipString()
	case s.at('{'):
		return s.object(func(string) error { return s.value() })
	case s.at('['):
		return s.array(s.value)
	case s.at('t'):
		return s.word("true")
	case s.at('f'):
		return s.word("false")
	case s.at('n'):
		return s.word("null")
	}
	return s.number()
}

func (s *scanner) word(word string) error {
	end := wordEnd(s.b, s.i, word)
	if end < 0 {
		return s.fail()
	}
	s.i = end
	return nil
}

func (s *scanner) number() error {
	end := numberEnd(s.b, s.i)
	if end < 0 {
		return s.fail()
	}
	text := s.src[s.i:end]
	for i := range len(text) {
		if text[i]|0x20 != 'e' {
			continue
		}
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return outOfRange(text)
		}
	}
	s.i = end
	return nil
}

// array reads an array; element reads one element.
func (s *scanner) array(element func() error) error {
	return s.container(']', func() error {
		for {
			if err := element(); err != nil {
				return err
			}
			if more, err := s.more(']'); !more {
				return err
			}
		}
	})
}

// object reads an object; member reads the value of a key.
func (s *scanner) object(member func(key string) error) error {
	base := len(s.keys)
	defer func() { s.keys = s.keys[:base] }()
	return s.container('}', func() error {
		var many map[string]struct{}
		for {
			key, err := s.key()
			if err != nil {
				return err
			}
			if many, err = s.addKey(base, many, key); err != nil {
				return err
			}
			if err := member(key); err != nil {
				return err
			}
			if more, err := s.more('}'); !more {
				return err
			}
		}
	})
}

// container reads the opening byte and, when closing does not follow at once, the inside, which reads closing too.
func (s *scanner) container(closing byte, inside func() error) error {
	if s.depth++; s.depth > s.maxDepth {
		e := fault.Body("The JSON is nested too deeply")
		e.Details = fmt.Sprintf("At most %d levels are accepted.", s.maxDepth)
		return e
	}
	defer func() { s.depth-- }()
	s.i++
	if s.space(); s.at(closing) {
		s.i++
		return nil
	}
	return inside()
}

// more reads what follows an element: a comma, or closing.
func (s *scanner) more(closing byte) (bool, error) {
	s.space()
	switch {
	case s.at(','):
		s.i++
		s.space()
		return true, nil
	case s.at(closing):
		s.i++
		return false, nil
	}
	return false, s.fail()
}

// key reads a key, its colon, and the space behind it.
func (s *scanner) key() (string, error) {
	if !s.at('"') {
		return "", s.fail()
	}
	key, err := s.string()
	if err != nil {
		return "", err
	}
	if s.space(); !s.at(':') {
		return "", s.fail()
	}
	s.i++
	s.space()
	return key, nil
}

// fewKeys is how many keys are compared one by one; above, a map is made.
const fewKeys = 12

// addKey remembers a key of the object whose keys begin at base, and refuses it when it is there or one too many.
func (s *scanner) addKey(base int, many map[string]struct{}, key string) (map[string]struct{}, error) {
	s.keys = append(s.keys, key)
	object := s.keys[base:]
	if len(object) > s.maxKeys {
		return many, tooManyKeys(s.maxKeys)
	}
	if len(object) <= fewKeys {
		if slices.Contains(object[:len(object)-1], key) {
			return many, duplicateKey(key)
		}
		return many, nil
	}
	if many == nil {
		many = make(map[string]struct{}, 2*fewKeys)
		for _, other := range object[:len(object)-1] {
			many[other] = struct{}{}
		}
	}
	if _, there := many[key]; there {
		return many, duplicateKey(key)
	}
	many[key] = struct{}{}
	return many, nil
}

// string reads a string and returns its text.
func (s *scanner) string() (string, error) {
	start := s.i + 1
	if err := s.skipString(); err != nil {
		return "", err
	}
	raw := s.b[start : s.i-1]
	if bytes.IndexByte(raw, '\\') >= 0 {
		return string(appendUnescaped(make([]byte, 0, len(raw)), raw)), nil
	}
	return s.src[start : s.i-1], nil
}

// skipString reads a string.
func (s *scanner) skipString() error {
	for s.i++; s.i < len(s.b); {
		s.i += plain(s.b[s.i:])
		switch {
		case s.i == len(s.b) || s.b[s.i] < ' ':
			return s.fail()
		case s.b[s.i] == '"':
			s.i++
			return nil
		case s.b[s.i] != '\\':
			s.i++
		default:
			if err := s.escape(); err != nil {
				return err
			}
		}
	}
	return s.fail()
}

// escape reads an escape; the two of a surrogate pair at once.
func (s *scanner) escape() error {
	end := escapeEnd(s.b, s.i)
	if end < 0 {
		return s.fail()
	}
	if s.b[s.i+1] == 'u' {
		r := hexRune(s.b[s.i+2 : end])
		switch {
		case r == 0:
			return noNUL()
		case utf16.IsSurrogate(r):
			second := end
			if second >= len(s.b) || s.b[second] != '\\' {
				return s.fail()
			}
			if end = escapeEnd(s.b, second); end != second+6 || utf16.DecodeRune(r, hexRune(s.b[second+2:end])) == '\uFFFD' {
				return s.fail()
			}
		}
	}
	s.i = end
	return nil
}

func duplicateKey(key string) *fault.Error {
	e := fault.Body("A key must not be given twice")
	e.Details = "The key '" + key + "' is there more than once in one object."
	return e
}

func tooManyKeys(limit int) *fault.Error {
	e := fault.Body("An object has too many keys")
	e.Details = fmt.Sprintf("At most %d keys are accepted.", limit)
	return e
}

func outOfRange(number string) *fault.Error {
	if len(number) > 40 {
		number = number[:40] + "…"
	}
	return &fault.Error{Code: "22003", Message: "value out of range: " + number}
}

// noNUL refuses U+0000, which PostgreSQL cannot hold in a text.
func noNUL() *fault.Error {
	return &fault.Error{Code: "22P05", Message: "unsupported Unicode escape sequence", Details: `\u0000 cannot be converted to text.`}
}
