package wire

import (
	"bytes"
	"math"
	"time"

	"github.com/groundwork-go/groundwork/db/schema"
)

// timeStyle is how dates and times are spelled: as ISO 8601 in JSON, as PostgreSQL prints them in CSV.
type timeStyle struct {
	separator   byte
	zoneMinutes bool // +00:00 rather than +00
}

var (
	jsonTime = timeStyle{separator: 'T', zoneMinutes: true}
	csvTime  = timeStyle{separator: ' '}
)

// appendTime appends the text of a date or time in the given style. It reads what PostgreSQL prints, what Bun stores on SQLite, and
// the other spellings of ISO 8601 (T, Z, a missing zone, which means UTC). It reports false, and appends nothing, when b is none of
// them (infinity, say).
func (style timeStyle) appendTime(buf []byte, kind schema.Kind, b []byte) ([]byte, bool) {
	b, bc := bytes.CutSuffix(b, []byte(" BC"))
	day, clock, zone, ok := splitTime(b)
	if !ok || day == nil && kind != schema.Time {
		return buf, false
	}
	if kind != schema.Time {
		buf = append(buf, day...)
	}
	if kind == schema.Timestamp || kind == schema.TimestampTZ {
		buf = append(buf, style.separator)
	}
	if kind != schema.Date {
		buf = appendClock(buf, clock)
	}
	if kind == schema.TimestampTZ {
		buf = style.appendZone(buf, zone)
	}
	if bc {
		buf = append(buf, " BC"...)
	}
	return buf, true
}

// splitTime cuts a text into its day, its time of day and its zone; what is missing is nil. It accepts digits and the usual
// separators only, so that the parts are safe between quotes.
func splitTime(b []byte) (day, clock, zone []byte, ok bool) {
	if len(b) == 0 || b[0] < '0' || b[0] > '9' {
		return nil, nil, nil, false
	}
	clockAt, zoneAt := 0, len(b)
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9' || c == ':' || c == '.':
		case (c == ' ' || c == 'T') && clockAt == 0:
			clockAt = i + 1
		case (c == '+' || c == 'Z' || c == '-' && (clockAt > 0 || i == len("15:04:05"))) && zoneAt == len(b):
			zoneAt = i
		case c != '-' && c != ' ':
			return nil, nil, nil, false
		}
	}
	switch {
	case clockAt > zoneAt:
		return nil, nil, nil, false
	case clockAt > 0:
		day = b[:clockAt-1]
	case bytes.IndexByte(b, ':') < 0:
		return b, nil, nil, isDay(b)
	}
	clock, zone = bytes.TrimRight(b[clockAt:zoneAt], " "), b[zoneAt:]
	return day, clock, zone, isClock(clock) && (day == nil || isDay(day))
}

// isDay reports whether b looks like 2024-01-31, with a year of four or more digits.
func isDay(b []byte) bool {
	n := len(b)
	return n >= 10 && b[n-3] == '-' && b[n-6] == '-' && digitsEnd(b, 0) == n-6 && digitsEnd(b, n-5) == n-3 && digitsEnd(b, n-2) == n
}

// isClock reports whether b looks like 10:00, 10:00:00 or 10:00:00.5.
func isClock(b []byte) bool {
	if len(b) < 5 || b[2] != ':' || digitsEnd(b, 0) != 2 || digitsEnd(b, 3) != 5 {
		return false
	}
	if len(b) == 5 {
		return true
	}
	if len(b) < 8 || b[5] != ':' || digitsEnd(b, 6) != 8 {
		return false
	}
	return len(b) == 8 || len(b) > 9 && b[8] == '.' && digitsEnd(b, 9) == len(b)
}

// appendClock appends a time of day with seconds, and with no more of a fraction than six digits and no zeros at its end.
func appendClock(buf, clock []byte) []byte {
	switch {
	case clock == nil:
		return append(buf, "00:00:00"...)
	case len(clock) == 5:
		return append(append(buf, clock...), ":00"...)
	case len(clock) <= 9:
		return append(buf, clock...)
	}
	clock = clock[:min(len(clock), len("15:04:05.999999"))]
	return append(buf, bytes.TrimRight(bytes.TrimRight(clock, "0"), ".")...)
}

// appendZone appends an offset: +00:00 and +00 in the two styles, +05:30 in both. No zone and Z are UTC.
func (style timeStyle) appendZone(buf, zone []byte) []byte {
	if len(zone) < 3 || zone[0] == 'Z' {
		zone = utc
	}
	minutes := bytes.TrimPrefix(zone[3:], []byte(":"))
	switch {
	case len(minutes) == 0 && style.zoneMinutes:
		minutes = noMinutes
	case !style.zoneMinutes && bytes.Equal(minutes, noMinutes):
		minutes = nil
	}
	buf = append(buf, zone[:3]...)
	if len(minutes) == 0 {
		return buf
	}
	return append(append(buf, ':'), minutes...)
}

var (
	utc       = []byte("+00")
	noMinutes = []byte("00")
)

// appendUnix appends a time that is stored as seconds since 1970.
func (style timeStyle) appendUnix(buf []byte, kind schema.Kind, seconds float64) []byte {
	whole, fraction := math.Modf(seconds)
	t := time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC()
	var text [40]byte
	out, ok := style.appendTime(buf, kind, t.AppendFormat(text[:0], "2006-01-02 15:04:05.999999-07:00"))
	if !ok {
		return append(buf, t.Format(time.RFC3339)...)
	}
	return out
}
