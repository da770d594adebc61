package api

import (
	"fmt"
	"maps"
	"slices"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/wire"
)

// typedRows are the rows of a body as structs, with what they held before a hook saw them.
type typedRows struct {
	codec  codec
	rows   []any
	before [][]wire.Cell // every column of every row, in table order
}

// load makes the structs; forced values (presets, tenant) win over the body, as they will in the statement.
func (t *typedRows) load(body *wire.Rows, forced map[int]wire.Cell) error {
	for i := range body.Len {
		row, err := decode(t.codec, body.Columns, body.Row(i))
		if err != nil {
			return err
		}
		for _, position := range slices.Sorted(maps.Keys(forced)) {
			if cell := forced[position]; cell.State == wire.Set {
				if err := t.codec.set(row, &t.codec.table().Columns[position], cell); err != nil {
					return err
				}
			}
		}
		cells, err := allCells(t.codec, row)
		if err != nil {
			return err
		}
		t.rows, t.before = append(t.rows, row), append(t.before, cells)
	}
	return nil
}

// changed returns the body with the columns that a hook changed in any row, or marked as written; own marks those the body did not
// have.
func (t *typedRows) changed(body *wire.Rows, marked []string) (rows *wire.Rows, own []bool, err error) {
	after := make([][]wire.Cell, len(t.rows))
	written, err := t.marked(marked)
	if err != nil {
		return nil, nil, err
	}
	for i, row := range t.rows {
		if after[i], err = allCells(t.codec, row); err != nil {
			return nil, nil, err
		}
		for c := range after[i] {
			written[c] = written[c] || after[i][c] != t.before[i][c]
		}
	}
	if !slices.Contains(written, true) {
		return body, nil, nil
	}
	rows = &wire.Rows{Columns: slices.Clone(body.Columns), Len: body.Len, Array: body.Array}
	for c, changed := range written {
		if changed && !slices.Contains(rows.Columns, c) {
			rows.Columns = append(rows.Columns, c)
		}
	}
	own = make([]bool, len(rows.Columns))
	for at := len(body.Columns); at < len(own); at++ {
		own[at] = true
	}
	for i := range body.Len {
		for at, c := range rows.Columns {
			cell := wire.Cell{}
			if at < len(body.Columns) {
				cell = body.Row(i)[at]
			}
			if after[i][c] != t.before[i][c] || slices.Contains(marked, t.codec.table().Columns[c].Name) {
				cell = after[i][c]
			}
			rows.Cells = append(rows.Cells, cell)
		}
	}
	return rows, own, nil
}

// marked turns the names that a hook gave to Write.Set into positions.
func (t *typedRows) marked(names []string) ([]bool, error) {
	table := t.codec.table()
	written := make([]bool, len(table.Columns))
	for _, name := range names {
		column := table.Lookup(name)
		if column == nil {
			return nil, fmt.Errorf("api: a hook set column %q, which %s does not have", name, table.Name)
		}
		written[column.Index] = true
	}
	return written, nil
}

// forcedCells are the values that the statement will force on new rows: presets of the plan, and the tenant.
func forcedCells(in *writing, statement *plan.Write) map[int]wire.Cell {
	forced := maps.Clone(statement.Set)
	granted := statement.Insert
	if in.kind == plan.Update {
		granted = statement.Update
	}
	for name, value := range granted.Preset {
		column := in.res.table.Lookup(name)
		text, ok := value.(string)
		if column == nil || !ok {
			continue
		}
		if forced == nil {
			forced = make(map[int]wire.Cell, 1)
		}
		forced[column.Index] = wire.Cell{State: wire.Set, Text: text}
	}
	return forced
}
