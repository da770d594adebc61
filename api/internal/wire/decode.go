package wire

import (
	"mime"
	"slices"
	"unicode/utf8"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/schema"
)

// The limits of [DecodeOptions] when it gives none.
const (
	DefaultMaxDepth = 64
	DefaultMaxKeys  = 10000
)

// DecodeOptions says what a body may hold.
type DecodeOptions struct {
	// Columns are the wire names of columns=, in its order; HasColumns says that the request had one: other keys are then ignored,
	// and rows need not have the same keys.
	Columns    []string
	HasColumns bool
	// MaxDepth bounds how deep arrays and objects nest, the body's own included; default 64. MaxKeys bounds the keys of one object;
	// default 10,000.
	MaxDepth, MaxKeys int
}

// Decode reads a body of one of the media types that writes accept: JSON (also when there is no Content-Type), CSV or a form. Every
// error is an *[fault.Error].
func Decode(contentType string, body []byte, table *schema.Table, opt DecodeOptions) (*Rows, error) {
	media := contentType
	if contentType != "" {
		if parsed, _, err := mime.ParseMediaType(contentType); err == nil {
			media = parsed
		}
	}
	switch media {
	case "", "application/json":
		return DecodeJSON(body, table, opt)
	case "text/csv":
		return DecodeCSV(body, table, opt)
	case "application/x-www-form-urlencoded":
		return DecodeForm(body, table, opt)
	}
	return nil, fault.Body("Content-Type not acceptable: " + contentType)
}

// target collects the rows of a body.
type target struct {
	table *schema.Table
	opt   DecodeOptions
	rows  Rows
	// names are the wire names of rows.Columns; slots tells for each column of the table where it is in rows.Columns, plus one.
	names []string
	slots []int
}

func newTarget(table *schema.Table, opt DecodeOptions) (*target, error) {
	if opt.MaxDepth <= 0 {
		opt.MaxDepth = DefaultMaxDepth
	}
	if opt.MaxKeys <= 0 {
		opt.MaxKeys = DefaultMaxKeys
	}
	t := &target{table: table, opt: opt, slots: make([]int, len(table.Columns))}
	if !opt.HasColumns {
		return t, nil
	}
	for _, name := range opt.Columns {
		column := table.Lookup(name)
		if column == nil {
			return nil, fault.UnknownBodyColumn(name, table.Name)
		}
		if t.slots[column.Index] == 0 {
			t.add(column)
		}
	}
	return t, nil
}

// add makes a column the last of the rows.
func (t *target) add(column *schema.Column) {
	t.rows.Columns = append(t.rows.Columns, column.Index)
	t.names = append(t.names, column.Name)
	t.slots[column.Index] = len(t.names)
}

// slot finds where in a row the value of a key belongs, -1 when the row has no such column. guess is where it is likely to be.
func (t *target) slot(key string, guess int) int {
	if guess < len(t.names) && t.names[guess] == key {
		return guess
	}
	column := t.table.Lookup(key)
	if column == nil {
		return -1
	}
	return t.slots[column.Index] - 1
}

// header makes the keys of a flat body (CSV, form) the columns of the rows, unless columns= has said them. It returns the slot of
// each key, -1 for the ignored ones.
func (t *target) header(keys []string) ([]int, error) {
	if len(keys) > t.opt.MaxKeys {
		return nil, tooManyKeys(t.opt.MaxKeys)
	}
	seen := make(map[string]bool, len(keys))
	slots := make([]int, len(keys))
	for i, key := range keys {
		if seen[key] {
			return nil, duplicateKey(key)
		}
		seen[key] = true
		if !t.opt.HasColumns {
			column := t.table.Lookup(key)
			if column == nil {
				return nil, fault.UnknownBodyColumn(key, t.table.Name)
			}
			t.add(column)
		}
		slots[i] = t.slot(key, i)
	}
	return slots, nil
}

// row adds an empty row and returns it.
func (t *target) row() []Cell {
	n := len(t.names)
	t.rows.Cells = slices.Grow(t.rows.Cells, n)[:len(t.rows.Cells)+n]
	t.rows.Len++
	return t.rows.Cells[len(t.rows.Cells)-n:]
}

// plainText refuses what no text of a database can be: invalid UTF-8 and NUL.
func plainText(s string) error {
	if !utf8.ValidString(s) {
		return malformed("The body is not valid UTF-8.")
	}
	for i := range len(s) {
		if s[i] == 0 {
			return noNUL()
		}
	}
	return nil
}

// malformed says that a body does not follow its format; details says where.
func malformed(details string) *fault.Error {
	e := fault.Body("Empty or invalid json")
	e.Details = details
	return e
}
