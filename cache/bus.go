package cache

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

// Bus carries invalidations between processes.
//
// It may deliver a message more than once and in another order than sent, to the sender as well; applying one again costs a miss.
// When it cannot be sure that it delivered everything it must say so. cachetest.TestBus checks this.
type Bus interface {
	// Publish hands a message over for every running instance. An error means that it may be lost; the cache tries again.
	Publish(ctx context.Context, m Invalidation) error
	// Run delivers messages until ctx ends and returns then. It calls state with BusConnected once everything published from then
	// on will arrive, and with BusLost as soon as something may not have. Neither function is called after Run returned. When it
	// returns before ctx ends, the cache takes the bus as lost and runs it again.
	Run(ctx context.Context, apply func(Invalidation), state func(BusState)) error
}

// BusState says whether a [Bus] delivers.
type BusState uint8

const (
	// BusLost means that messages may have been lost: the cache empties itself and waits.
	BusLost BusState = iota
	// BusConnected means that every message arrives from now on.
	BusConnected
)

// Invalidation is a message between processes.
type Invalidation struct {
	// Origin names the instance that sent it.
	Origin string `json:"origin"`
	// Tags are what was invalidated.
	Tags []Tag `json:"tags,omitempty"`
	// All means everything.
	All bool `json:"all,omitempty"`
}

// BusTimeout is how long an instance may go without noticing that its bus is lost. Implementations of [Bus] keep to it.
const BusTimeout = 2 * time.Second

const busRetry = 250 * time.Millisecond

func newOrigin() string { return rand.Text() }

// listen runs the bus until the cache is closed.
func (c *Cache) listen() {
	for c.base.Err() == nil {
		err := c.config.Bus.Run(c.base, c.received, c.busState)
		if c.base.Err() != nil {
			return
		}
		c.busState(BusLost)
		c.config.Logger.WarnContext(c.base, "cache: the bus stopped; trying again", "error", err)
		wait(c.base, busRetry)
	}
}

func (c *Cache) received(m Invalidation) {
	if m.Origin == c.origin {
		return // applied when it was sent
	}
	c.applyLocally("bus", m)
}

func (c *Cache) busState(s BusState) {
	switch s {
	case BusConnected:
		// Whatever began before this moment may have missed a message.
		c.ledger.clear(c.dropEverything)
		c.off.Store(c.base.Err() != nil)
	default:
		c.off.Store(true)
		c.ledger.clear(c.dropEverything)
	}
}

// pending holds what could not be published, in bounded memory: too many tags become everything.
type pending struct {
	mu   sync.Mutex
	tags map[Tag]struct{}
	all  bool
	poke chan struct{}
	once sync.Once
}

const maxPending = 4096

func (p *pending) wake() chan struct{} {
	p.once.Do(func() { p.poke = make(chan struct{}, 1) })
	return p.poke
}

func (p *pending) add(m Invalidation) {
	p.mu.Lock()
	if p.tags == nil {
		p.tags = map[Tag]struct{}{}
	}
	p.all = p.all || m.All || len(p.tags)+len(m.Tags) > maxPending
	if p.all {
		clear(p.tags)
	} else {
		for _, tag := range m.Tags {
			p.tags[tag] = struct{}{}
		}
	}
	p.mu.Unlock()
	select {
	case p.wake() <- struct{}{}:
	default:
	}
}

func (p *pending) take() (m Invalidation, waiting bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for tag := range p.tags {
		m.Tags = append(m.Tags, tag)
	}
	m.All = p.all
	p.tags, p.all = nil, false
	return m, m.All || len(m.Tags) > 0
}

// announce publishes, and keeps what could not be published for later.
func (c *Cache) announce(ctx context.Context, m Invalidation) {
	if c.config.Bus == nil {
		return
	}
	m.Origin = c.origin
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), BusTimeout)
	defer cancel()
	if err := c.config.Bus.Publish(ctx, m); err != nil {
		c.count("cache_store_errors_total", 1, "op", "publish")
		c.pending.add(m)
	}
}

// announcePending publishes again what could not be published, with growing pauses.
func (c *Cache) announcePending() {
	pause := busRetry / 4
	for {
		select {
		case <-c.base.Done():
			return
		case <-c.pending.wake():
		}
		m, waiting := c.pending.take()
		if !waiting {
			continue
		}
		m.Origin = c.origin
		if err := c.config.Bus.Publish(c.base, m); err == nil {
			pause = busRetry / 4
			continue
		}
		c.pending.add(m)
		wait(c.base, pause)
		pause = min(2*pause, time.Second)
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
