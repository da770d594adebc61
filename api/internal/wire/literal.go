package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/groundwork-go/groundwork/db/schema"
)

// appendArrayLiteral appends the JSON array b, which must be valid, as PostgreSQL's array literal: {a,"b c",NULL}. Elements of a
// JSON kind stay JSON text; other arrays within are dimensions.
func appendArrayLiteral(buf, b []byte, elem schema.Kind) []byte {
	buf, _ = appendDimension(buf, b, space(b, 0), elem)
	return buf
}

// appendDimension appends the array that starts at i and returns the position behind it.
func appendDimension(buf, b []byte, i int, elem schema.Kind) ([]byte, int) {
	buf = append(buf, '{')
	for i = space(b, i+1); b[i] != ']'; i = space(b, i) {
		switch {
		case b[i] == ',':
			buf = append(buf, ',')
			i++
		case b[i] == '[' && elem != schema.JSON:
			buf, i = appendDimension(buf, b, i, elem)
		default:
			end := valueEnd(b, i, maxStoredDepth)
			buf = appendLiteralElement(buf, b[i:end], elem)
			i = end
		}
	}
	return append(buf, '}'), i + 1
}

func appendLiteralElement(buf, value []byte, elem schema.Kind) []byte {
	start := len(buf)
	switch {
	case value[0] == 'n':
		return append(buf, "NULL"...)
	case elem == schema.Bool && (value[0] == 't' || value[0] == 'f'):
		return append(buf, value[0])
	case value[0] == '"' && elem != schema.JSON:
		buf = appendUnescaped(buf, value[1:len(value)-1])
	default:
		buf = append(buf, value...)
	}
	if plainElement(buf[start:]) {
		return buf
	}
	return enclose(buf, start, '\\')
}

// plainElement reports whether a text may stand in an array literal without quotes.
func plainElement(b []byte) bool {
	return len(b) > 0 && !bytes.ContainsAny(b, "{}\",\\ \t\n\r\v\f") && !bytes.EqualFold(b, []byte("NULL"))
}

// appendUnescaped appends the text of a JSON string's content, which must be valid.
func appendUnescaped(buf, s []byte) []byte {
	for {
		at := bytes.IndexByte(s, '\\')
		if at < 0 {
			return append(buf, s...)
		}
		buf, s = append(buf, s[:at]...), s[at+1:]
		switch c := s[0]; c {
		case 'b':
			buf = append(buf, '\b')
		case 'f':
			buf = append(buf, '\f')
		case 'n':
			buf = append(buf, '\n')
		case 'r':
			buf = append(buf, '\r')
		case 't':
			buf = append(buf, '\t')
		case 'u':
			r := hexRune(s[1:5])
			if utf16.IsSurrogate(r) && len(s) >= 11 && s[5] == '\\' && s[6] == 'u' {
				if pair := utf16.DecodeRune(r, hexRune(s[7:11])); pair != utf8.RuneError {
					r, s = pair, s[6:]
				}
			}
			buf, s = utf8.AppendRune(buf, r), s[4:]
		default:
			buf = append(buf, c)
		}
		s = s[1:]
	}
}

// hexRune is the value of four hexadecimal digits.
func hexRune(b []byte) rune {
	var r rune
	for _, c := range b {
		switch {
		case c <= '9':
			c -= '0'
		case c <= 'F':
			c -= 'A' - 10
		default:
			c -= 'a' - 10
		}
		r = r<<4 | rune(c)
	}
	return r
}
