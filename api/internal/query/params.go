package query

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// The bounds of a query string.
const (
	MaxQueryBytes = 64 << 10
	MaxParams     = 200
)

// ParseParams splits and decodes a raw query string, keeping the order. It is the only reader of query strings: unlike the
// accessors of net/url it refuses what it cannot read instead of leaving it out. '+' is a space, ';' an ordinary character, a
// key without '=' is skipped. A broken escape, a NUL, invalid UTF-8 or too many parameters are PGRST100; too many bytes GW414.
// Values without escapes share rawQuery's memory.
func ParseParams(rawQuery string) ([]Param, error) {
	if rawQuery == "" {
		return nil, nil
	}
	if len(rawQuery) > MaxQueryBytes {
		return nil, fault.QueryTooLong(MaxQueryBytes)
	}
	params := make([]Param, 0, min(strings.Count(rawQuery, "&")+1, MaxParams))
	for piece := range strings.SplitSeq(rawQuery, "&") {
		if piece == "" {
			continue
		}
		rawKey, rawValue, found := strings.Cut(piece, "=")
		key, err := unescape(rawKey, true)
		if err != nil {
			return nil, err
		}
		value, err := unescape(rawValue, true)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		if len(params) == MaxParams {
			return nil, fault.Parse("The query string has too many parameters", fmt.Sprintf("At most %d are accepted.", MaxParams))
		}
		params = append(params, Param{Key: key, Value: value})
	}
	return params, nil
}

// unescape decodes percent escapes and, when plus is true, '+' as a space.
func unescape(s string, plus bool) (string, error) {
	decoded := s
	if strings.IndexByte(s, '%') >= 0 || plus && strings.IndexByte(s, '+') >= 0 {
		var b strings.Builder
		b.Grow(len(s))
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case c == '+' && plus:
				b.WriteByte(' ')
			case c == '%':
				if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
					return "", fault.Parse("The request address has a broken percent-escape",
						fmt.Sprintf("unexpected %q expecting two hexadecimal digits after %%", s[i:min(i+3, len(s))]))
				}
				b.WriteByte(byte(unhex(s[i+1])<<4 | unhex(s[i+2])))
				i += 2
			default:
				b.WriteByte(c)
			}
		}
		decoded = b.String()
	}
	if strings.IndexByte(decoded, 0) >= 0 {
		return "", fault.Parse("The request address holds a NUL character", "")
	}
	if !utf8.ValidString(decoded) {
		return "", fault.Parse("The request address is not valid UTF-8", "")
	}
	return decoded, nil
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
