package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/groundwork-go/groundwork/db"
)

// engine is one open database: the driver beneath a *bun.DB and its fast lane.
type engine struct {
	cfg     Config
	writer  *writer
	readers *readers
	remove  string // a temporary directory, or ""

	closing sync.Once
	closed  error
}

var (
	_ db.Driver     = Config{}
	_ db.Lane       = (*engine)(nil)
	_ driver.Driver = (*engine)(nil)
)

func open(ctx context.Context, cfg Config) (*bun.DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, db.Canceled(err)
	}
	if cfg.Synchronous != Full && cfg.Synchronous != Normal {
		return nil, fmt.Errorf("sqlite: Config.Synchronous is %q; want %q or %q", cfg.Synchronous, Full, Normal)
	}
	e := &engine{cfg: cfg}
	if err := e.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %q: %w", cfg.Path, translate(err)), e.cleanUp())
	}
	pool := sql.OpenDB(connector{e})
	pool.SetMaxIdleConns(256) // they are only small structs
	return bun.NewDB(pool, sqlitedialect.New()), nil
}

func (e *engine) start() error {
	if e.cfg.Path == "" || e.cfg.Path == ":memory:" {
		dir, err := os.MkdirTemp("", "groundwork-sqlite-")
		if err != nil {
			return err
		}
		e.remove, e.cfg.Path, e.cfg.Synchronous = dir, filepath.Join(dir, "memory.db"), "OFF"
	}
	if e.cfg.Synchronous == Normal {
		e.cfg.Logger.Warn("sqlite: with Synchronous NORMAL a loss of power may undo the last commits", slog.String("path", e.cfg.Path))
	}
	c, err := e.connect("PRAGMA journal_mode=WAL;" + writerSettings + "PRAGMA synchronous=" + string(e.cfg.Synchronous))
	if err != nil {
		return err
	}
	if e.writer, err = newWriter(c, e.cfg); err != nil {
		return err
	}
	e.readers, err = newReaders(e.cfg, func() (*native, error) { return e.connect(readerSettings) })
	return err
}

const (
	// restoreSettings undoes what a migration may have changed for its own time.
	restoreSettings = "PRAGMA foreign_keys=ON; PRAGMA ignore_check_constraints=OFF; PRAGMA recursive_triggers=OFF"

	writerSettings = "PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=33554432; PRAGMA cache_size=-8192;"
	readerSettings = "PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-2048;"
)

func (e *engine) connect(settings string) (*native, error) {
	c, err := openNative(e.cfg.Path, e.cfg.vfs, e.cfg.Statements)
	if err != nil {
		return nil, err
	}
	c.busyTimeout(e.cfg.WaitFor)
	if err := c.exec(settings); err != nil {
		c.close()
		return nil, err
	}
	// The hook that counts the pages of the log was replaced by the setting of wal_autocheckpoint.
	c.watchCommits()
	return c, nil
}

// Close ends everything; work under way has a few seconds to finish.
func (e *engine) Close() error {
	e.closing.Do(func() { e.closed = e.stop() })
	return e.closed
}

func (e *engine) stop() error {
	e.writer.queue.close()
	e.readers.queue.close()
	patience := e.cfg.TransactionFor + time.Second
	if !e.readers.queue.drain(e.cfg.Readers, patience) {
		return errors.New("sqlite: closed with rows still open: call Close on every Rows")
	}
	if !e.writer.queue.drain(1, patience+e.cfg.StatementFor) {
		return errors.New("sqlite: closed with a transaction still open")
	}
	e.writer.settle()
	return e.cleanUp()
}

// cleanUp frees what start got. The writer goes last: closing the last connection copies the log into the file.
func (e *engine) cleanUp() error {
	if e.readers != nil {
		e.readers.closeIdle()
	}
	if e.writer != nil {
		e.writer.close()
	}
	if e.remove != "" {
		return os.RemoveAll(e.remove)
	}
	return nil
}

// Open is of driver.Driver; the database is known already, so the name is not used.
func (e *engine) Open(string) (driver.Conn, error) { return &session{e: e}, nil }

// Logger is where the package writes, and package db too.
func (e *engine) Logger() *slog.Logger { return e.cfg.Logger }

// Dialect is dialect.SQLite.
func (e *engine) Dialect() dialect.Name { return dialect.SQLite }

// Classify is of [db.Lane].
func (e *engine) Classify(err error) error { return translate(err) }

// Ping reports whether the file can be read.
func (e *engine) Ping(ctx context.Context) error {
	_, err := e.Query(ctx, db.Statement{Text: "SELECT count(*) FROM sqlite_schema"}, nil, nil)
	return err
}

// Query is of [db.Lane].
func (e *engine) Query(ctx context.Context, s db.Statement, args []any, row func([]db.Value) error) (int64, error) {
	var changed int64
	run := func(c *native) error {
		st, err := c.cached(s.Text)
		if err == nil {
			changed, err = st.each(args, row)
		}
		return err
	}
	var err error
	if conn, ok := db.ConnFrom(ctx, e); ok {
		err = conn.Raw(func(raw any) error { return raw.(*session).within(ctx, run) })
	} else if s.Write {
		err = e.writer.once(ctx, run)
	} else {
		err = e.read(ctx, run)
	}
	if err == nil {
		return changed, nil
	}
	var own *rowError
	if errors.As(err, &own) {
		return 0, own.err
	}
	return 0, db.Canceled(translate(err))
}

// read runs fn on a reader.
func (e *engine) read(ctx context.Context, fn func(c *native) error) error {
	c, err := e.readers.take(ctx)
	if err != nil {
		return err
	}
	defer e.readers.put(c)
	return interrupted(ctx, translate(fn(c)))
}

// interrupted tells a statement stopped by its caller from one that took too long.
func interrupted(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var e *db.Error
	if cause := ctx.Err(); cause != nil && errors.As(err, &e) && e.Code == db.CodeCanceled {
		return db.Canceled(cause)
	}
	return err
}

// connector makes the connections of database/sql, which are virtual, and is closed with the pool.
type connector struct{ e *engine }

func (c connector) Connect(context.Context) (driver.Conn, error) { return &session{e: c.e}, nil }
func (c connector) Driver() driver.Driver                        { return c.e }
func (c connector) Close() error                                 { return c.e.Close() }
