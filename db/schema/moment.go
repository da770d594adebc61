package schema

import (
	"strconv"
	"strings"
	"time"
)

// The text forms of times on SQLite. Moments are what Bun writes for a time.Time.
const (
	dateForm   = "2006-01-02"
	timeForm   = "15:04:05.999999"
	momentForm = "2006-01-02 15:04:05.999999-07:00"
)

// parseMoment reads a date, a time or a timestamp in the ISO forms that PostgreSQL reads, and returns SQLite's form of it. A
// timestamp without a zone is taken as UTC; a zone on a type without one is ignored, as PostgreSQL does.
func parseMoment(kind Kind, name, text string) (any, error) {
	word := trim(text)
	if kind != Time {
		switch strings.ToLower(word) {
		case "infinity", "-infinity":
			return strings.ToLower(word), nil
		case "epoch":
			word = "1970-01-01 00:00:00Z"
		}
	}
	m, ok := readMoment(kind, word)
	switch {
	case !ok && kind == Time:
		return nil, &ValueError{SQLState: "22007", Message: "invalid input syntax for type time: " + quote(text)}
	case !ok:
		return nil, &ValueError{SQLState: "22007", Message: "invalid input syntax for type " + name + ": " + quote(text)}
	case m.zone <= -16*3600 || m.zone >= 16*3600:
		return nil, &ValueError{SQLState: "22009", Message: "time zone displacement out of range: " + quote(text)}
	case !validDate(m.year, m.month, m.day) || !validClock(m.hour, m.minute, m.second, m.micro):
		return nil, &ValueError{SQLState: "22008", Message: "date/time field value out of range: " + quote(text)}
	}
	stored, ok := m.form(kind)
	if !ok {
		return nil, &ValueError{SQLState: "22008", Message: "date/time field value out of range: " + quote(text)}
	}
	return stored, nil
}

// moment is a date and a time of day as written; zone is in seconds east of Greenwich.
type moment struct {
	year, month, day, hour, minute, second, micro, zone int
}

// readMoment takes the text apart; false when it is no moment.
func readMoment(kind Kind, word string) (moment, bool) {
	r := momentReader{rest: word}
	m := moment{year: 2000, month: 1, day: 1}
	if kind != Time {
		m.year, m.month, m.day = r.date()
		if r.rest == "" {
			return m, !r.bad
		}
		if !r.skip("T") && !r.skip("t") && !r.skip(" ") {
			return m, false
		}
		r.rest = strings.TrimLeft(r.rest, " ")
	}
	m.hour, m.minute, m.second, m.micro = r.clock()
	m.zone = r.zone()
	return m, !r.bad && r.rest == ""
}

// form is SQLite's form of a valid moment; false when the year has not four digits.
func (m moment) form(kind Kind) (string, bool) {
	if kind == Date {
		return time.Date(m.year, time.Month(m.month), m.day, 0, 0, 0, 0, time.UTC).Format(dateForm), true
	}
	if kind != TimestampTZ {
		m.zone = 0
	}
	at := time.Date(m.year, time.Month(m.month), m.day, m.hour, m.minute, m.second-m.zone, m.micro*1000, time.UTC)
	if kind != Time {
		return at.Format(momentForm), at.Year() >= 1 && at.Year() <= 9999
	}
	if m.hour == 24 || at.Day() != 1 {
		return "24:00:00", true
	}
	return at.Format(timeForm), true
}

func validDate(year, month, day int) bool {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func validClock(hour, minute, second, micro int) bool {
	if hour == 24 {
		return minute == 0 && second == 0 && micro == 0
	}
	return hour < 24 && minute < 60 && second <= 60
}

// momentReader takes a time apart from the left. After the first mistake bad is set and the results mean nothing.
type momentReader struct {
	rest string
	bad  bool
}

func (r *momentReader) skip(prefix string) bool {
	rest, ok := strings.CutPrefix(r.rest, prefix)
	r.rest = rest
	return ok
}

// digits reads between low and high digits.
func (r *momentReader) digits(low, high int) int {
	n := 0
	for n < len(r.rest) && n < high && r.rest[n] >= '0' && r.rest[n] <= '9' {
		n++
	}
	if n < low {
		r.bad = true
		return 0
	}
	value, err := strconv.Atoi(r.rest[:n])
	if err != nil {
		r.bad = true
	}
	r.rest = r.rest[n:]
	return value
}

// run is the number of digits that stand next.
func (r *momentReader) run() int {
	return len(r.rest) - len(strings.TrimLeft(r.rest, "0123456789"))
}

func (r *momentReader) date() (year, month, day int) {
	if r.run() == 8 {
		return r.digits(4, 4), r.digits(2, 2), r.digits(2, 2)
	}
	year = r.digits(4, 6)
	separator := "-"
	if strings.HasPrefix(r.rest, "/") {
		separator = "/"
	}
	if !r.skip(separator) {
		r.bad = true
	}
	month = r.digits(1, 2)
	if !r.skip(separator) {
		r.bad = true
	}
	return year, month, r.digits(1, 2)
}

func (r *momentReader) clock() (hour, minute, second, micro int) {
	if n := r.run(); n == 6 || n == 4 {
		hour, minute = r.digits(2, 2), r.digits(2, 2)
		if n == 6 {
			second = r.digits(2, 2)
		}
	} else {
		hour = r.digits(1, 2)
		if !r.skip(":") {
			r.bad = true
		}
		minute = r.digits(2, 2)
		if r.skip(":") {
			second = r.digits(2, 2)
		}
	}
	if r.skip(".") {
		micro = r.fraction()
	}
	return hour, minute, second, micro
}

// fraction reads the digits behind the point, rounded to microseconds.
func (r *momentReader) fraction() int {
	n := r.run()
	if n == 0 {
		return 0
	}
	padded := (r.rest[:n] + "0000000")[:7]
	r.rest = r.rest[n:]
	value, err := strconv.Atoi(padded)
	if err != nil {
		r.bad = true
	}
	return (value + 5) / 10
}

// zone reads Z, UTC, GMT or an offset, and returns seconds east of Greenwich.
func (r *momentReader) zone() int {
	r.rest = strings.TrimLeft(r.rest, " ")
	switch strings.ToUpper(r.rest) {
	case "":
		return 0
	case "Z", "UTC", "GMT":
		r.rest = ""
		return 0
	}
	sign := 1
	if !r.skip("+") {
		sign = -1
		if !r.skip("-") {
			r.bad = true
			return 0
		}
	}
	var hours, minutes, seconds int
	if r.run() == 4 {
		hours, minutes = r.digits(2, 2), r.digits(2, 2)
	} else {
		hours = r.digits(1, 2)
		if r.skip(":") {
			minutes = r.digits(2, 2)
		}
		if r.skip(":") {
			seconds = r.digits(2, 2)
		}
	}
	if minutes > 59 || seconds > 59 {
		r.bad = true
	}
	return sign * (hours*3600 + minutes*60 + seconds)
}
