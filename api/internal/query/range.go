package query

import (
	"math"
	"strconv"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// Range is a range of rows by position, both ends included; Last is math.MaxInt64 when open.
type Range struct{ First, Last int64 }

// ParseRange reads the value of a Range header, "0-24" or "10-". The result is false for every other form, which is to be
// ignored; a range that ends before it starts is PGRST103.
func ParseRange(value string) (Range, bool, error) {
	first, last, found := strings.Cut(value, "-")
	if !found || !digits(first) || last != "" && !digits(last) {
		return Range{}, false, nil
	}
	r := Range{Last: math.MaxInt64}
	r.First, _ = parseInteger(first)
	if last != "" {
		r.Last, _ = parseInteger(last)
	}
	if r.Last < r.First {
		return Range{}, false,
			fault.Range("The lower boundary must be lower than or equal to the upper boundary in the Range header.")
	}
	return r, true, nil
}

// parseInteger reads a decimal integer; one that does not fit comes out as the nearest that does.
func parseInteger(s string) (int64, bool) {
	if !digits(strings.TrimPrefix(s, "-")) {
		return 0, false
	}
	number, _ := strconv.ParseInt(s, 10, 64) // the only error left is a range error, and then number is the nearest
	return number, true
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
