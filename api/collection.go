package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

// Collection is the way to a resource from Go. Its methods take the same path as a request: the caller is the Identity in the
// context (auth.NewContext), policies, validation, hooks and change records apply, and inside db.InTx they belong to that transaction.
// Errors are those of the wire: errors.As finds an [*Error], errors.Is db.ErrNotFound, db.ErrConflict and policy.ErrDenied. A
// Collection is safe for concurrent use after [API.Mount]. The tenant is that of [Tenant].
type Collection[T any] struct {
	api *API
	res *resource
}

// List returns the rows that a query string of the REST grammar asks for: filters, order, limit and offset
// ("published=is.true&order=id.desc&limit=10"); "" is every row the caller may see, up to the resource's row limit. Rows are
// whole: select is refused.
func (c *Collection[T]) List(ctx context.Context, rawQuery string) ([]T, error) {
	parsed, err := c.parse(rawQuery)
	if err != nil {
		return nil, err
	}
	rows := []T{}
	_, err = c.read(ctx, &reading{res: c.res, query: parsed}, func(row T) { rows = append(rows, row) })
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// Count returns how many rows match the query string.
func (c *Collection[T]) Count(ctx context.Context, rawQuery string) (int64, error) {
	parsed, err := c.parse(rawQuery)
	if err != nil {
		return 0, err
	}
	parsed.Prefer.Count = query.Exact
	none := int64(0)
	parsed.Root.Limit = &none
	result, err := c.read(ctx, &reading{res: c.res, query: parsed}, func(T) {})
	return result.total, err
}

// Get returns the row with that primary key (its values in key order). A row that is absent and one the caller may not see are both
// db.ErrNotFound.
func (c *Collection[T]) Get(ctx context.Context, key ...any) (T, error) {
	var found T
	parsed, err := c.parse("")
	if err != nil {
		return found, err
	}
	texts, err := c.keyTexts(key)
	if err != nil {
		return found, err
	}
	where, ok := keyCondition(c.res.table, texts)
	if !ok {
		return found, notFound()
	}
	result, err := c.read(ctx, &reading{res: c.res, query: parsed, where: where, key: texts}, func(row T) { found = row })
	if err == nil && result.rows == 0 {
		err = notFound()
	}
	return found, err
}

// Create inserts row and stores in it what the database holds afterwards. Zero fields whose column has a default are left to the
// database.
func (c *Collection[T]) Create(ctx context.Context, row *T) error {
	parsed, err := c.parse("")
	if err != nil {
		return err
	}
	rows, err := c.payload(row, c.res.codec.given(row))
	if err != nil {
		return err
	}
	_, err = c.write(ctx, &writing{res: c.res, kind: plan.Insert, query: parsed, rows: rows, representation: true}, row)
	return err
}

// Update sets the named columns (wire names; none: every column but the key) of the row with row's primary key to row's values, and
// stores in row what the database holds afterwards. No such row is db.ErrNotFound.
func (c *Collection[T]) Update(ctx context.Context, row *T, columns ...string) error {
	parsed, err := c.parse("")
	if err != nil {
		return err
	}
	positions, err := c.positions(row, columns)
	if err != nil {
		return err
	}
	rows, err := c.payload(row, positions)
	if err != nil {
		return err
	}
	key, err := c.keyOf(row)
	if err != nil {
		return err
	}
	where, ok := keyCondition(c.res.table, key)
	if !ok {
		return notFound()
	}
	outcome, err := c.write(ctx, &writing{
		res: c.res, kind: plan.Update, query: parsed, rows: rows, where: where, key: key, representation: true,
	}, row)
	if err == nil && outcome.Affected == 0 {
		return notFound()
	}
	return err
}

// Delete removes the row with that primary key. No such row is db.ErrNotFound.
func (c *Collection[T]) Delete(ctx context.Context, key ...any) error {
	parsed, err := c.parse("")
	if err != nil {
		return err
	}
	texts, err := c.keyTexts(key)
	if err != nil {
		return err
	}
	where, ok := keyCondition(c.res.table, texts)
	if !ok {
		return notFound()
	}
	outcome, err := c.write(ctx, &writing{res: c.res, kind: plan.Delete, query: parsed, where: where, key: texts}, nil)
	if err == nil && outcome.Affected == 0 {
		return notFound()
	}
	return err
}

// parse reads a query string; rows are always whole.
func (c *Collection[T]) parse(rawQuery string) (*query.Query, error) {
	if !c.api.mounted {
		return nil, fmt.Errorf("api: collection %q is used before Mount", c.res.name)
	}
	params, err := query.ParseParams(rawQuery)
	if err != nil {
		return nil, err
	}
	for _, param := range params {
		if param.Key == "select" {
			return nil, Errorf(http.StatusBadRequest, fault.CodeParse, "select cannot be used here: a Collection returns whole rows")
		}
	}
	return query.Parse(params, nil, http.MethodGet, c.res.table, registry{api: c.api}, c.api.queryOptions())
}

func (c *Collection[T]) caller(ctx context.Context) *caller {
	who := auth.FromContext(ctx)
	tenant := tenantIn(ctx, who)
	return &caller{who: who, tenant: tenant.name, byProgram: tenant.byProgram}
}

func (c *Collection[T]) read(ctx context.Context, in *reading, take func(T)) (found, error) {
	sink := &structRows[T]{collection: c, query: in.query, take: take}
	result, err := c.api.read(ctx, c.caller(ctx), in, sink.row)
	return result, c.api.place(err)
}

func (c *Collection[T]) write(ctx context.Context, in *writing, row *T) (plan.Outcome, error) {
	sink := &structRows[T]{collection: c, query: in.query, take: func(stored T) { *row = stored }}
	outcome, err := c.api.write(ctx, c.caller(ctx), in, sink.row)
	return outcome, c.api.place(err)
}

// structRows makes structs of the rows of an answer.
type structRows[T any] struct {
	collection *Collection[T]
	query      *query.Query
	sources    []*schema.Column
	take       func(T)
}

func (s *structRows[T]) row(columns []wire.Column, values []db.Value) error {
	if s.sources == nil {
		s.sources = (&heldRows{query: s.query, columns: columns}).sources()
	}
	row, err := decodeValues(s.collection.res.codec, s.sources, values)
	if err != nil {
		return err
	}
	s.take(*row.(*T))
	return nil
}

// payload makes a body of the given columns of a row.
func (c *Collection[T]) payload(row *T, positions []int) (*wire.Rows, error) {
	cells, err := allCells(c.res.codec, row)
	if err != nil {
		return nil, err
	}
	rows := &wire.Rows{Columns: positions, Len: 1}
	for _, position := range positions {
		rows.Cells = append(rows.Cells, cells[position])
	}
	return rows, nil
}

// positions are the columns that an update sets: the named ones, or without names all but the key.
func (c *Collection[T]) positions(row *T, names []string) ([]int, error) {
	for _, name := range names {
		if c.res.table.Lookup(name) == nil {
			return nil, fault.UnknownBodyColumn(name, c.res.name)
		}
	}
	var positions []int
	for _, position := range c.res.codec.writable(row) {
		isKey := slices.Contains(c.res.table.PrimaryKey, position)
		if len(names) == 0 && !isKey || slices.Contains(names, c.res.table.Columns[position].Name) {
			positions = append(positions, position)
		}
	}
	return positions, nil
}

func (c *Collection[T]) keyOf(row *T) ([]string, error) {
	key := make([]string, len(c.res.table.PrimaryKey))
	for i, position := range c.res.table.PrimaryKey {
		cell, err := c.res.codec.cell(row, &c.res.table.Columns[position])
		if err != nil {
			return nil, err
		}
		if cell.State == wire.Missing {
			return nil, fmt.Errorf("api: resource %q: the row has no value for %q, which is part of its key", c.res.name, c.res.table.Columns[position].Name)
		}
		key[i] = cell.Text
	}
	return key, nil
}

func (c *Collection[T]) keyTexts(key []any) ([]string, error) {
	if len(key) != len(c.res.table.PrimaryKey) || len(key) == 0 {
		return nil, fmt.Errorf("api: resource %q: %d key values given, its primary key has %d", c.res.name, len(key), len(c.res.table.PrimaryKey))
	}
	texts := make([]string, len(key))
	for i, value := range key {
		text, err := anyText(value, &c.res.table.Columns[c.res.table.PrimaryKey[i]])
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	return texts, nil
}

func notFound() error {
	e := fault.NoRow()
	e.Err = db.ErrNotFound
	return e
}

// place gives an error of the path its form on the wire.
func (a *API) place(err error) error {
	if err == nil {
		return nil
	}
	return fault.From(a.lane.Classify(err))
}
