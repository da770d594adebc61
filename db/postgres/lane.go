package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db"
)

// lane is the driver of the databases of this package, found again from a plain *bun.DB by database.DB.Driver().
type lane struct {
	config     Config
	connConfig *pgx.ConnConfig
	pool       *pgxpool.Pool
	gate       *gate
	reconnect  *reconnect
	log        *slog.Logger
	mode       pgx.QueryExecMode
}

var (
	_ db.Lane       = (*lane)(nil)
	_ db.Listener   = (*lane)(nil)
	_ driver.Driver = (*lane)(nil)
)

// textResults asks for every column in the server's text form; boxed once, as pgx takes it among the arguments.
var textResults any = pgx.QueryResultFormats{pgx.TextFormatCode}

// Open refuses: connections come from the pool of the database.
func (l *lane) Open(string) (driver.Conn, error) {
	return nil, errors.New("postgres: open the database with db.Open(ctx, postgres.URL(…))")
}

// Dialect is part of [db.Lane].
func (l *lane) Dialect() dialect.Name { return dialect.PG }

// Logger tells package db where to report what no caller can be told.
func (l *lane) Logger() *slog.Logger { return l.log }

// scratch holds what one statement needs besides its connection.
type scratch struct {
	args   []any
	values []db.Value
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// Query is part of [db.Lane].
func (l *lane) Query(ctx context.Context, s db.Statement, args []any, row func([]db.Value) error) (int64, error) {
	if l.config.Pooler && l.config.StatementTimeout > 0 && !db.IsMaintenance(ctx) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.config.StatementTimeout)
		defer cancel()
	}
	sc := scratches.Get().(*scratch)
	defer sc.put()
	if err := sc.bind(l.mode, args); err != nil {
		return 0, err
	}
	if conn, ok := db.ConnFrom(ctx, l); ok {
		return l.queryTx(ctx, conn, s.Text, sc, row)
	}
	n, handed, err := l.once(ctx, s.Text, sc, row)
	switch {
	case s.Write:
		err = unknownWrite(err)
	case handed == 0 && connectionLost(err) && ctx.Err() == nil:
		// The server restarted or failed over beneath an idle connection: reading again does no harm.
		n, _, err = l.once(ctx, s.Text, sc, row)
	}
	return n, err
}

// once runs the statement on a connection of the pool. It also returns how many rows it handed over.
func (l *lane) once(
	ctx context.Context, text string, sc *scratch, row func([]db.Value) error,
) (changed int64, handed int, err error) {
	class := classOf(ctx)
	conn, err := l.acquire(ctx, class)
	if err != nil {
		return 0, 0, err
	}
	defer l.gate.leave(class)
	defer conn.Release()
	changed, handed, err = l.run(ctx, conn.Conn(), text, sc, row)
	if handed == 0 && stalePlan(err) {
		// A table changed since the statement was prepared on this connection; pgx has forgotten the plan by now.
		changed, handed, err = l.run(ctx, conn.Conn(), text, sc, row)
	}
	return changed, handed, err
}

// queryTx runs the statement on the connection of a transaction.
func (l *lane) queryTx(
	ctx context.Context, sqlConn *sql.Conn, text string, sc *scratch, row func([]db.Value) error,
) (n int64, err error) {
	rawErr := sqlConn.Raw(func(dc any) error {
		c, ok := dc.(*conn)
		if !ok {
			return fmt.Errorf("postgres: the connection is a %T", dc)
		}
		n, _, err = l.run(ctx, c.Conn.Conn(), text, sc, row)
		return nil
	})
	if rawErr != nil {
		return 0, l.classifyIO(rawErr)
	}
	return n, err
}

// run sends the statement on conn and hands over its rows.
func (l *lane) run(
	ctx context.Context, conn *pgx.Conn, text string, sc *scratch, row func([]db.Value) error,
) (changed int64, handed int, err error) {
	rows, err := conn.Query(ctx, text, sc.args...)
	if err != nil {
		return 0, 0, l.failed(conn, err)
	}
	defer rows.Close()
	for rows.Next() {
		if row == nil {
			continue
		}
		handed++
		if err := row(sc.row(rows.RawValues())); err != nil {
			return 0, handed, err
		}
	}
	if err := rows.Err(); err != nil {
		return 0, handed, l.failed(conn, err)
	}
	if tag := rows.CommandTag(); !tag.Select() {
		changed = tag.RowsAffected()
	}
	return changed, handed, nil
}

// bind translates the arguments. All but NULL travel as text, whose type the server infers from the statement.
func (sc *scratch) bind(mode pgx.QueryExecMode, args []any) error {
	sc.args = append(sc.args[:0], mode, textResults)
	for i, arg := range args {
		switch v := arg.(type) {
		case nil, string:
		case int64:
			arg = strconv.FormatInt(v, 10)
		case int:
			arg = strconv.Itoa(v)
		case bool:
			arg = strconv.FormatBool(v)
		case float64:
			arg = strconv.FormatFloat(v, 'g', -1, 64)
		case []byte:
			if v == nil {
				arg = nil
				break
			}
			arg = `\x` + hex.EncodeToString(v)
		default:
			return fmt.Errorf("postgres: argument $%d is a %T; a generated statement binds nil, string, int64, float64, bool or []byte",
				i+1, arg)
		}
		sc.args = append(sc.args, arg)
	}
	return nil
}

func (sc *scratch) row(raw [][]byte) []db.Value {
	if cap(sc.values) < len(raw) {
		sc.values = make([]db.Value, len(raw))
	}
	sc.values = sc.values[:len(raw)]
	for i, b := range raw {
		if b == nil {
			sc.values[i] = db.Value{}
			continue
		}
		sc.values[i].Kind, sc.values[i].Bytes = db.Text, b
	}
	return sc.values
}

// put gives the scratch back without holding on to anybody's values.
func (sc *scratch) put() {
	clear(sc.args)
	clear(sc.values[:cap(sc.values)])
	if cap(sc.args) > 1024 || cap(sc.values) > 1024 {
		return
	}
	scratches.Put(sc)
}

// acquire takes a connection within the wait limit. The caller releases it and leaves the gate.
func (l *lane) acquire(ctx context.Context, class int) (*pgxpool.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, l.config.WaitTimeout)
	defer cancel()
	if err := l.enter(ctx, wait, class); err != nil {
		return nil, err
	}
	conn, err := l.pool.Acquire(wait)
	if err != nil {
		l.gate.leave(class)
		return nil, l.notConnected(ctx, err)
	}
	return conn, nil
}

// enter passes the gate or says why not.
func (l *lane) enter(ctx, wait context.Context, class int) error {
	full, err := l.gate.enter(wait, class)
	switch {
	case full:
		return &db.Error{Code: db.CodeQueueFull, Message: "too many requests are waiting for a database connection"}
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return db.Canceled(ctx.Err())
	}
	return &db.Error{Code: db.PoolTimeout, Message: "timed out waiting for a database connection", Err: err}
}
