package api

import (
	"errors"
	"reflect"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/schema"
)

// fits refuses values that the database would take but the Go type of their column cannot hold: hooks, typed access and the program's own
// queries could not read such a row again, and one caller would break the lists of all.
func (c *structCodec) fits(rows *wire.Rows) error {
	var scratch any
	for at, position := range rows.Columns {
		column := &c.columns.Columns[position]
		if column.GoIndex == nil || !picky(column.Kind) {
			continue
		}
		if scratch == nil {
			scratch = c.empty()
		}
		field := c.field(scratch, column)
		for i := range rows.Len {
			cell := rows.Row(i)[at]
			if cell.State != wire.Set {
				continue
			}
			if err := fitsField(field, column, cell.Text); err != nil {
				return badValue(column, cell.Text, err)
			}
		}
	}
	return nil
}

var errNoGoTime = errors.New("a time.Time cannot hold it")

// picky kinds have values that a Go type may refuse.
func picky(kind schema.Kind) bool {
	return kind == schema.JSON || kind == schema.Array || temporal(kind)
}

func fitsField(field reflect.Value, column *schema.Column, text string) error {
	if !temporal(column.Kind) {
		return setField(field, column, text)
	}
	// What is no time at all the database says in its own words; these are times to it.
	typ := field.Type()
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	lower := strings.ToLower(strings.TrimSpace(text))
	if typ == timeType && (strings.HasSuffix(lower, "infinity") || strings.HasSuffix(lower, "bc")) {
		return errNoGoTime
	}
	return nil
}
