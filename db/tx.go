package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// transaction is one running InTx, found in the context. Those of several databases form a list, the innermost first.
type transaction struct {
	outer *transaction // the next one in the context, of any database
	pool  *sql.DB
	lane  any // the driver of pool
	conn  *sql.Conn
	tx    bun.Tx
	root  *root
	after []func(context.Context)
	// cancel ends the context that the driver got with BEGIN.
	cancel context.CancelCauseFunc
}

// root is what all savepoints of one transaction share.
type root struct {
	// broken is why the transaction must not commit any more: a savepoint that could not be rolled back.
	broken error
}

type txKey struct{}

func current(ctx context.Context) *transaction {
	t, _ := ctx.Value(txKey{}).(*transaction)
	return t
}

func (t *transaction) of(pool *sql.DB) *transaction {
	for ; t != nil; t = t.outer {
		if t.pool == pool {
			return t
		}
	}
	return nil
}

// From returns the transaction that ctx carries for database, or database itself. A function that queries through From works the
// same inside and outside [InTx].
func From(ctx context.Context, database *bun.DB) bun.IDB {
	if t := current(ctx).of(database.DB); t != nil {
		return t.tx
	}
	return database
}

// ConnFrom returns the connection on which ctx carries a transaction of lane's database. It is for drivers, which reach their own
// connection through Raw; the connection must not be closed.
func ConnFrom(ctx context.Context, lane Lane) (*sql.Conn, bool) {
	for t := current(ctx); t != nil; t = t.outer {
		if t.lane == any(lane) {
			return t.conn, true
		}
	}
	return nil, false
}

// InTx runs fn in a transaction of database and commits when fn returns nil. An error or a panic of fn undoes everything; the
// error comes back unchanged, the panic goes on. A cancelled ctx undoes too, up to the moment the commit is sent.
//
// Inside fn, ctx carries the transaction: [From], [AfterCommit], and generated statements use it. InTx inside InTx of the same
// database is a savepoint: its failure undoes only its own work. The transaction belongs to one goroutine.
//
// A connection lost during COMMIT leaves the outcome unknown: the error then has the code 08007.
func InTx(ctx context.Context, database *bun.DB, fn func(ctx context.Context, tx bun.Tx) error) error {
	if t := current(ctx).of(database.DB); t != nil {
		return t.savepoint(ctx, fn)
	}
	t, err := begin(ctx, database)
	for tries := 1; tries < 3 && errors.Is(err, driver.ErrBadConn) && ctx.Err() == nil; tries++ {
		// An idle connection turned out to be broken, and nothing has been done yet.
		t, err = begin(ctx, database)
	}
	if err != nil {
		return Classify(database, err)
	}
	err = t.run(ctx, database, fn)
	if err == nil || commitUnknown(err) {
		runAfter(ctx, database, t.after, err != nil)
	}
	return err
}

// begin takes a connection and opens a transaction that a cancelled context does not end by itself: database/sql would roll back
// behind our back, and what runs afterwards on the same connection would then commit by itself.
func begin(ctx context.Context, database *bun.DB) (*transaction, error) {
	conn, err := database.Conn(ctx)
	if err != nil {
		return nil, err
	}
	txCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	tx, err := conn.BeginTx(txCtx, nil)
	if !stop() && err == nil {
		_ = tx.Rollback()
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = ctx.Err()
		}
		return nil, err
	}
	return &transaction{
		outer: current(ctx), pool: database.DB, lane: database.DB.Driver(), conn: conn.Conn, tx: tx, root: new(root),
		cancel: cancel,
	}, nil
}

// run calls fn and ends the transaction, whatever fn does. The connection is free again when it returns.
func (t *transaction) run(ctx context.Context, database *bun.DB, fn func(context.Context, bun.Tx) error) error {
	committing := false
	defer func() {
		if !committing {
			_ = t.tx.Rollback()
		}
		_ = t.conn.Close()
	}()
	if err := fn(context.WithValue(ctx, txKey{}, t), t.tx); err != nil {
		return err
	}
	if t.root.broken != nil {
		return Classify(database, t.root.broken)
	}
	if err := ctx.Err(); err != nil {
		return Classify(database, err)
	}
	committing = true
	if deadline, ok := ctx.Deadline(); ok {
		timer := time.AfterFunc(time.Until(deadline)+commitGrace, func() { t.cancel(context.DeadlineExceeded) })
		defer timer.Stop()
	}
	return Classify(database, t.tx.Commit())
}

// commitGrace is how long after the deadline of its caller a commit may still take. Giving up on it earlier would only make its
// outcome unknown.
const commitGrace = 500 * time.Millisecond

// savepoint runs fn in a savepoint of t. It is released or rolled back under a context that nobody cancels: a savepoint that
// stays open half undone must never be committed.
func (t *transaction) savepoint(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	tx, err := t.tx.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return t.classify(err)
	}
	inner := &transaction{outer: current(ctx), pool: t.pool, lane: t.lane, conn: t.conn, tx: tx, root: t.root}
	done := false
	defer func() {
		if done {
			return
		}
		if err := tx.Rollback(); err != nil {
			t.root.broken = err
		}
	}()
	if err := fn(context.WithValue(ctx, txKey{}, inner), tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return t.classify(err)
	}
	done = true
	t.after = append(t.after, inner.after...)
	return nil
}

func (t *transaction) classify(err error) error { return classify(t.pool, err) }
