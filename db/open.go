package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// Driver opens a database. [github.com/groundwork-go/groundwork/db/sqlite] and
// [github.com/groundwork-go/groundwork/db/postgres] have one each. The driver.Driver of the *bun.DB it returns implements [Lane].
type Driver interface {
	// Open returns a database that answers, or an error that says why it does not, without a password in its text.
	Open(ctx context.Context) (*bun.DB, error)
}

// DriverFunc lets a function be a [Driver].
type DriverFunc func(ctx context.Context) (*bun.DB, error)

// Open calls f.
func (f DriverFunc) Open(ctx context.Context) (*bun.DB, error) { return f(ctx) }

// Option changes how [Open] hands out a database.
type Option interface {
	apply(database *bun.DB) *bun.DB
}

type optionFunc func(database *bun.DB) *bun.DB

func (f optionFunc) apply(database *bun.DB) *bun.DB { return f(database) }

// WithQueryHook lets hook see every query of the Bun lane. Generated statements do not pass through Bun and are not seen.
func WithQueryHook(hook bun.QueryHook) Option {
	return optionFunc(func(database *bun.DB) *bun.DB { return database.WithQueryHook(hook) })
}

// WithModels registers models that only a relation names, such as the join model of a many-to-many relation.
func WithModels(models ...any) Option {
	return optionFunc(func(database *bun.DB) *bun.DB {
		database.RegisterModel(models...)
		return database
	})
}

// Open opens the database of driver. The caller closes it; nothing else needs stopping.
func Open(ctx context.Context, driver Driver, opts ...Option) (*bun.DB, error) {
	if driver == nil {
		return nil, errors.New("db: Open needs a driver, such as sqlite.File(name) or postgres.URL(url)")
	}
	database, err := driver.Open(ctx)
	if err != nil {
		return nil, err
	}
	for _, opt := range opts {
		database = opt.apply(database)
	}
	return database, nil
}

// LaneOf returns the fast lane beneath database. It fails when the database was not opened by one of the drivers of this module,
// or by another [Driver] that implements [Lane].
func LaneOf(database *bun.DB) (Lane, error) {
	if lane, ok := database.DB.Driver().(Lane); ok {
		return lane, nil
	}
	return nil, fmt.Errorf("db: the database was not opened with db.Open: its driver %T has no fast lane", database.DB.Driver())
}
