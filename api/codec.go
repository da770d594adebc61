package api

import (
	"reflect"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

// codec moves values between the fields of a struct and columns in text form. It is made once per resource; rows travel as `any`
// that holds a pointer to the struct.
type codec struct {
	table  *schema.Table
	create func() any
}

// newCodec returns the codec of T for the columns of table.
func newCodec[T any](table *schema.Table) *codec {
	return &codec{table: table, create: func() any { return new(T) }}
}

// field returns the struct field of a column, allocating embedded pointers on the way.
func (c *codec) field(row any, column *schema.Column) reflect.Value {
	v := reflect.ValueOf(row).Elem()
	for _, i := range column.GoIndex {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

// decode makes a struct of the cells of one row.
func (c *codec) decode(columns []int, cells []wire.Cell) (any, error) {
	row := c.create()
	for i, position := range columns {
		column := &c.table.Columns[position]
		if cells[i].State != wire.Set {
			continue
		}
		if err := setField(c.field(row, column), column, cells[i].Text); err != nil {
			return nil, badValue(column, cells[i].Text, err)
		}
	}
	return row, nil
}

// decodeValues makes a struct of database values; values are parallel to columns.
func (c *codec) decodeValues(columns []*schema.Column, values []db.Value) (any, error) {
	row := c.create()
	for i, column := range columns {
		if column == nil || column.GoIndex == nil || values[i].Kind == db.Null {
			continue
		}
		text := valueText(values[i], column)
		if err := setField(c.field(row, column), column, text); err != nil {
			return nil, badValue(column, text, err)
		}
	}
	return row, nil
}

// cell reads one column of a struct.
func (c *codec) cell(row any, column *schema.Column) (wire.Cell, error) {
	text, null, err := fieldText(c.field(row, column), column)
	switch {
	case err != nil:
		return wire.Cell{}, err
	case null:
		return wire.Cell{State: wire.Null}, nil
	}
	return wire.Cell{State: wire.Set, Text: text}, nil
}

// given returns the columns of a new row that a struct gives: all but generated ones and zero values that the database fills in.
func (c *codec) given(row any) []int {
	var columns []int
	for i := range c.table.Columns {
		column := &c.table.Columns[i]
		if column.GoIndex == nil || column.Generated || column.HasDefault && c.field(row, column).IsZero() {
			continue
		}
		columns = append(columns, i)
	}
	return columns
}

// badValue is the error for text that the field's Go type refuses.
func badValue(column *schema.Column, text string, err error) *Error {
	e := Errorf(400, "22P02", "invalid input syntax for type %s: %q", column.Type, text)
	e.Details, e.Err = "Column "+column.Name+" does not take this value.", err
	return e
}
