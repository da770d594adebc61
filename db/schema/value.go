package schema

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun/dialect"
)

// ValueError says that a value does not fit its column. Code and text are those PostgreSQL gives for the same mistake.
type ValueError struct {
	// SQLState is the five-character code: 22P02 for bad syntax, 22003 out of range, 22007 and 22008 for dates, 22001 too long.
	SQLState string
	// Message is safe to show to the client that sent the value.
	Message string
	// Column is the wire name of an enumerated column, and Allowed its values. For other kinds they are empty.
	Column  string
	Allowed []string
}

// Error returns the message.
func (e *ValueError) Error() string { return e.Message }

// Code returns the SQLSTATE.
func (e *ValueError) Code() string { return e.SQLState }

// Details names the column; nil when it is not known.
func (e *ValueError) Details() any {
	if e.Column == "" {
		return nil
	}
	return "Column " + e.Column + " takes one of a list of values."
}

// Hint lists the allowed values; "" when there is no list.
func (e *ValueError) Hint() string {
	if len(e.Allowed) == 0 {
		return ""
	}
	return "Allowed values: " + strings.Join(e.Allowed, ", ")
}

// Arg turns the text form of a value into an argument that is compared with the column. An error is a [*ValueError].
//
// On PostgreSQL the argument is the text, because the server reads it better than anybody; only what no server accepts (a NUL byte,
// invalid UTF-8) and values outside [Column.Enum] are refused here. On SQLite it is what the column holds for that value, in the
// form that Bun gives it where Bun has one:
//
//   - integers are int64 and booleans 0 or 1;
//   - floats are float64, but NaN and Infinity are text, which sorts behind every number as PostgreSQL sorts them;
//   - numeric is an int64 when it is one and else the nearest float64, which is exact up to 15 significant digits;
//   - uuid is lower case with hyphens, a date "2006-01-02", a time "15:04:05.999999", both kinds of timestamp
//     "2006-01-02 15:04:05.999999+00:00" in UTC, so that text order is time order, and infinity a word that sorts behind them;
//   - json is the text itself, checked; an array is JSON text; bytes are []byte.
func (c *Column) Arg(d dialect.Name, text string) (any, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, &ValueError{SQLState: "22021", Message: `invalid byte sequence for encoding "UTF8": 0x00`}
	}
	if !utf8.ValidString(text) {
		return nil, &ValueError{SQLState: "22021", Message: `invalid byte sequence for encoding "UTF8"`}
	}
	if c.Kind == Enum && c.Enum != nil && !slices.Contains(c.Enum, text) {
		return nil, &ValueError{
			SQLState: "22P02", Message: "invalid input value for enum " + c.Type + ": " + quote(text),
			Column: c.Name, Allowed: c.Enum,
		}
	}
	if d != dialect.SQLite {
		return text, nil
	}
	arg, err := typed(c.Kind, c.Elem, c.Type, text)
	if err != nil || c.Layout == "" {
		return arg, err
	}
	return c.relaid(arg), nil
}

// Assign turns the text form of a value into an argument that is stored in the column. Beside what [Column.Arg] does it applies
// the length of varchar(n) and the precision of numeric(p,s) on SQLite, which ignores both, and refuses numerics that SQLite cannot
// keep exactly: more than 15 significant digits that are no 64-bit integer.
func (c *Column) Assign(d dialect.Name, text string) (any, error) {
	if d == dialect.SQLite {
		switch {
		case c.MaxLength > 0 && len(text) > c.MaxLength:
			short, err := fit(c, text)
			if err != nil {
				return nil, err
			}
			text = short
		case c.Kind == Numeric:
			exact, err := assignNumeric(c, text)
			if err != nil {
				return nil, err
			}
			text = exact
		}
	}
	return c.Arg(d, text)
}

// fit applies the length of a varchar: spaces too many are dropped, anything else is refused.
func fit(c *Column, text string) (string, error) {
	count, end := 0, len(text)
	for i := range text {
		if count == c.MaxLength {
			end = i
			break
		}
		count++
	}
	if strings.TrimLeft(text[end:], " ") != "" {
		return "", &ValueError{SQLState: "22001", Message: "value too long for type " + c.Type + "(" + strconv.Itoa(c.MaxLength) + ")"}
	}
	return text[:end], nil
}

// typed reads a value the way PostgreSQL's input function of the kind does.
func typed(kind, elem Kind, name, text string) (any, error) {
	switch kind {
	case Bool:
		return parseBool(text)
	case Int2:
		return parseInt(name, text, 16)
	case Int4:
		return parseInt(name, text, 32)
	case Int8:
		return parseInt(name, text, 64)
	case Float4:
		return parseFloat(name, text, 32)
	case Float8:
		return parseFloat(name, text, 64)
	case Numeric:
		return parseNumeric(name, text)
	case UUID:
		return parseUUID(text)
	case Date, Time, Timestamp, TimestampTZ:
		return parseMoment(kind, name, text)
	case JSON:
		return parseJSON(text)
	case Bytes:
		return parseBytes(text)
	case Array:
		return arrayJSON(elem, strings.TrimSuffix(name, "[]"), text)
	}
	return text, nil
}

func badSyntax(name, text string) error {
	return &ValueError{SQLState: "22P02", Message: "invalid input syntax for type " + name + ": " + quote(text)}
}

func quote(text string) string { return `"` + text + `"` }

// trim drops the white space that PostgreSQL ignores around a value.
func trim(text string) string { return strings.Trim(text, " \t\n\v\f\r") }

// begins reports whether text is the beginning of word.
func begins(text, word string) bool { return strings.HasPrefix(word, text) }

// parseBool accepts every unique beginning of true, false, yes, no, on and off, and 1 and 0.
func parseBool(text string) (any, error) {
	word := strings.ToLower(trim(text))
	switch {
	case word == "1", word == "on", word != "" && (begins(word, "true") || begins(word, "yes")):
		return int64(1), nil
	case word == "0", len(word) > 1 && begins(word, "off"),
		word != "" && (begins(word, "false") || begins(word, "no")):
		return int64(0), nil
	}
	return nil, badSyntax("boolean", text)
}

// canonicalUUID reports whether text is a UUID as databases print it.
func canonicalUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// parseUUID accepts either letter case, braces around, and hyphens after any group of four digits.
func parseUUID(text string) (any, error) {
	if canonicalUUID(text) {
		return text, nil
	}
	body := text
	if inner, ok := strings.CutPrefix(body, "{"); ok {
		if body, ok = strings.CutSuffix(inner, "}"); !ok {
			return nil, badSyntax("uuid", text)
		}
	}
	var out [36]byte
	digits, n := 0, 0
	for i := range len(body) {
		c := body[i]
		if c == '-' && digits > 0 && digits < 32 && digits%4 == 0 && body[i-1] != '-' {
			continue
		}
		if c >= 'A' && c <= 'F' {
			c += 'a' - 'A'
		}
		if digits == 32 || (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return nil, badSyntax("uuid", text)
		}
		if digits == 8 || digits == 12 || digits == 16 || digits == 20 {
			out[n] = '-'
			n++
		}
		out[n] = c
		digits, n = digits+1, n+1
	}
	if digits != 32 {
		return nil, badSyntax("uuid", text)
	}
	return string(out[:]), nil
}

func parseJSON(text string) (any, error) {
	if !json.Valid([]byte(text)) {
		return nil, &ValueError{SQLState: "22P02", Message: "invalid input syntax for type json"}
	}
	for rest := text; ; {
		at := strings.IndexByte(rest, '\\')
		if at < 0 {
			return text, nil
		}
		if strings.HasPrefix(rest[at:], `\u0000`) {
			return nil, &ValueError{SQLState: "22P05", Message: "unsupported Unicode escape sequence"}
		}
		rest = rest[at+2:] // valid JSON has a character behind each backslash
	}
}

// parseBytes reads \x followed by hexadecimal digits, or the older form with \ooo for bytes that are no text.
func parseBytes(text string) (any, error) {
	if digits, ok := strings.CutPrefix(text, `\x`); ok {
		return parseHex(strings.Map(dropSpace, digits))
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '\\' {
			out = append(out, '\\')
			i++
			continue
		}
		if i+3 >= len(text) {
			return nil, &ValueError{SQLState: "22P02", Message: "invalid input syntax for type bytea"}
		}
		n, err := strconv.ParseUint(text[i+1:i+4], 8, 8)
		if err != nil {
			return nil, &ValueError{SQLState: "22P02", Message: "invalid input syntax for type bytea"}
		}
		out = append(out, byte(n))
		i += 3
	}
	return out, nil
}

func dropSpace(r rune) rune {
	if strings.ContainsRune(" \n\t\r", r) {
		return -1
	}
	return r
}

func parseHex(digits string) (any, error) {
	for _, r := range digits {
		if !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return nil, &ValueError{SQLState: "22023", Message: "invalid hexadecimal digit: " + quote(string(r))}
		}
	}
	out, err := hex.DecodeString(digits)
	if err != nil {
		return nil, &ValueError{SQLState: "22023", Message: "invalid hexadecimal data: odd number of digits"}
	}
	return out, nil
}
