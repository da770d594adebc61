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

	untyped *write
}

// Set marks columns (wire names) as written. Before the statement a hook needs it only for a field that it leaves at, or sets to, its
// zero value although the request does not send it: other changes are seen without it.
func (w *Write[T]) Set(columns ...string) {
	w.untyped.set = append(w.untyped.set, columns...)
}

// Existing reads, before an update or delete, the rows that it is about to change, as they are now: those the request's filters choose
// and the caller may see and change. On PostgreSQL they are locked until the transaction ends. It costs a query, so it runs only when a
// hook asks. For inserts, and after the statement, there are none.
func (w *Write[T]) Existing(ctx context.Context) ([]*T, error) {
	if w.untyped.existing == nil {
		return nil, nil
	}
	rows, err := w.untyped.existing(ctx)
	if err != nil {
		return nil, err
	}
	return pointers[T](rows), nil
}

// Sends reports whether the request itself gives the column.
func (w *Write[T]) Sends(column string) bool { return slices.Contains(w.Columns, column) }

// write is a Write without its type: Rows hold *T.
type write struct {
	action   policy.Action
	rows     []any
	columns  []string
	existing func(context.Context) ([]any, error)
	// set are the columns that the hook marked as written.
	set []string
}

// hook adapts a typed write hook.
func hook[T any](fn func(context.Context, *Write[T]) error) func(context.Context, *write) error {
	return func(ctx context.Context, w *write) error {
		return fn(ctx, &Write[T]{Action: w.action, Rows: pointers[T](w.rows), Columns: w.columns, untyped: w})
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
