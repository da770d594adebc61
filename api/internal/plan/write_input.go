package plan

import (
	"bytes"
	"fmt"
	"maps"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/schema"
)

// input is a column that a statement writes, and where its value comes from.
type input struct {
	column *schema.Column
	// cell is the position in Rows.Columns, -1 when the value is fixed for all rows.
	cell  int
	fixed wire.Cell
}

// value returns the input's cell of a row.
func (in input) value(row []wire.Cell) wire.Cell {
	if in.cell < 0 {
		return in.fixed
	}
	return row[in.cell]
}

// arg returns the bound argument for a cell: nil for NULL, else the cell's text as the dialect stores it.
func (in input) arg(d dialect.Name, row []wire.Cell) (any, error) {
	cell := in.value(row)
	if cell.State != wire.Set {
		return nil, nil
	}
	return in.column.Assign(d, cell.Text)
}

// inputs returns the columns that w writes into new rows, or into updated ones: those of the body in its order, then those that the
// server adds in table order. Presets and Set win over the body.
func (w *Write) inputs(preset map[string]any) ([]input, error) {
	fixed, err := w.fixed(preset)
	if err != nil {
		return nil, err
	}
	inputs := make([]input, 0, len(w.Rows.Columns)+len(fixed))
	for i, position := range w.Rows.Columns {
		column := &w.table().Columns[position]
		value, isFixed := fixed[position]
		if !isFixed {
			if err := w.refuseGenerated(i, column); err != nil {
				return nil, err
			}
			inputs = append(inputs, input{column: column, cell: i})
			continue
		}
		if _, isPreset := preset[column.Name]; isPreset && !w.own(i) && !w.agrees(i, column, value) {
			return nil, fault.Preset(w.table().Name, column.Name)
		}
		inputs = append(inputs, input{column: column, cell: -1, fixed: value})
		delete(fixed, position)
	}
	return w.withFixed(inputs, fixed), nil
}

// presets returns the columns that an update sets by itself when an upsert meets an existing row.
func (w *Write) presets(preset map[string]any) ([]input, error) {
	if len(preset) == 0 {
		return nil, nil
	}
	fixed := make(map[int]wire.Cell, len(preset))
	if err := w.presetCells(fixed, preset); err != nil {
		return nil, err
	}
	for i, position := range w.Rows.Columns {
		value, isPreset := fixed[position]
		if column := &w.table().Columns[position]; isPreset && !w.own(i) && !w.agrees(i, column, value) {
			return nil, fault.Preset(w.table().Name, column.Name)
		}
	}
	return w.withFixed(nil, fixed), nil
}

// withFixed adds fixed columns in table order, so that the text of a statement does not depend on the order of a map.
func (w *Write) withFixed(inputs []input, fixed map[int]wire.Cell) []input {
	if len(fixed) == 0 {
		return inputs
	}
	for i := range w.table().Columns {
		if value, ok := fixed[i]; ok {
			inputs = append(inputs, input{column: &w.table().Columns[i], cell: -1, fixed: value})
		}
	}
	return inputs
}

// fixed joins a plan's presets and Set by column position; nil when there are none.
func (w *Write) fixed(preset map[string]any) (map[int]wire.Cell, error) {
	if len(preset) == 0 && len(w.Set) == 0 {
		return nil, nil
	}
	fixed := make(map[int]wire.Cell, len(preset)+len(w.Set))
	if err := w.presetCells(fixed, preset); err != nil {
		return nil, err
	}
	maps.Copy(fixed, w.Set)
	return fixed, nil
}

func (w *Write) presetCells(fixed map[int]wire.Cell, preset map[string]any) error {
	for name, value := range preset {
		column := w.table().Lookup(name)
		if column == nil {
			return fmt.Errorf("plan: a preset names the column %s.%s, which does not exist", w.table().Name, name)
		}
		fixed[column.Index] = presetCell(value)
	}
	return nil
}

// presetCell turns the value of a preset into a cell.
func presetCell(value any) wire.Cell {
	switch value := value.(type) {
	case nil:
		return wire.Cell{State: wire.Null}
	case string:
		return wire.Cell{State: wire.Set, Text: value}
	}
	return wire.Cell{State: wire.Set, Text: fmt.Sprint(value)}
}

// fixedOnInsert reports whether the server decides what a new row holds in the column, whatever the body says.
func (w *Write) fixedOnInsert(position int) bool {
	if _, ok := w.Set[position]; ok {
		return true
	}
	_, ok := w.Insert.Preset[w.table().Columns[position].Name]
	return ok
}

// agrees reports whether every row leaves the column out or gives the preset value itself.
func (w *Write) agrees(i int, column *schema.Column, preset wire.Cell) bool {
	for r := range w.Rows.Len {
		cell := w.Rows.Row(r)[i]
		if cell.State != wire.Missing && !sameCell(column, cell, preset) {
			return false
		}
	}
	return true
}

// sameCell compares two cells of a column as values: the two spellings of one UUID or number are the same.
func sameCell(column *schema.Column, a, b wire.Cell) bool {
	if a.State != wire.Set || b.State != wire.Set {
		return a.State != wire.Set && b.State != wire.Set
	}
	return a.Text == b.Text || identical(canonical(column, a.Text), canonical(column, b.Text))
}

// canonical is the form in which equal values are equal: SQLite's, where the text is parsed on our side.
func canonical(column *schema.Column, text string) any {
	value, err := column.Assign(dialect.SQLite, text)
	if err != nil {
		return text
	}
	return value
}

func identical(a, b any) bool {
	left, leftOK := a.([]byte)
	right, rightOK := b.([]byte)
	if leftOK || rightOK {
		return leftOK && rightOK && bytes.Equal(left, right)
	}
	return a == b
}

// refuseGenerated refuses a value for a column that the database computes.
func (w *Write) refuseGenerated(i int, column *schema.Column) error {
	if !column.Generated {
		return nil
	}
	for r := range w.Rows.Len {
		if cell := w.Rows.Row(r)[i]; cell.State != wire.Missing || !w.Query.Prefer.MissingDefault {
			return generatedColumn(w.Kind, column)
		}
	}
	return nil
}

func generatedColumn(kind WriteKind, column *schema.Column) error {
	e := &fault.Error{Code: "428C9", Details: fmt.Sprintf("Column %q is a generated column.", column.Name)}
	e.Message = fmt.Sprintf("cannot insert a non-DEFAULT value into column %q", column.Name)
	if kind == Update {
		e.Message = fmt.Sprintf("column %q can only be updated to DEFAULT", column.Name)
	}
	return e
}
