package cache

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Config configures a [Cache]. The zero Config is a cache of 64 MiB in the memory of this process.
type Config struct {
	// Store keeps the entries; nil: memory of this process, MaxBytes of it.
	Store Store
	// StoreTimeout bounds each call of Store; default 50 ms. After three failures in a row the Store is left alone for a second.
	StoreTimeout time.Duration
	// MaxBytes bounds what the cache takes of memory: entries, variants, keys, tags and indexes; default 64 MiB, at least 64 KiB.
	MaxBytes int64
	// MaxEntry bounds one body. Larger answers go through without being stored, as they are written. Default 1 MiB, at most an
	// eighth of MaxBytes.
	MaxEntry int64
	// Bus tells other processes what was invalidated, and this one what others did; nil: there is one process only.
	Bus Bus
	// Namespace is part of every key: the program's name, and a number that changes when cached values change their form.
	Namespace string
	// Caller says who asks. Nil: a request with credentials bypasses the middleware, unless the route names its scope, and handlers
	// whose answers are shared see no values of the request's context.
	Caller Caller
	// FillTimeout bounds a fill, which runs on when its client leaves; default 30 seconds.
	FillTimeout time.Duration
	// Logger receives what an operator should know; nil: slog.Default().
	Logger *slog.Logger
	// Meter receives measurements; nil: none are taken, [Cache.Stats] counts always.
	Meter Meter
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Caller tells the cache who makes a request. It joins the cache to whatever signs callers in, so that neither imports the other.
type Caller interface {
	// Of returns who makes the request of the context. Known is false when nobody has looked at the request's credentials.
	Of(ctx context.Context) (p Principal, known bool)
	// Observe returns a context under which each later look at the identity calls read first.
	Observe(ctx context.Context, read func()) context.Context
}

const (
	defaultMaxBytes    = 64 << 20
	minMaxBytes        = 64 << 10
	defaultMaxEntry    = 1 << 20
	defaultFillTimeout = 30 * time.Second

	defaultStoreTimeout = 50 * time.Millisecond
)

// Cache keeps answers and drops them when what they were made from changes. All methods are safe for concurrent use.
//
// Answers of Go code: [Cache.Key], [Cache.Do] and, with types, [Fetch]. Answers of Echo routes: [Cache.HTTP]. After a write:
// [Cache.Invalidate]. For operators: [Cache.Purge], [Cache.Stats]. At the end: [Cache.Close].
type Cache struct {
	config  Config
	store   Store
	dropper dropper // the store, when it drops by tag; hits then need not ask the ledger
	ledger  *ledger
	flights flights
	refused refused
	warned  sync.Map // names of routes whose violation was logged
	origin  string
	pending pending

	base   context.Context // ends with Close
	end    context.CancelFunc
	gate   sync.RWMutex // guards closed against tasks being added
	closed bool
	tasks  sync.WaitGroup
	off    atomic.Bool // the bus is lost

	results                          [4]atomic.Int64
	fills, collapsed                 atomic.Int64
	invalidations, dropped           atomic.Int64
	storeErrors, violations, corrupt atomic.Int64
}

// New makes a cache. It starts goroutines only for a Bus. The error says which setting cannot be.
func New(config Config) (*Cache, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	share := config.MaxBytes / 16
	c := &Cache{
		config:  config,
		ledger:  newLedger(Stamp(config.Now().UnixMicro()), int(share)),
		flights: flights{running: map[[16]byte]*flight{}},
		origin:  newOrigin(),
	}
	if config.Store == nil {
		store, err := newMemory(config.MaxBytes - share)
		if err != nil {
			return nil, err
		}
		c.store, c.dropper = store, store
	} else {
		c.store = &guarded{Store: config.Store, timeout: config.StoreTimeout, now: config.Now, failed: c.storeFailed}
	}
	c.base, c.end = context.WithCancel(context.Background())
	if config.Bus != nil {
		c.off.Store(true)
		c.start(c.listen)
		c.start(c.announcePending)
	}
	return c, nil
}

func (c *Config) complete() error {
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.MaxEntry == 0 {
		c.MaxEntry = min(defaultMaxEntry, c.MaxBytes/8)
	}
	if c.StoreTimeout == 0 {
		c.StoreTimeout = defaultStoreTimeout
	}
	if c.FillTimeout == 0 {
		c.FillTimeout = defaultFillTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	var mistakes []error
	if c.MaxBytes < minMaxBytes {
		mistakes = append(mistakes, errors.New("cache: MaxBytes must be at least 64 KiB"))
	}
	if c.MaxEntry < 0 || c.MaxEntry > c.MaxBytes/8 {
		mistakes = append(mistakes, errors.New("cache: MaxEntry must be between 0 and an eighth of MaxBytes"))
	}
	if c.FillTimeout < 0 || c.StoreTimeout < 0 {
		mistakes = append(mistakes, errors.New("cache: FillTimeout and StoreTimeout must not be negative"))
	}
	return errors.Join(mistakes...)
}

// Close ends what runs in the background and closes the store. It waits for fills that are under way, which end by themselves within
// FillTimeout. A closed cache goes on to answer: every request is a miss that nobody stores.
func (c *Cache) Close() error {
	c.gate.Lock()
	already := c.closed
	c.closed = true
	c.gate.Unlock()
	if already {
		return nil
	}
	c.off.Store(true)
	c.end()
	c.tasks.Wait()
	c.off.Store(true) // the bus may have connected just now
	c.ledger.clear(c.dropEverything)
	if closer, ok := c.config.Store.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// start runs a task that Close waits for. It reports false, and runs nothing, after Close.
func (c *Cache) start(task func()) bool {
	c.gate.RLock()
	defer c.gate.RUnlock()
	if c.closed {
		return false
	}
	c.tasks.Go(task)
	return true
}

func (c *Cache) dropEverything() {
	if c.dropper != nil {
		c.dropped.Add(int64(c.dropper.dropAll()))
	}
}
