package schema

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// storedMoment takes a stored time apart: its day, separator, minutes, seconds, fraction and zone.
var storedMoment = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:([ T])\d\d:\d\d(:\d\d)?(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?)?$`)

// layoutOf finds the Go layout of a stored time; zoned tells whether it names its zone. Text that is no time has the layout that SQLite's
// own functions write.
func layoutOf(text string) (layout string, zoned bool) {
	parts := storedMoment.FindStringSubmatch(text)
	switch {
	case parts == nil:
		return "2006-01-02 15:04:05.999999", false
	case parts[1] == "":
		return dateForm, false
	case parts[1] == " " && len(parts[4]) > 1:
		return "", true // Bun's form
	}
	layout = dateForm + parts[1] + "15:04"
	switch {
	case parts[2] == "":
	case parts[3] == "":
		layout += ":05.999999"
	default:
		layout += ":05." + strings.Repeat("0", len(parts[3])-1)
	}
	switch {
	case parts[4] == "Z":
		layout += "Z07:00"
	case parts[4] != "":
		layout += "-07:00"
	}
	return layout, parts[4] != ""
}

// relaid gives an argument that is a time the form that the column's values have.
func (c *Column) relaid(arg any) any {
	text, ok := arg.(string)
	if c.Layout == "" || !ok {
		return arg
	}
	form := momentForm
	if c.Kind == Date {
		form = dateForm
	}
	at, err := time.Parse(form, text)
	if err != nil {
		return arg // an infinity
	}
	return at.Format(c.Layout)
}

// firstValue looks no further than a thousand rows, so that a large table without values costs nothing.
const firstValue = "SELECT typeof(?0) AS storage, CAST(?0 AS TEXT) AS value FROM (SELECT ?0 FROM ?1 LIMIT 1000) WHERE ?0 IS NOT NULL LIMIT 1"

// sample looks at the first value of the columns whose declaration on SQLite does not tell how values look: times and columns without
// a type.
func sample(ctx context.Context, database *bun.DB, t *inspected) error {
	for i := range t.columns {
		c := &t.columns[i]
		if c.Kind != Date && c.Kind != Timestamp && c.Kind != TimestampTZ && c.Kind != Other {
			continue
		}
		var first []struct{ Storage, Value string }
		err := database.NewRaw(firstValue, bun.Ident(c.SQLName), bun.Ident(t.name)).Scan(ctx, &first)
		if err != nil {
			return err
		}
		switch {
		case len(first) > 0:
			c.learn(first[0].Storage, first[0].Value)
		case c.Kind == Timestamp:
			c.Layout, _ = layoutOf("")
		}
	}
	return nil
}

// learn adapts a column to its first value.
func (c *Column) learn(storage, value string) {
	switch storage {
	case "integer":
		c.Kind, c.Type = Int8, typeOf(Int8)
	case "real":
		c.Kind, c.Type = Float8, typeOf(Float8)
	case "blob":
		if c.Kind == Other {
			c.Kind, c.Type = Bytes, typeOf(Bytes)
		}
	case "text":
		switch {
		case c.Kind == Other && c.Type == "text":
			c.Kind = Text
		case c.Kind == Date:
			if layout, _ := layoutOf(value); layout != dateForm {
				c.Layout = layout
			}
		case c.Kind != Other:
			var zoned bool
			if c.Layout, zoned = layoutOf(value); zoned {
				c.Kind, c.Type = TimestampTZ, typeOf(TimestampTZ)
			}
		}
	}
}
