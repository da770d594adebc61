package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/groundwork-go/groundwork/db"
)

// session is a connection as database/sql sees it. It is only the state of one: each statement takes a reader or a turn on the
// writer, and a transaction keeps the turn.
type session struct {
	e      *engine
	member *member // the transaction on the writer, or nil
	reader *native // the connection of a read-only transaction, or nil
	tuned  bool    // a PRAGMA ran outside of a transaction
}

var (
	_ driver.ConnBeginTx        = (*session)(nil)
	_ driver.ConnPrepareContext = (*session)(nil)
	_ driver.ExecerContext      = (*session)(nil)
	_ driver.QueryerContext     = (*session)(nil)
	_ driver.Validator          = (*session)(nil)
	_ driver.Pinger             = (*session)(nil)
)

// Begin is of driver.Conn; database/sql calls BeginTx.
func (s *session) Begin() (driver.Tx, error) {
	return s.BeginTx(context.Background(), driver.TxOptions{})
}

// BeginTx takes the writer, or for a read-only transaction a reader. All isolation levels are serializable.
func (s *session) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if opts.ReadOnly {
		c, err := s.e.readers.take(ctx)
		if err != nil {
			return nil, err
		}
		if err := c.exec("BEGIN"); err != nil {
			s.e.readers.put(c)
			return nil, translate(err)
		}
		s.reader = c
		return transaction{s}, nil
	}
	m, err := s.e.writer.join(ctx)
	if err != nil {
		return nil, err
	}
	if !db.IsMaintenance(ctx) {
		m.watch()
	}
	s.member = m
	return transaction{s}, nil
}

// transaction is a session's transaction as database/sql sees it.
type transaction struct{ s *session }

// Commit returns when the work is durable.
func (t transaction) Commit() error {
	if t.s.reader != nil {
		t.s.endReading()
		return nil
	}
	m := t.s.member
	t.s.member = nil
	return m.end()
}

// Rollback undoes the work of this transaction only.
func (t transaction) Rollback() error {
	if t.s.reader != nil {
		t.s.endReading()
		return nil
	}
	m := t.s.member
	t.s.member = nil
	m.leave()
	return nil
}

func (s *session) endReading() {
	c := s.reader
	s.reader = nil
	c.limit(time.Time{}, nil)
	if err := c.exec("ROLLBACK"); err != nil {
		s.e.cfg.Logger.Error("sqlite: ending a read-only transaction failed", "error", err)
	}
	s.e.readers.put(c)
}

// within runs fn in the session's transaction.
func (s *session) within(ctx context.Context, fn func(c *native) error) error {
	if s.reader != nil {
		s.e.readers.arm(ctx, s.reader)
		return interrupted(ctx, translate(fn(s.reader)))
	}
	if s.member == nil {
		return errTxDone
	}
	return s.member.do(ctx, fn)
}

func (s *session) inTransaction() bool { return s.member != nil || s.reader != nil }

// ExecContext runs a text of one or more statements.
func (s *session) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	values, err := plain(args)
	if err != nil {
		return nil, err
	}
	out := new(result)
	run := func(c *native) error { return script(c, text, values, s.inTransaction(), out) }
	switch {
	case s.inTransaction():
		err = s.within(ctx, run)
	case standsAlone(text) || !single(text):
		s.tuned = true
		err = s.e.writer.alone(ctx, run)
	default:
		err = s.e.writer.once(ctx, run)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// QueryContext runs one statement. Outside of a transaction one that only reads runs on a reader.
func (s *session) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	values, err := plain(args)
	if err != nil {
		return nil, err
	}
	if !s.inTransaction() && mayRead(text) {
		out, ok, err := s.e.stream(ctx, text, values)
		if ok {
			return out, err
		}
	}
	out := new(rows)
	run := func(c *native) error {
		*out = rows{}
		return out.fill(c, text, values)
	}
	switch {
	case s.inTransaction():
		if endsTransaction(text) {
			return nil, errTxControl
		}
		err = s.within(ctx, run)
	case standsAlone(text):
		s.tuned = s.tuned || strings.Contains(text, "=")
		err = s.e.writer.alone(ctx, run)
	default:
		err = s.e.writer.once(ctx, run)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Prepare is of driver.Conn; database/sql calls PrepareContext.
func (s *session) Prepare(text string) (driver.Stmt, error) { return &prepared{s, text}, nil }

// PrepareContext keeps the text: the real connections prepare it when it first runs there, and keep that.
func (s *session) PrepareContext(_ context.Context, text string) (driver.Stmt, error) {
	return &prepared{s, text}, nil
}

// Ping is of driver.Pinger.
func (s *session) Ping(ctx context.Context) error { return s.e.Ping(ctx) }

// IsValid tells database/sql to drop a session that changed settings of the writer; Close then restores them.
func (s *session) IsValid() bool { return !s.tuned }

// Close restores the settings that every session relies on. It does not give up while the writer is busy.
func (s *session) Close() error {
	if !s.tuned {
		return nil
	}
	ctx := db.Urgent(context.Background())
	for {
		err := s.e.writer.alone(ctx, func(c *native) error { return c.exec(restoreSettings) })
		var known *db.Error
		switch {
		case errors.Is(err, errClosed):
			return nil
		case errors.As(err, &known) && known.Is(db.ErrUnavailable):
			continue
		}
		return err
	}
}

// prepared is a prepared statement as database/sql sees it.
type prepared struct {
	s    *session
	text string
}

func (p *prepared) Close() error  { return nil }
func (p *prepared) NumInput() int { return -1 }

// Exec is of driver.Stmt; database/sql calls ExecContext.
func (p *prepared) Exec([]driver.Value) (driver.Result, error) { return nil, driver.ErrSkip }

// Query is of driver.Stmt; database/sql calls QueryContext.
func (p *prepared) Query([]driver.Value) (driver.Rows, error) { return nil, driver.ErrSkip }

func (p *prepared) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return p.s.ExecContext(ctx, p.text, args)
}

func (p *prepared) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return p.s.QueryContext(ctx, p.text, args)
}

// timeFormat is how Bun writes a time into a statement; arguments look the same.
const timeFormat = "2006-01-02 15:04:05.999999-07:00"

// plain turns arguments of database/sql into those that a statement binds.
func plain(args []driver.NamedValue) ([]any, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([]any, len(args))
	for i, a := range args {
		if a.Name != "" {
			return nil, &db.Error{Code: "08P01", Message: fmt.Sprintf("named argument %q: SQLite statements take arguments by position here", a.Name)}
		}
		if t, ok := a.Value.(time.Time); ok {
			out[i] = t.UTC().Format(timeFormat)
			continue
		}
		out[i] = a.Value
	}
	return out, nil
}
