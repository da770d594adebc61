package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

// Row is one row of a table that has no Go type ([Table]), as hooks and a [Collection] see it: values in text form by wire name. Those
// of the database are spelled alike on both: true and false, times as in answers, arrays as PostgreSQL's literals, bytes in hexadecimal;
// those of a request stand as they were sent. The zero Row has no values and is ready for use. A copy shares its values. It is not
// safe for concurrent use.
type Row struct {
	cells map[string]wire.Cell
}

// Text returns a column's value; ok is false for NULL and for columns the row has no value for.
func (r *Row) Text(column string) (text string, ok bool) {
	cell := r.cells[column]
	return cell.Text, cell.State == wire.Set
}

// Has reports whether the row has a value for the column, NULL included.
func (r *Row) Has(column string) bool {
	_, ok := r.cells[column]
	return ok
}

// Set gives a column a value. A write refuses rows with columns that the table does not have.
func (r *Row) Set(column, text string) { r.store(column, wire.Cell{State: wire.Set, Text: text}) }

// SetNull makes a column NULL.
func (r *Row) SetNull(column string) { r.store(column, wire.Cell{State: wire.Null}) }

// Columns returns the names of the columns that the row has a value for, sorted.
func (r *Row) Columns() []string { return slices.Sorted(maps.Keys(r.cells)) }

func (r *Row) store(column string, cell wire.Cell) {
	if r.cells == nil {
		r.cells = make(map[string]wire.Cell)
	}
	r.cells[column] = cell
}

// stranger returns a column of the row that the table does not have, or "".
func (r *Row) stranger(table *schema.Table) string {
	for _, name := range r.Columns() {
		if table.Lookup(name) == nil {
			return name
		}
	}
	return ""
}

// rowCodec is the codec of rows that are *Row.
type rowCodec struct {
	columns *schema.Table
}

func (c rowCodec) table() *schema.Table { return c.columns }

func (rowCodec) empty() any { return new(Row) }

func (rowCodec) set(row any, column *schema.Column, cell wire.Cell) error {
	if cell.State != wire.Set {
		cell = wire.Cell{State: wire.Null}
	}
	row.(*Row).store(column.Name, cell)
	return nil
}

// text makes the databases' different spellings of one value the same, because nothing else reads it before a hook does.
func (rowCodec) text(v db.Value, column *schema.Column) string {
	switch column.Kind {
	case schema.Bool, schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
		out := wire.NewColumn(column.Name, column)
		return strings.Trim(string(wire.AppendValue(nil, &out, v)), `"`)
	}
	return valueText(v, column)
}

func (rowCodec) cell(row any, column *schema.Column) (wire.Cell, error) {
	return row.(*Row).cells[column.Name], nil
}

func (c rowCodec) writable(row any) []int {
	var columns []int
	for i := range c.columns.Columns {
		if column := &c.columns.Columns[i]; !column.Generated && row.(*Row).Has(column.Name) {
			columns = append(columns, i)
		}
	}
	return columns
}

func (c rowCodec) given(row any) []int { return c.writable(row) }
