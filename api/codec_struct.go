package api

import (
	"reflect"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

// structCodec is the codec of rows that are structs.
type structCodec struct {
	columns *schema.Table
	create  func() any
}

// newCodec returns the codec of T for the columns of table.
func newCodec[T any](table *schema.Table) *structCodec {
	return &structCodec{columns: table, create: func() any { return new(T) }}
}

func (c *structCodec) table() *schema.Table { return c.columns }

func (c *structCodec) empty() any { return c.create() }

// field returns the struct field of a column, allocating embedded pointers on the way.
func (c *structCodec) field(row any, column *schema.Column) reflect.Value {
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

func (c *structCodec) set(row any, column *schema.Column, cell wire.Cell) error {
	if column.GoIndex == nil {
		return nil
	}
	if cell.State != wire.Set {
		if field, err := reflect.ValueOf(row).Elem().FieldByIndexErr(column.GoIndex); err == nil {
			field.SetZero() // else it is in an embedded struct that is not there
		}
		return nil
	}
	if err := setField(c.field(row, column), column, cell.Text); err != nil {
		return badValue(column, cell.Text, err)
	}
	return nil
}

func (*structCodec) text(v db.Value, column *schema.Column) string { return valueText(v, column) }

func (c *structCodec) cell(row any, column *schema.Column) (wire.Cell, error) {
	if column.GoIndex == nil {
		return wire.Cell{}, nil
	}
	text, null, err := fieldText(c.field(row, column), column)
	switch {
	case err != nil:
		return wire.Cell{}, err
	case null:
		return wire.Cell{State: wire.Null}, nil
	}
	return wire.Cell{State: wire.Set, Text: text}, nil
}

func (c *structCodec) writable(any) []int {
	var columns []int
	for i := range c.columns.Columns {
		if column := &c.columns.Columns[i]; column.GoIndex != nil && !column.Generated {
			columns = append(columns, i)
		}
	}
	return columns
}

// given leaves out zero values that the database fills in.
func (c *structCodec) given(row any) []int {
	var columns []int
	for _, i := range c.writable(row) {
		if column := &c.columns.Columns[i]; !column.HasDefault || !c.field(row, column).IsZero() {
			columns = append(columns, i)
		}
	}
	return columns
}
