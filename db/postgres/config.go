package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/groundwork-go/groundwork/db"
)

// Config says how to reach a PostgreSQL database and how much of it to use. It is a [db.Driver].
type Config struct {
	// URL is a connection URL or a keyword=value string, as libpq takes them. Run-time parameters in it win over those that
	// follow from the fields below. Required.
	URL string
	// MaxConns is the size of the pool; default 20, or pool_max_conns of the URL.
	MaxConns int
	// Reserved is how many of them only work marked by [db.Urgent] may use; default 2, at most MaxConns-1; -1: none.
	Reserved int
	// WaitTimeout is how long work waits for a connection, connecting included; default 5 s.
	WaitTimeout time.Duration
	// QueueLimit is how much work may wait at once; default 4 times MaxConns; -1: none may.
	QueueLimit int
	// StatementTimeout is the server's limit for one statement; default 10 s; -1: none.
	StatementTimeout time.Duration
	// LockTimeout is the server's limit for one wait for a lock; default 2 s; -1: none.
	LockTimeout time.Duration
	// Pooler says that a transaction pooler such as PgBouncer sits in between: statements are not prepared, and limits are not
	// sent at connection start but kept by deadlines and per transaction. Session features such as Listen need a direct URL.
	Pooler bool
	// Logger gets warnings; nil: slog.Default().
	Logger *slog.Logger
}

// URL is a [Config] with nothing but the URL.
func URL(url string) Config { return Config{URL: url} }

// Open connects once, so that a wrong address is an error here, and returns the database.
func (c Config) Open(ctx context.Context) (*bun.DB, error) {
	c = c.withDefaults()
	cfg, err := c.poolConfig()
	if err != nil {
		return nil, err
	}
	l := &lane{
		config: c, connConfig: cfg.ConnConfig, log: c.Logger, reconnect: newReconnect(time.Now),
		gate: newGate(c.MaxConns, c.Reserved, c.QueueLimit), mode: pgx.QueryExecModeCacheStatement,
	}
	if c.Pooler {
		l.mode = pgx.QueryExecModeExec
	}
	cfg.BeforeConnect = func(context.Context, *pgx.ConnConfig) error { return l.reconnect.before() }
	cfg.ConnConfig.Tracer = l.reconnect
	if l.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	sqldb := sql.OpenDB(&connector{lane: l, inner: stdlib.GetPoolConnector(l.pool)})
	// Idle connections belong to the pgx pool, which the fast lane shares.
	sqldb.SetMaxIdleConns(0)
	database := bun.NewDB(sqldb, pgdialect.New())
	if err := l.check(ctx, database); err != nil {
		_ = database.Close()
		return nil, fmt.Errorf("postgres: cannot open the database: %w%s", err, reason(err))
	}
	return database, nil
}

func (c Config) withDefaults() Config {
	c.MaxConns = defaultInt(c.MaxConns, urlMaxConns(c.URL))
	c.Reserved = min(defaultInt(c.Reserved, 2), c.MaxConns-1)
	c.QueueLimit = defaultInt(c.QueueLimit, 4*c.MaxConns)
	c.WaitTimeout = defaultDuration(c.WaitTimeout, 5*time.Second)
	c.StatementTimeout = defaultDuration(c.StatementTimeout, 10*time.Second)
	c.LockTimeout = defaultDuration(c.LockTimeout, 2*time.Second)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// defaultInt returns n, the default for zero, or zero for what is negative.
func defaultInt(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return max(n, 0)
}

func defaultDuration(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return max(d, 0)
}

// poolConfig translates the configuration for pgx.
func (c Config) poolConfig() (*pgxpool.Config, error) {
	cfg, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = int32(c.MaxConns)
	cfg.MinConns = 0
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.MaxConnLifetime = time.Hour
	cfg.MaxConnLifetimeJitter = 10 * time.Minute
	cfg.PingTimeout = min(time.Second, c.WaitTimeout)
	conn := cfg.ConnConfig
	conn.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn.StatementCacheCapacity = 256
	if conn.ConnectTimeout <= 0 || conn.ConnectTimeout > c.WaitTimeout {
		conn.ConnectTimeout = c.WaitTimeout
	}
	params := conn.RuntimeParams
	// These two are also understood, and kept per client, by transaction poolers.
	setDefault(params, "timezone", "UTC")
	setDefault(params, "standard_conforming_strings", "on")
	if c.Pooler {
		return cfg, nil
	}
	setDefault(params, "application_name", "groundwork")
	setDefault(params, "datestyle", "ISO, MDY")
	setDefault(params, "intervalstyle", "postgres")
	setDefault(params, "bytea_output", "hex")
	setDefault(params, "statement_timeout", milliseconds(c.StatementTimeout))
	setDefault(params, "lock_timeout", milliseconds(c.LockTimeout))
	return cfg, nil
}

func setDefault(params map[string]string, name, value string) {
	if _, ok := params[name]; !ok {
		params[name] = value
	}
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// check asks the server once and warns when what it acknowledges may be lost.
func (l *lane) check(ctx context.Context, database *bun.DB) error {
	var fsync, sync string
	err := database.QueryRowContext(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_commit')").
		Scan(&fsync, &sync)
	if err != nil {
		return db.Classify(database, err)
	}
	if fsync == "off" || sync == "off" {
		l.log.WarnContext(ctx, "postgres: acknowledged writes can be lost when the server or its machine fails",
			"fsync", fsync, "synchronous_commit", sync)
	}
	return nil
}

// reason is what lies beneath the error, for the developer who starts the program: addresses and names, never a password.
func reason(err error) string {
	var known *db.Error
	if errors.As(err, &known) && known.Err != nil {
		return ": " + known.Err.Error()
	}
	return ""
}

// Pool returns the pgx pool beneath database, or false when the database is another one. Work on it passes by the limits of this
// package: the connections it takes are missing for everybody else.
func Pool(database *bun.DB) (*pgxpool.Pool, bool) {
	l, ok := database.DB.Driver().(*lane)
	if !ok {
		return nil, false
	}
	return l.pool, true
}
