package api

import (
	"bytes"
	"context"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

// heldRows keeps the rows of an answer until an AfterRead hook has seen them as structs.
type heldRows struct {
	res     *resource
	query   *query.Query
	columns []wire.Column
	rows    [][]db.Value
}

// keep copies one row.
func (h *heldRows) keep(columns []wire.Column, values []db.Value) error {
	h.columns = columns
	row := make([]db.Value, len(values))
	for i, v := range values {
		v.Bytes = bytes.Clone(v.Bytes)
		row[i] = v
	}
	h.rows = append(h.rows, row)
	return nil
}

// flush shows the rows to the hook and passes them on with what it changed.
func (h *heldRows) flush(ctx context.Context, row rowFunc) error {
	sources := h.sources()
	structs, err := h.structs()
	if err != nil {
		return err
	}
	before, err := h.cells(structs, sources)
	if err != nil {
		return err
	}
	if err := h.res.afterRead(ctx, structs); err != nil {
		return err
	}
	after, err := h.cells(structs, sources)
	if err != nil {
		return err
	}
	for i, values := range h.rows {
		for c := range values {
			if sources[c] == nil || before[i][c] == after[i][c] {
				continue
			}
			values[c] = db.Value{}
			if after[i][c].State == wire.Set {
				values[c] = db.Value{Kind: db.Text, Bytes: []byte(after[i][c].Text)}
			}
		}
		if err := row(h.columns, values); err != nil {
			return err
		}
	}
	return nil
}

// structs makes a struct of every row.
func (h *heldRows) structs() ([]any, error) {
	sources := h.sources()
	structs := make([]any, len(h.rows))
	for i, values := range h.rows {
		var err error
		if structs[i], err = decodeValues(h.res.codec, sources, values); err != nil {
			return nil, err
		}
	}
	return structs, nil
}

func (h *heldRows) cells(structs []any, sources []*schema.Column) ([][]wire.Cell, error) {
	all := make([][]wire.Cell, len(structs))
	for i, row := range structs {
		all[i] = make([]wire.Cell, len(sources))
		for c, column := range sources {
			if column == nil {
				continue
			}
			var err error
			if all[i][c], err = h.res.codec.cell(row, column); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// sources tells which column of the table each output column shows; nil for paths, casts and embeds.
func (h *heldRows) sources() []*schema.Column {
	sources := make([]*schema.Column, len(h.columns))
	node := h.query.Root
	starred := len(h.columns)
	for _, item := range node.Items {
		if !item.Star {
			starred--
		}
	}
	for _, embed := range node.Embeds {
		if !embed.Hidden {
			starred--
		}
	}
	at := 0
	for _, item := range node.Items {
		switch {
		case item.Star:
			for range starred {
				sources[at] = node.Table.Lookup(h.columns[at].Name)
				at++
			}
		default:
			if item.Path == nil && item.Cast == "" {
				sources[at] = item.Column
			}
			at++
		}
	}
	return sources
}

// readHooked is readTable with an AfterRead hook.
func (a *API) readHooked(ctx context.Context, in *reading, row rowFunc) (found, error) {
	held := &heldRows{res: in.res, query: in.query}
	result, err := a.readTable(ctx, in, held.keep)
	if err != nil || len(held.rows) == 0 {
		return result, err
	}
	return result, held.flush(ctx, row)
}

// lookedAt runs the statement; its representation passes the AfterRead hook as every other answer does.
func (a *API) lookedAt(ctx context.Context, in *writing, statement *plan.Write) (plan.Outcome, error) {
	if in.res.afterRead == nil || statement.Row == nil {
		return a.compiler.Write(ctx, a.lane, statement)
	}
	row := statement.Row
	held := &heldRows{res: in.res, query: in.query}
	statement.Row = held.keep
	outcome, err := a.compiler.Write(ctx, a.lane, statement)
	if err != nil || len(held.rows) == 0 {
		return outcome, err
	}
	return outcome, held.flush(ctx, row)
}
