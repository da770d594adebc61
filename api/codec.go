package api

import (
	"fmt"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

// codec moves values between rows in memory and columns in text form. Rows travel as `any` that holds what empty returns: a pointer to
// a struct for resources with a Go type, a *Row for those without. It is made once per resource.
type codec interface {
	// table describes the columns of the rows.
	table() *schema.Table
	// empty returns a new row without values.
	empty() any
	// set stores a value; a cell that is not Set empties the column. Columns that rows have no place for are ignored.
	set(row any, column *schema.Column, cell wire.Cell) error
	// text is the form in which set takes a value of the database.
	text(v db.Value, column *schema.Column) string
	// cell reads one column; it is Missing when the row has no place for it, or no value.
	cell(row any, column *schema.Column) (wire.Cell, error)
	// writable returns the columns that the row can give a statement: those it has a place for, but not generated ones.
	writable(row any) []int
	// given returns the columns of a new row that a caller gives: writable ones without those the database is to fill in.
	given(row any) []int
}

// decode makes a row of the cells of one row of a body.
func decode(c codec, columns []int, cells []wire.Cell) (any, error) {
	row := c.empty()
	for i, position := range columns {
		if cells[i].State == wire.Missing {
			continue
		}
		if err := c.set(row, &c.table().Columns[position], cells[i]); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// decodeValues makes a row of database values; values are parallel to columns, nil columns are left out.
func decodeValues(c codec, columns []*schema.Column, values []db.Value) (any, error) {
	row := c.empty()
	for i, column := range columns {
		if column == nil {
			continue
		}
		cell := wire.Cell{State: wire.Null}
		if values[i].Kind != db.Null {
			cell = wire.Cell{State: wire.Set, Text: c.text(values[i], column)}
		}
		if err := c.set(row, column, cell); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// allCells reads every column of a row, in table order.
func allCells(c codec, row any) ([]wire.Cell, error) {
	cells := make([]wire.Cell, len(c.table().Columns))
	for i := range cells {
		var err error
		if cells[i], err = c.cell(row, &c.table().Columns[i]); err != nil {
			return nil, err
		}
	}
	if untyped, ok := row.(*Row); ok {
		if unknown := untyped.stranger(c.table()); unknown != "" {
			return nil, fmt.Errorf("api: resource %q has no column %q, which a row was given", c.table().Name, unknown)
		}
	}
	return cells, nil
}

// allColumns are the columns of the table in order, as images of rows have them.
func allColumns(table *schema.Table) []*schema.Column {
	columns := make([]*schema.Column, len(table.Columns))
	for i := range columns {
		columns[i] = &table.Columns[i]
	}
	return columns
}

// badValue is the error for text that the field's Go type refuses.
func badValue(column *schema.Column, text string, err error) *Error {
	e := Errorf(400, "22P02", "invalid input syntax for type %s: %q", column.Type, text)
	e.Details, e.Err = "Column "+column.Name+" does not take this value.", err
	return e
}
