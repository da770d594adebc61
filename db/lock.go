package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// schemaLock is the key of PostgreSQL's advisory lock under which schemas are changed.
const schemaLock = 0x67726f756e64 // "ground"

// lockPoll is how often a program asks for the lock while another one holds it. It asks instead of waiting in the database, where
// a waiting statement holds a snapshot that CREATE INDEX CONCURRENTLY of the other program would wait for in turn.
const lockPoll = 50 * time.Millisecond

var errLocked = errors.New("db: another program is changing the schema")

// locked runs fn in a transaction that nobody else changes the schema beside. SQLite has one writer anyway.
func locked(ctx context.Context, database *bun.DB, fn func(ctx context.Context, tx bun.Tx) error) error {
	if database.Dialect().Name() != dialect.PG {
		return InTx(ctx, database, fn)
	}
	return poll(ctx, func() error {
		return InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
			var got bool
			if err := tx.NewRaw("SELECT pg_try_advisory_xact_lock(?)", schemaLock).Scan(ctx, &got); err != nil {
				return err
			}
			if !got {
				return errLocked
			}
			return fn(ctx, tx)
		})
	})
}

// poll calls try until it returns something else than errLocked.
func poll(ctx context.Context, try func() error) error {
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		if err := try(); !errors.Is(err, errLocked) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errLocked, ctx.Err())
		}
	}
}

// applyBare runs a step outside a transaction, on one connection that holds the lock for its session.
func (m Migrations) applyBare(ctx context.Context, database *bun.DB, s step) error {
	return poll(ctx, func() error {
		conn, err := database.Conn(ctx)
		if err != nil {
			return Classify(database, err)
		}
		defer conn.Close()
		var got bool
		if err := conn.NewRaw("SELECT pg_try_advisory_lock(?)", schemaLock).Scan(ctx, &got); err != nil {
			return err
		}
		if !got {
			return errLocked
		}
		err = m.bare(ctx, conn, s)
		_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(?)", schemaLock)
		return Classify(database, errors.Join(err, unlockErr))
	})
}

// bare runs the step and records it. The limit on statements is lifted for it and put back for who gets the connection next.
func (m Migrations) bare(ctx context.Context, conn bun.Conn, s step) (err error) {
	done, err := conn.NewSelect().Model((*migrationRow)(nil)).
		Where("component = ? AND version = ?", m.Component, s.version).Exists(ctx)
	if done || err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "SET statement_timeout = 0"); err != nil {
		return err
	}
	defer func() {
		_, resetErr := conn.ExecContext(context.WithoutCancel(ctx), "RESET statement_timeout")
		err = errors.Join(err, resetErr)
	}()
	if _, err := conn.Conn.ExecContext(ctx, s.sql); err != nil {
		return err
	}
	return m.record(ctx, conn, s)
}
