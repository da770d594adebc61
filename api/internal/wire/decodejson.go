package wire

import (
	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/schema"
)

// DecodeJSON reads an object (one row) or an array of objects. Without columns= every object must have the keys of the first, each
// of them a column of the table.
func DecodeJSON(body []byte, table *schema.Table, opt DecodeOptions) (*Rows, error) {
	t, err := newTarget(table, opt)
	if err != nil {
		return nil, err
	}
	d := jsonDecoder{target: t}
	d.b, d.src, d.maxDepth, d.maxKeys = body, string(body), t.opt.MaxDepth, t.opt.MaxKeys
	if err := plainText(d.src); err != nil {
		return nil, err
	}
	if err := d.document(); err != nil {
		return nil, err
	}
	return &t.rows, nil
}

// jsonDecoder reads rows out of JSON.
type jsonDecoder struct {
	scanner
	*target
	literal []byte // scratch for array literals
}

func (d *jsonDecoder) document() error {
	d.space()
	var err error
	switch {
	case d.at('{'):
		err = d.firstRow()
	case d.at('['):
		d.rows.Array = true
		err = d.array(d.element)
	default:
		if d.i == len(d.b) {
			return fault.Body("Empty or invalid json")
		}
		return d.notObject()
	}
	if err != nil {
		return err
	}
	if d.space(); d.i < len(d.b) {
		return d.fail()
	}
	return nil
}

// notObject refuses a value that is no row, or that is no value at all.
func (d *jsonDecoder) notObject() error {
	if err := d.value(); err != nil {
		return err
	}
	return malformed("The body must be an object or an array of objects.")
}

func (d *jsonDecoder) element() error {
	switch {
	case !d.at('{'):
		return d.notObject()
	case d.rows.Len == 0:
		return d.firstRow()
	}
	return d.nextRow()
}

// firstRow reads an object whose keys, without columns=, become the columns of all rows.
func (d *jsonDecoder) firstRow() error {
	if d.opt.HasColumns {
		return d.nextRow()
	}
	d.rows.Len = 1
	return d.object(func(key string) error {
		column := d.table.Lookup(key)
		if column == nil {
			return fault.UnknownBodyColumn(key, d.table.Name)
		}
		d.add(column)
		cell, err := d.cell(column)
		d.rows.Cells = append(d.rows.Cells, cell)
		return err
	})
}

// nextRow reads an object when the columns are known.
func (d *jsonDecoder) nextRow() error {
	cells, given := d.row(), 0
	err := d.object(func(key string) error {
		slot := d.slot(key, given)
		if slot < 0 {
			if !d.opt.HasColumns {
				return keysDiffer()
			}
			return d.value()
		}
		given++
		var err error
		cells[slot], err = d.cell(&d.table.Columns[d.rows.Columns[slot]])
		return err
	})
	if err == nil && !d.opt.HasColumns && given != len(cells) {
		return keysDiffer()
	}
	return err
}

// cell reads a value as the text that its column takes.
func (d *jsonDecoder) cell(column *schema.Column) (Cell, error) {
	if d.at('"') && column.Kind != schema.JSON {
		text, err := d.string()
		return Cell{State: Set, Text: text}, err
	}
	start := d.i
	if err := d.value(); err != nil {
		return Cell{}, err
	}
	switch {
	case d.b[start] == 'n':
		return Cell{State: Null}, nil
	case d.b[start] == '[' && column.Kind == schema.Array:
		d.literal = appendArrayLiteral(d.literal[:0], d.b[start:d.i], column.Elem)
		return Cell{State: Set, Text: string(d.literal)}, nil
	}
	return Cell{State: Set, Text: d.src[start:d.i]}, nil
}

func keysDiffer() *fault.Error {
	e := fault.Body("All object keys must match")
	e.Hint = "Give every object the same keys, or name the columns in the columns parameter: a key that is missing in an object " +
		"is then null, or the column's default with Prefer: missing=default."
	return e
}
