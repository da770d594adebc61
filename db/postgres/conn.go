package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/groundwork-go/groundwork/db"
)

// connector gives database/sql the connections of the pool. It is closed with the database.
type connector struct {
	lane  *lane
	inner driver.Connector
}

// Connect takes a connection from the pool, within the limits of the gate.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, c.lane.config.WaitTimeout)
	defer cancel()
	class := classOf(ctx)
	if err := c.lane.enter(ctx, wait, class); err != nil {
		return nil, err
	}
	inner, err := c.inner.Connect(wait)
	if err != nil {
		c.lane.gate.leave(class)
		return nil, c.lane.notConnected(ctx, err)
	}
	return &conn{Conn: inner.(*stdlib.Conn), lane: c.lane, class: class}, nil
}

// Driver returns the lane.
func (c *connector) Driver() driver.Driver { return c.lane }

// Close closes the pool. Connections still in use are given ten seconds.
func (c *connector) Close() error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.lane.pool.Close()
	}()
	select {
	case <-done:
		return nil
	case <-time.After(10 * time.Second):
		return errors.New("postgres: the database was closed while connections are in use")
	}
}

// conn is a connection on loan to database/sql. It gives errors their class and limits to transactions.
type conn struct {
	*stdlib.Conn
	lane  *lane
	class int
}

// Close gives the connection back.
func (c *conn) Close() error {
	defer c.lane.gate.leave(c.class)
	return c.Conn.Close()
}

// ExecContext runs a statement for Bun.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, query, args)
	return result, c.classify(err)
}

// QueryContext runs a query for Bun.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	inner, err := c.Conn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, c.classify(err)
	}
	return &rows{Rows: inner.(*stdlib.Rows), conn: c}, nil
}

// PrepareContext prepares a statement for Bun.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	inner, err := c.Conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, c.classify(err)
	}
	return &stmt{Stmt: inner.(*stdlib.Stmt), conn: c}, nil
}

// stmt gives the errors of a prepared statement their class.
type stmt struct {
	*stdlib.Stmt
	conn *conn
}

// ExecContext runs the statement.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	result, err := s.Stmt.ExecContext(ctx, args)
	return result, s.conn.classify(err)
}

// QueryContext runs the query.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	inner, err := s.Stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, s.conn.classify(err)
	}
	return &rows{Rows: inner.(*stdlib.Rows), conn: s.conn}, nil
}

// classify leaves driver.ErrBadConn alone: database/sql then tries another connection.
func (c *conn) classify(err error) error {
	if err == nil || errors.Is(err, driver.ErrBadConn) {
		return err
	}
	return c.lane.failed(c.Conn.Conn(), err)
}

// rows gives the errors of a result their class.
type rows struct {
	*stdlib.Rows
	conn *conn
}

// Next reads the next row.
func (r *rows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return r.conn.classify(err)
}

// Close ends the result.
func (r *rows) Close() error { return r.conn.classify(r.Rows.Close()) }

// BeginTx begins a transaction, with limits of its own where the session has none.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	options, err := txOptions(opts)
	if err != nil {
		return nil, err
	}
	inner, err := c.Conn.Conn().BeginTx(ctx, options)
	if err != nil {
		err = c.classify(err)
		if ctx.Err() == nil && connectionLost(err) {
			// Nothing was done yet: another connection may be tried.
			return nil, driver.ErrBadConn
		}
		return nil, err
	}
	t := &tx{conn: c, ctx: ctx, inner: inner}
	if limits := c.lane.txLimits(ctx); limits != "" {
		if _, err := c.Conn.Conn().Exec(ctx, limits); err != nil {
			return nil, errors.Join(c.classify(err), t.Rollback())
		}
	}
	return t, nil
}

// txLimits returns the statements that set what is not set for the session: everything behind a pooler, no statement limit for
// schema work.
func (l *lane) txLimits(ctx context.Context) string {
	if db.IsMaintenance(ctx) {
		return "SET LOCAL statement_timeout = 0"
	}
	if l.config.Pooler {
		return "SET LOCAL statement_timeout = " + milliseconds(l.config.StatementTimeout) +
			"; SET LOCAL lock_timeout = " + milliseconds(l.config.LockTimeout)
	}
	return ""
}

func txOptions(opts driver.TxOptions) (pgx.TxOptions, error) {
	var options pgx.TxOptions
	switch level := sql.IsolationLevel(opts.Isolation); level {
	case sql.LevelDefault:
	case sql.LevelReadUncommitted, sql.LevelReadCommitted:
		options.IsoLevel = pgx.ReadCommitted
	case sql.LevelRepeatableRead, sql.LevelSnapshot:
		options.IsoLevel = pgx.RepeatableRead
	case sql.LevelSerializable:
		options.IsoLevel = pgx.Serializable
	default:
		return options, fmt.Errorf("postgres: there is no isolation level %s", level)
	}
	if opts.ReadOnly {
		options.AccessMode = pgx.ReadOnly
	}
	return options, nil
}

// tx ends a transaction and says truly how that went.
type tx struct {
	conn  *conn
	ctx   context.Context // of BeginTx
	inner pgx.Tx
}

// endTimeout limits how long a commit or rollback may take before the connection is given up.
const endTimeout = 10 * time.Second

// Commit commits. An error is 08007 when nobody knows the outcome; any other one means that nothing was committed. What pgx says
// about a retry being safe does not count here: it says so too when the connection broke after COMMIT was sent.
func (t *tx) Commit() error {
	ctx, cancel := context.WithTimeout(t.ctx, endTimeout)
	defer cancel()
	switch {
	case t.conn.Conn.Conn().IsClosed():
		return &db.Error{Code: codeConnectionLost, Message: messageLost, Err: driver.ErrBadConn}
	case ctx.Err() != nil:
		return errors.Join(db.Canceled(ctx.Err()), t.Rollback())
	}
	err := t.inner.Commit(ctx)
	var server *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return &db.Error{Code: "25P02", Message: "the transaction was rolled back because a statement in it had failed", Err: err}
	case errors.As(err, &server) && server.SeverityUnlocalized == "ERROR":
		return t.conn.classify(err)
	}
	return &db.Error{Code: db.CodeCommitUnknown, Message: "the connection was lost during commit; its outcome is unknown", Err: err}
}

// Rollback rolls back, also when the context of the transaction is over; the connection is closed if that fails.
func (t *tx) Rollback() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), endTimeout)
	defer cancel()
	if t.conn.Conn.Conn().IsClosed() {
		return nil
	}
	return t.conn.classify(t.inner.Rollback(ctx))
}
