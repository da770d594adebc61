package wire

import (
	"bytes"
	"strconv"

	"github.com/groundwork-go/groundwork/db/schema"
)

// appendArray appends an array as JSON. b is PostgreSQL's literal ({a,"b c",NULL}, with bounds in front or not), or JSON, as SQLite
// stores it.
func appendArray(buf []byte, elem schema.Kind, b []byte) []byte {
	if len(b) > 0 && b[0] == '[' && validJSON(b) {
		return appendJSONArray(buf, elem, b)
	}
	start := len(buf)
	if at := bytes.Index(b, []byte("={")); at > 0 && b[0] == '[' {
		b = b[at+1:]
	}
	out, rest, ok := appendLiteral(buf, elem, b)
	if !ok || len(rest) > 0 {
		return AppendString(buf[:start], b)
	}
	return out
}

// appendLiteral appends the array whose literal b begins with and returns what follows it.
func appendLiteral(buf []byte, elem schema.Kind, b []byte) (out, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != '{' {
		return buf, b, false
	}
	buf, b = append(buf, '['), b[1:]
	if b[0] == '}' {
		return append(buf, ']'), b[1:], true
	}
	for {
		if buf, b, ok = appendElement(buf, elem, b); !ok || len(b) == 0 {
			return buf, b, false
		}
		switch b[0] {
		case ',':
			buf, b = append(buf, ','), b[1:]
		case '}':
			return append(buf, ']'), b[1:], true
		default:
			return buf, b, false
		}
	}
}

// appendElement appends the element b begins with: an array, a quoted text, NULL or a bare text.
func appendElement(buf []byte, elem schema.Kind, b []byte) (out, rest []byte, ok bool) {
	switch {
	case len(b) == 0:
		return buf, b, false
	case b[0] == '{':
		return appendLiteral(buf, elem, b)
	case b[0] == '"':
		return appendQuoted(buf, elem, b[1:])
	}
	end := bytes.IndexAny(b, `,}{"\`)
	if end <= 0 {
		return buf, b, false
	}
	if string(b[:end]) == "NULL" {
		return append(buf, "null"...), b[end:], true
	}
	return appendText(buf, elem, schema.Other, b[:end]), b[end:], true
}

// appendQuoted appends a quoted element; b begins behind its first quote.
func appendQuoted(buf []byte, elem schema.Kind, b []byte) (out, rest []byte, ok bool) {
	end := bytes.IndexAny(b, `"\`)
	if end < 0 {
		return buf, b, false
	}
	if b[end] == '"' {
		return appendText(buf, elem, schema.Other, b[:end]), b[end+1:], true
	}
	// The text without its backslashes goes to the end of the buffer first, and its JSON over it.
	start := len(buf)
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			return rewrite(buf, start, elem), b[i+1:], true
		case '\\':
			if i++; i == len(b) {
				return buf, b, false
			}
		}
		buf = append(buf, b[i])
	}
	return buf, b, false
}

// appendJSONArray appends a stored JSON array as the other form of the same array comes out: elements are written again by their
// kind, white space is left out.
func appendJSONArray(buf []byte, elem schema.Kind, b []byte) []byte {
	if elem == schema.JSON || elem == schema.Other {
		return append(buf, b...)
	}
	for i := 0; i < len(b); {
		end := i + 1
		switch c := b[i]; {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
		case c == '"':
			end = stringEnd(b, i)
			buf = appendUnquoted(buf, elem, b[i+1:end-1])
		case c == '-' || c >= '0' && c <= '9':
			end = numberEnd(b, i)
			buf = appendStoredNumber(buf, elem, b[i:end])
		default:
			buf = append(buf, c)
		}
		i = end
	}
	return buf
}

// appendUnquoted appends the element whose JSON string has the content s.
func appendUnquoted(buf []byte, elem schema.Kind, s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return appendText(buf, elem, schema.Other, s)
	}
	start := len(buf)
	buf = appendUnescaped(buf, s)
	return rewrite(buf, start, elem)
}

// rewrite puts the JSON of the text that begins at start in its place.
func rewrite(buf []byte, start int, elem schema.Kind) []byte {
	text := buf[start:]
	buf = appendText(buf, elem, schema.Other, text)
	return buf[:start+copy(buf[start:], buf[start+len(text):])]
}

func appendStoredNumber(buf []byte, elem schema.Kind, b []byte) []byte {
	switch elem {
	case schema.Bool:
		return appendText(buf, elem, schema.Other, b)
	case schema.Float4, schema.Float8:
		if f, err := strconv.ParseFloat(string(b), 64); err == nil {
			return appendFloatDigits(buf, elem, f)
		}
	}
	return append(buf, b...)
}
