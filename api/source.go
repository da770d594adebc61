package api

import (
	"context"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Source serves the rows of a resource that is no database table: another service, a file, a computation. T describes the columns
// as a Bun model would; give one field the tag `bun:",pk"` to have item routes. The framework applies policies, filters, order,
// pages and select to what Read returns, so a Source may ignore the hints in [Wanted]. Implement [Creator], [Updater] and [Deleter] to
// take writes. A Source must be safe for concurrent use.
type Source[T any] interface {
	Read(ctx context.Context, want Wanted) ([]T, error)
}

// Creator is a [Source] that takes new rows. It may change them (keys, defaults); all are created or none.
type Creator[T any] interface {
	Create(ctx context.Context, rows []*T) error
}

// Updater is a [Source] whose rows change. Each row is whole: the old one with the columns of the request set.
type Updater[T any] interface {
	Update(ctx context.Context, rows []*T, columns []string) error
}

// Deleter is a [Source] that forgets rows.
type Deleter[T any] interface {
	Delete(ctx context.Context, rows []*T) error
}

// Wanted tells a [Source] what a request asks for, so that it can fetch less.
type Wanted struct {
	// Where is the condition that rows must meet (request and policy together); nil: every row. Its columns are those of Table.
	Where filter.Expr
	Table *schema.Table
	// Key holds the values of the primary key in text form when one item is asked for, else nil.
	Key []string
	// Rows is how many rows from the first matching one are of use; 0 when all are (a count, an order).
	Rows int64
}

// SourceFunc makes a function a read-only [Source].
type SourceFunc[T any] func(ctx context.Context, want Wanted) ([]T, error)

// Read calls f.
func (f SourceFunc[T]) Read(ctx context.Context, want Wanted) ([]T, error) { return f(ctx, want) }

// untypedSource is a Source without its type; rows are pointers to structs.
type untypedSource interface {
	read(ctx context.Context, want Wanted) ([]any, error)
	create(ctx context.Context, rows []any) error
	update(ctx context.Context, rows []any, columns []string) error
	remove(ctx context.Context, rows []any) error
}

type sourceAdapter[T any] struct{ source Source[T] }

func untyped[T any](source Source[T]) untypedSource { return sourceAdapter[T]{source} }

func (s sourceAdapter[T]) read(ctx context.Context, want Wanted) ([]any, error) {
	rows, err := s.source.Read(ctx, want)
	if err != nil {
		return nil, err
	}
	untyped := make([]any, len(rows))
	for i := range rows {
		untyped[i] = &rows[i]
	}
	return untyped, nil
}

func (s sourceAdapter[T]) create(ctx context.Context, rows []any) error {
	return s.source.(Creator[T]).Create(ctx, pointers[T](rows))
}

func (s sourceAdapter[T]) update(ctx context.Context, rows []any, columns []string) error {
	return s.source.(Updater[T]).Update(ctx, pointers[T](rows), columns)
}

func (s sourceAdapter[T]) remove(ctx context.Context, rows []any) error {
	return s.source.(Deleter[T]).Delete(ctx, pointers[T](rows))
}

func pointers[T any](rows []any) []*T {
	typed := make([]*T, len(rows))
	for i, row := range rows {
		typed[i] = row.(*T)
	}
	return typed
}

// offeredActions are what a resource can do by its nature.
func offeredActions[T any](source Source[T], table *schema.Table) []policy.Action {
	if source == nil {
		if table.ReadOnly {
			return []policy.Action{policy.Select}
		}
		return []policy.Action{policy.Select, policy.Insert, policy.Update, policy.Delete}
	}
	actions := []policy.Action{policy.Select}
	if _, ok := source.(Creator[T]); ok {
		actions = append(actions, policy.Insert)
	}
	if _, ok := source.(Updater[T]); ok {
		actions = append(actions, policy.Update)
	}
	if _, ok := source.(Deleter[T]); ok {
		actions = append(actions, policy.Delete)
	}
	return actions
}
