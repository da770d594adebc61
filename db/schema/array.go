package schema

import (
	"encoding/json"
	"math"
	"strings"
)

// Element is one element of an array literal.
type Element struct {
	// Text is the element's text form; for a nested array its literal.
	Text string
	// Null marks the unquoted word NULL, Nested an array in the array.
	Null, Nested bool
}

// ParseArray takes a PostgreSQL array literal apart: {a,"b c",NULL}. Quotes and backslashes are resolved. The error is a
// [*ValueError] with the code 22P02.
func ParseArray(literal string) ([]Element, error) {
	p := arrayParser{rest: trim(literal)}
	elements, ok := p.array()
	if !ok || trim(p.rest) != "" {
		return nil, &ValueError{SQLState: "22P02", Message: "malformed array literal: " + quote(literal)}
	}
	return elements, nil
}

// AppendArray appends the literal of an array with these elements.
func AppendArray(buf []byte, elements []Element) []byte {
	buf = append(buf, '{')
	for i, e := range elements {
		if i > 0 {
			buf = append(buf, ',')
		}
		switch {
		case e.Null:
			buf = append(buf, "NULL"...)
		case e.Nested:
			buf = append(buf, e.Text...)
		default:
			buf = append(buf, '"')
			for j := range len(e.Text) {
				if e.Text[j] == '"' || e.Text[j] == '\\' {
					buf = append(buf, '\\')
				}
				buf = append(buf, e.Text[j])
			}
			buf = append(buf, '"')
		}
	}
	return append(buf, '}')
}

// maxNesting is the most dimensions PostgreSQL gives an array.
const maxNesting = 6

type arrayParser struct {
	rest  string
	depth int
}

func (p *arrayParser) array() ([]Element, bool) {
	if !strings.HasPrefix(p.rest, "{") || p.depth == maxNesting {
		return nil, false
	}
	p.depth++
	defer func() { p.depth-- }()
	p.rest = strings.TrimLeft(p.rest[1:], " \t\n\v\f\r")
	elements := []Element{}
	if strings.HasPrefix(p.rest, "}") {
		p.rest = p.rest[1:]
		return elements, true
	}
	for {
		e, ok := p.element()
		if !ok || p.rest == "" {
			return nil, false
		}
		elements = append(elements, e)
		end := p.rest[0]
		p.rest = p.rest[1:]
		switch end {
		case '}':
			return elements, true
		case ',':
			p.rest = strings.TrimLeft(p.rest, " \t\n\v\f\r")
		default:
			return nil, false
		}
	}
}

// element reads one element and the white space behind it.
func (p *arrayParser) element() (Element, bool) {
	var e Element
	switch {
	case strings.HasPrefix(p.rest, "{"):
		before := p.rest
		if _, ok := p.array(); !ok {
			return e, false
		}
		e = Element{Text: before[:len(before)-len(p.rest)], Nested: true}
	case strings.HasPrefix(p.rest, `"`):
		text, ok := p.quoted()
		if !ok {
			return e, false
		}
		e.Text = text
	default:
		return p.plain()
	}
	p.rest = strings.TrimLeft(p.rest, " \t\n\v\f\r")
	return e, true
}

func (p *arrayParser) quoted() (string, bool) {
	var text []byte
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return string(text), true
		case '\\':
			if i++; i == len(p.rest) {
				return "", false
			}
			text = append(text, p.rest[i])
		default:
			text = append(text, c)
		}
	}
	return "", false
}

func (p *arrayParser) plain() (Element, bool) {
	var text []byte
	escaped, solid := false, 0
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case ',', '}':
			p.rest = p.rest[i:]
			text = text[:max(solid, len(strings.TrimRight(string(text), " \t\n\v\f\r")))]
			if !escaped && strings.EqualFold(string(text), "null") {
				return Element{Null: true}, true
			}
			return Element{Text: string(text)}, len(text) > 0
		case '{', '"':
			return Element{}, false
		case '\\':
			if i++; i == len(p.rest) {
				return Element{}, false
			}
			text = append(text, p.rest[i])
			escaped, solid = true, len(text)
		default:
			text = append(text, c)
		}
	}
	return Element{}, false
}

// arrayJSON is the JSON text of an array literal, byte for byte as encoding/json writes a slice, which is what Bun stores.
func arrayJSON(elem Kind, name, literal string) (any, error) {
	elements, err := ParseArray(literal)
	if err != nil {
		return nil, err
	}
	out := []byte{'['}
	for i, e := range elements {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendElement(out, elem, name, e); err != nil {
			return nil, err
		}
	}
	return string(append(out, ']')), nil
}

func appendElement(out []byte, elem Kind, name string, e Element) ([]byte, error) {
	if e.Null {
		return append(out, "null"...), nil
	}
	if e.Nested {
		inner, err := arrayJSON(elem, name, e.Text)
		if err != nil {
			return nil, err
		}
		text, _ := inner.(string)
		return append(out, text...), nil
	}
	value, err := typed(elem, Other, name, e.Text)
	if err != nil {
		return nil, err
	}
	return AppendJSON(out, elem, value)
}

// AppendJSON appends a value that [Column.Arg] returned for SQLite, as JSON: booleans become true and false, JSON text stays as it
// is, bytes become \x hex in a string. It is how lists of values are handed to SQLite's json_each.
func AppendJSON(out []byte, kind Kind, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		if kind == JSON {
			return append(out, v...), nil
		}
		value = v
	case int64:
		if kind == Bool {
			value = v != 0
		}
	case float64:
		if math.IsInf(v, 1) {
			return append(out, "9e999"...), nil
		}
		if math.IsInf(v, -1) {
			return append(out, "-9e999"...), nil
		}
	case []byte:
		value = hexText(v)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, badSyntax("json", "")
	}
	return append(out, text...), nil
}

func hexText(v []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2+2*len(v))
	out = append(out, '\\', 'x')
	for _, b := range v {
		out = append(out, digits[b>>4], digits[b&15])
	}
	return string(out)
}
