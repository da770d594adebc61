package api

import (
	"context"
	"slices"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Write is one write as a hook sees it.
type Write[T any] struct {
	// Action is policy.Insert, policy.Update or policy.Delete. An upsert is an Insert.
	Action policy.Action
	// Rows, before an insert, are the rows to be inserted; before an update there is one row that holds the columns to set; before
	// a delete there are none. After the statement they are the rows as stored (after a delete: as they were). Before the
	// statement a hook may change fields: a changed column is written as well.
	Rows []*T
	// Columns are the wire names of the columns the request sends, in its order. A hook may read but not change it.
	Columns []string
}

// Sends reports whether the request itself gives the column.
func (w *Write[T]) Sends(column string) bool { return slices.Contains(w.Columns, column) }

// write is a Write without its type: Rows hold *T.
type write struct {
	action  policy.Action
	rows    []any
	columns []string
}

// hook adapts a typed write hook.
func hook[T any](fn func(context.Context, *Write[T]) error) func(context.Context, *write) error {
	return func(ctx context.Context, w *write) error {
		rows := make([]*T, len(w.rows))
		for i, row := range w.rows {
			rows[i] = row.(*T)
		}
		return fn(ctx, &Write[T]{Action: w.action, Rows: rows, Columns: w.columns})
	}
}

// readHook adapts a typed read hook; changes are copied back.
func readHook[T any](fn func(context.Context, []T) error) func(context.Context, []any) error {
	return func(ctx context.Context, rows []any) error {
		values := make([]T, len(rows))
		for i, row := range rows {
			values[i] = *row.(*T)
		}
		if err := fn(ctx, values); err != nil {
			return err
		}
		for i, row := range rows {
			*row.(*T) = values[i]
		}
		return nil
	}
}
