package wire

import (
	"math"
	"strconv"

	"github.com/groundwork-go/groundwork/db/schema"
)

// isNumber reports whether b is a number in JSON's grammar.
func isNumber(b []byte) bool { return len(b) > 0 && numberEnd(b, 0) == len(b) }

// numberEnd returns the position behind the JSON number that starts at i, or -1 when none does.
func numberEnd(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	first := i
	if i = digitsEnd(b, i); i == first || b[first] == '0' && i > first+1 {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		first = i + 1
		if i = digitsEnd(b, first); i == first {
			return -1
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		first = i
		if i = digitsEnd(b, first); i == first {
			return -1
		}
	}
	return i
}

func digitsEnd(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// appendNumberText appends a number's text as it is. What is no number in JSON (NaN, Infinity) becomes a string.
func appendNumberText(buf, b []byte) []byte {
	if isNumber(b) {
		return append(buf, b...)
	}
	return AppendString(buf, b)
}

// appendInt appends a stored integer as the column's kind prints it.
func appendInt(buf []byte, kind schema.Kind, scale int, n int64) []byte {
	switch kind {
	case schema.Float4, schema.Float8:
		return appendFloatDigits(buf, kind, float64(n))
	case schema.Numeric:
		buf = strconv.AppendInt(buf, n, 10)
		if scale > 0 {
			buf = append(buf, '.')
			for range scale {
				buf = append(buf, '0')
			}
		}
		return buf
	}
	return strconv.AppendInt(buf, n, 10)
}

// appendFloat appends a stored float as the column's kind prints it. JSON has no word for infinities: quoted says that they are
// put between quotes.
func appendFloat(buf []byte, kind schema.Kind, scale int, f float64, quoted bool) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return appendNotFinite(buf, f, quoted)
	}
	switch kind {
	case schema.Numeric:
		if scale > 0 {
			return strconv.AppendFloat(buf, f, 'f', scale, 64)
		}
		return strconv.AppendFloat(buf, f, 'f', -1, 64)
	case schema.Int2, schema.Int4, schema.Int8:
		if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return strconv.AppendInt(buf, int64(f), 10)
		}
	}
	return appendFloatDigits(buf, kind, f)
}

func appendNotFinite(buf []byte, f float64, quoted bool) []byte {
	word := "NaN"
	switch {
	case f > 0:
		word = "Infinity"
	case f < 0:
		word = "-Infinity"
	}
	if !quoted {
		return append(buf, word...)
	}
	return append(append(append(buf, '"'), word...), '"')
}

// appendFloatDigits prints the shortest digits that give the same float again, with an exponent exactly where PostgreSQL prints
// one: below 1e-4, and from 1e15 (double precision) or 1e6 (real) up.
func appendFloatDigits(buf []byte, kind schema.Kind, f float64) []byte {
	width, limit := 64, 1e15
	if kind == schema.Float4 {
		width, limit = 32, 1e6
	}
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= limit) {
		format = 'e'
	}
	return strconv.AppendFloat(buf, f, format, -1, width)
}
