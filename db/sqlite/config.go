package sqlite

import (
	"cmp"
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/uptrace/bun"
)

// Synchronous says when SQLite waits until data is on the disk.
type Synchronous string

const (
	// Full waits at each commit: a write that was answered survives a loss of power. It is the default.
	Full Synchronous = "FULL"
	// Normal waits only now and then: a loss of power may take the last commits with it, but does not damage the file. Opening
	// with it logs a warning.
	Normal Synchronous = "NORMAL"
)

// Config says where the database is and how it is used. The zero value is a temporary database. A Config is a
// [github.com/groundwork-go/groundwork/db.Driver].
type Config struct {
	// Path is the file, which is created when it does not exist; its directory must. "" and ":memory:" are a temporary file that
	// is removed on Close.
	Path string
	// Synchronous is [Full] or [Normal]; default Full. A temporary database is never synced.
	Synchronous Synchronous
	// Readers is the number of connections for reading; default one per CPU, at least 2 and at most 4.
	Readers int
	// Statements is how many prepared statements each connection keeps; default 256.
	Statements int
	// WaitFor is how long a request waits for the writer or for a reader, after which it fails with 55P03; default 5 s.
	WaitFor time.Duration
	// QueueLimit is how many requests may wait for the writer, and how many for the readers; one more fails at once with 53300.
	// Work marked with db.Urgent has a queue of its own, of the same length, that goes first. Default 1024.
	QueueLimit int
	// GroupSize is how many transactions may share one commit; default 64. 1 gives each a commit of its own.
	GroupSize int
	// GroupFor is how long a commit is put off while more transactions are waiting to join it; default 5 ms. Nobody waiting means
	// no delay.
	GroupFor time.Duration
	// TransactionFor is how long one transaction may hold the writer while others need it, after which it is rolled back and its
	// statements fail with 57014; default 2 s. Work marked with db.Maintenance is exempt.
	TransactionFor time.Duration
	// StatementFor is how long one statement may run, after which it fails with 57014; on the writer that also fails the
	// transactions it would have been committed with. Default 10 s. Work marked with db.Maintenance is exempt.
	StatementFor time.Duration
	// Logger is told of a weaker Synchronous and of checkpoints that fail; nil: slog.Default().
	Logger *slog.Logger

	vfs string // the virtual file system, in tests
}

// File is the database in the file at path, with the defaults of [Config].
func File(path string) Config { return Config{Path: path} }

// Memory is an empty database that is gone after Close, with the defaults of [Config]. It lives in a temporary file: SQLite's own
// shared memory database makes readers wait for the writer.
func Memory() Config { return Config{} }

// Open opens the database. It is usually called by db.Open.
func (c Config) Open(ctx context.Context) (*bun.DB, error) {
	return open(ctx, c.withDefaults())
}

func (c Config) withDefaults() Config {
	c.Synchronous = cmp.Or(c.Synchronous, Full)
	c.Readers = atLeast(1, c.Readers, min(max(runtime.GOMAXPROCS(0), 2), 4))
	c.Statements = atLeast(1, c.Statements, 256)
	c.QueueLimit = atLeast(1, c.QueueLimit, 1024)
	c.GroupSize = atLeast(1, c.GroupSize, 64)
	c.WaitFor = atLeast(1, c.WaitFor, 5*time.Second)
	c.GroupFor = atLeast(1, c.GroupFor, 5*time.Millisecond)
	c.TransactionFor = atLeast(1, c.TransactionFor, 2*time.Second)
	c.StatementFor = atLeast(1, c.StatementFor, 10*time.Second)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// atLeast is v, or fallback when v is below the least value that makes sense.
func atLeast[T cmp.Ordered](least, v, fallback T) T {
	if v < least {
		return fallback
	}
	return v
}
