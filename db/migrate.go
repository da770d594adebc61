package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// MigrationState is one migration and whether a database has it.
type MigrationState struct {
	Version int64
	Name    string
	// AppliedAt is when it was applied; zero: not yet.
	AppliedAt time.Time
}

// Migrate applies, in order, what database does not have yet, each step in a transaction that also records it in the table
// gw_migrations. Several programs may call it at the same moment: each step is applied once. A program killed in the middle leaves
// the steps before, whole, and nothing of the one it was at.
//
// A file that was changed after it was applied is an error, found before anything is applied. Steps in the table that m does not
// have are left alone: they belong to a newer version of the program.
func Migrate(ctx context.Context, database *bun.DB, m Migrations) error {
	steps, err := m.steps(database.Dialect().Name())
	if err != nil {
		return err
	}
	ctx = Maintenance(ctx)
	if err := createMigrationTable(ctx, database); err != nil {
		return fmt.Errorf("db: create gw_migrations: %w", err)
	}
	applied, err := appliedMigrations(ctx, database, m.Component)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if err := s.verify(applied); err != nil {
			return err
		}
	}
	for _, s := range steps {
		if _, done := applied[s.version]; done {
			continue
		}
		if err := m.apply(ctx, database, s); err != nil {
			return fmt.Errorf("db: migration %d %s: %w", s.version, s.name, err)
		}
	}
	return nil
}

// Applied returns the migrations of m that database has, in order, with those that only it knows.
func Applied(ctx context.Context, database *bun.DB, m Migrations) ([]MigrationState, error) {
	rows, err := migrationRows(ctx, database, m.Component)
	if err != nil {
		return nil, err
	}
	states := make([]MigrationState, len(rows))
	for i, r := range rows {
		states[i] = MigrationState{Version: r.Version, Name: r.Name, AppliedAt: r.AppliedAt}
	}
	return states, nil
}

// Pending returns the migrations of m that database does not have, in order. It changes nothing, and answers for a database that
// was never migrated too. It fails when an applied file has changed.
func Pending(ctx context.Context, database *bun.DB, m Migrations) ([]MigrationState, error) {
	steps, err := m.steps(database.Dialect().Name())
	if err != nil {
		return nil, err
	}
	applied, err := appliedMigrations(ctx, database, m.Component)
	if err != nil {
		return nil, err
	}
	var pending []MigrationState
	for _, s := range steps {
		if err := s.verify(applied); err != nil {
			return nil, err
		}
		if _, done := applied[s.version]; !done {
			pending = append(pending, MigrationState{Version: s.version, Name: s.name})
		}
	}
	return pending, nil
}

// migrationRow is a row of gw_migrations.
type migrationRow struct {
	bun.BaseModel `bun:"table:gw_migrations"`

	Component string    `bun:"component,pk,type:text"`
	Version   int64     `bun:"version,pk"`
	Name      string    `bun:"name,notnull,type:text"`
	Checksum  string    `bun:"checksum,notnull,type:text"`
	AppliedAt time.Time `bun:"applied_at,notnull"`
}

func createMigrationTable(ctx context.Context, database *bun.DB) error {
	return locked(ctx, database, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewCreateTable().Model((*migrationRow)(nil)).IfNotExists().Exec(ctx)
		return err
	})
}

func migrationRows(ctx context.Context, database *bun.DB, component string) ([]migrationRow, error) {
	var rows []migrationRow
	err := From(ctx, database).NewSelect().Model(&rows).Where("component = ?", component).Order("version").Scan(ctx)
	var e *Error
	if err = Classify(database, err); errors.As(err, &e) && e.Code == "42P01" {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("db: read gw_migrations: %w", err)
	}
	return rows, nil
}

func appliedMigrations(ctx context.Context, database *bun.DB, component string) (map[int64]migrationRow, error) {
	rows, err := migrationRows(ctx, database, component)
	applied := make(map[int64]migrationRow, len(rows))
	for _, r := range rows {
		applied[r.Version] = r
	}
	return applied, err
}

// verify compares the step with what was applied under its version.
func (s step) verify(applied map[int64]migrationRow) error {
	row, done := applied[s.version]
	switch {
	case !done:
		return nil
	case row.Name != s.name:
		return fmt.Errorf("db: migration %d is named %s here and was applied as %s", s.version, s.name, row.Name)
	case s.checksum != "" && row.Checksum != "" && row.Checksum != s.checksum:
		return fmt.Errorf("db: migration %d %s was changed after it was applied at %s; add a new migration instead",
			s.version, s.name, row.AppliedAt.Format(time.RFC3339))
	}
	return nil
}

// apply runs one step under the lock, unless another program has just done so.
func (m Migrations) apply(ctx context.Context, database *bun.DB, s step) error {
	if s.noTransaction && database.Dialect().Name() == dialect.PG {
		return m.applyBare(ctx, database, s)
	}
	return locked(ctx, database, func(ctx context.Context, tx bun.Tx) error {
		if done, err := m.applied(ctx, database, s); done || err != nil {
			return err
		}
		if err := s.run(ctx, tx); err != nil {
			return Classify(database, err)
		}
		return m.record(ctx, tx, s)
	})
}

// run does what the step says. SQL goes past Bun, in whose text a question mark would be a placeholder.
func (s step) run(ctx context.Context, tx bun.Tx) error {
	if s.up != nil {
		return s.up(ctx, tx)
	}
	_, err := tx.Tx.ExecContext(ctx, s.sql)
	return err
}

func (m Migrations) applied(ctx context.Context, database *bun.DB, s step) (bool, error) {
	return From(ctx, database).NewSelect().Model((*migrationRow)(nil)).
		Where("component = ? AND version = ?", m.Component, s.version).Exists(ctx)
}

func (m Migrations) record(ctx context.Context, in bun.IDB, s step) error {
	row := &migrationRow{
		Component: m.Component, Version: s.version, Name: s.name, Checksum: s.checksum, AppliedAt: time.Now().UTC(),
	}
	_, err := in.NewInsert().Model(row).Exec(ctx)
	return err
}
