package schema

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

func parseInt(name, text string, bits int) (any, error) {
	n, err := strconv.ParseInt(trim(text), 10, bits)
	if err == nil {
		return n, nil
	}
	if errors.Is(err, strconv.ErrRange) {
		return nil, &ValueError{SQLState: "22003", Message: "value " + quote(text) + " is out of range for type " + name}
	}
	return nil, badSyntax(name, text)
}

// special reads the words for values that are no finite number. Infinity and NaN are kept as text, as Bun writes them; the negative
// one must sort before the numbers and is therefore a number.
func special(word string) (any, bool) {
	switch strings.ToLower(word) {
	case "nan":
		return "NaN", true
	case "infinity", "inf", "+infinity", "+inf":
		return "Infinity", true
	case "-infinity", "-inf":
		return math.Inf(-1), true
	}
	return nil, false
}

func parseFloat(name, text string, bits int) (any, error) {
	word := trim(text)
	if value, ok := special(word); ok {
		return value, nil
	}
	if strings.ContainsAny(word, "xXpP_iInN") {
		return nil, badSyntax(name, text)
	}
	f, err := strconv.ParseFloat(word, bits)
	if errors.Is(err, strconv.ErrRange) || err == nil && f == 0 && strings.ContainsAny(mantissa(word), "123456789") {
		return nil, &ValueError{SQLState: "22003", Message: quote(text) + " is out of range for type " + name}
	}
	if err != nil {
		return nil, badSyntax(name, text)
	}
	if bits == 32 { // the double that Bun's shortest form of a float32 reads back as
		f, err = strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
		if err != nil {
			return nil, badSyntax(name, text)
		}
	}
	return f, nil
}

func mantissa(number string) string {
	if at := strings.IndexAny(number, "eE"); at >= 0 {
		return number[:at]
	}
	return number
}

// decimal is an exact decimal number: 0.digits × 10^exponent. Zero has no digits.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// maxExponent is beyond what PostgreSQL's numeric can hold.
const maxExponent = 131072

// parseDecimal reads [+-]digits[.digits][e[+-]digits].
func parseDecimal(word string) (d decimal, ok, inRange bool) {
	body := strings.TrimLeft(word, "+-")
	if len(word)-len(body) > 1 {
		return d, false, false
	}
	d.negative = strings.HasPrefix(word, "-")
	body, exponent, hasExponent := cutExponent(body)
	if hasExponent {
		n, err := strconv.Atoi(exponent)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return d, false, false
		}
		d.exponent = min(max(n, -9*maxExponent), 9*maxExponent)
	}
	whole, fraction, _ := strings.Cut(body, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return d, false, false
	}
	all := whole + fraction
	d.exponent += len(whole)
	d.digits = strings.TrimLeft(all, "0")
	d.exponent -= len(all) - len(d.digits)
	d.digits = strings.TrimRight(d.digits, "0")
	if d.digits == "" {
		return decimal{}, true, true
	}
	return d, true, d.exponent <= maxExponent && d.exponent >= -maxExponent
}

func cutExponent(body string) (mantissa, exponent string, ok bool) {
	at := strings.IndexAny(body, "eE")
	if at < 0 {
		return body, "", false
	}
	return body[:at], body[at+1:], true
}

// round keeps scale digits behind the point; a half goes away from zero.
func (d decimal) round(scale int) decimal {
	keep := d.exponent + scale
	if keep >= len(d.digits) {
		return d
	}
	if keep < 0 {
		return decimal{}
	}
	up := d.digits[keep] >= '5'
	kept := []byte("0" + d.digits[:keep])
	for i := len(kept) - 1; up && i >= 0; i-- {
		if kept[i] == '9' {
			kept[i] = '0'
			continue
		}
		kept[i]++
		up = false
	}
	all := strings.TrimLeft(string(kept), "0")
	d.exponent += 1 - (len(kept) - len(all))
	if d.digits = strings.TrimRight(all, "0"); d.digits == "" {
		return decimal{}
	}
	return d
}

// int64 returns the number when it is a 64-bit integer.
func (d decimal) int64() (int64, bool) {
	if d.digits == "" {
		return 0, true
	}
	if len(d.digits) > d.exponent || d.exponent > 19 {
		return 0, false
	}
	text := d.digits + strings.Repeat("0", d.exponent-len(d.digits))
	if d.negative {
		text = "-" + text
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// String is the number in the form 0.digits e exponent, which strconv reads.
func (d decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	sign := ""
	if d.negative {
		sign = "-"
	}
	return sign + "0." + d.digits + "e" + strconv.Itoa(d.exponent)
}

func parseNumeric(name, text string) (any, error) {
	word := trim(text)
	if value, ok := special(word); ok {
		return value, nil
	}
	d, ok, inRange := parseDecimal(word)
	if !ok {
		return nil, badSyntax(name, text)
	}
	if !inRange {
		return nil, &ValueError{SQLState: "22003", Message: "value overflows numeric format"}
	}
	if n, ok := d.int64(); ok {
		return n, nil
	}
	f, err := strconv.ParseFloat(d.String(), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return nil, badSyntax(name, text)
	}
	return f, nil // beyond the doubles: an infinity, which compares right with every number there can be
}

// exactDigits is how many significant digits of any decimal survive in a double.
const exactDigits = 15

// assignNumeric returns the number as the column will hold it.
func assignNumeric(c *Column, text string) (string, error) {
	word := trim(text)
	if _, ok := special(word); ok {
		return word, nil
	}
	d, ok, inRange := parseDecimal(word)
	if !ok {
		return "", badSyntax(c.Type, text)
	}
	if c.Precision > 0 {
		d = d.round(c.Scale)
		if d.digits != "" && d.exponent > c.Precision-c.Scale {
			return "", &ValueError{SQLState: "22003", Message: "numeric field overflow"}
		}
	}
	if _, ok := d.int64(); !ok && (len(d.digits) > exactDigits || d.exponent > 300 || d.exponent < -300 || !inRange) {
		return "", &ValueError{SQLState: "22003", Message: "value " + quote(text) + " has more digits than this database keeps exactly"}
	}
	return d.String(), nil
}
