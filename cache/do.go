package cache

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Fill makes an answer. It gets a context that no client cancels and that ends after FillTimeout, and says on the Recorder what it
// reads. An error is given to the caller and nothing is stored.
type Fill func(ctx context.Context, r *Recorder) (*Entry, error)

// PanicError is what [Cache.Do] returns to the request whose fill panicked.
type PanicError struct {
	// Value is what the fill panicked with.
	Value any
	// Stack is where.
	Stack []byte
}

// Error is the panic's value as text.
func (e *PanicError) Error() string { return fmt.Sprintf("cache: the fill panicked: %v", e.Value) }

// Do returns the answer under the key, and fills it when there is none. Requests for one key at the same time share one fill; one
// of them leaving does not end it. The entry belongs to the cache and must not be changed; it is nil when the fill returned nil.
//
// What goes wrong in the cache is a miss. The error is the fill's own, a [*PanicError], or that of the context when the caller
// stopped waiting. Under a key of the zero Scope, a context from [Bypass], or after Close, Do only calls the fill.
func (c *Cache) Do(ctx context.Context, k Key, p Policy, fill Fill) (*Entry, Outcome, error) {
	e, o, err := c.do(ctx, k, p, work{filler: fill})
	if outer := recorderFrom(ctx); outer != nil {
		outer.includes(k, e, o.refusal())
	}
	return e, o, err
}

// refusal is why an outer answer must not be stored either.
func (o Outcome) refusal() string {
	if o.Result == Bypassed || o.Result == Miss && !o.Stored && !o.Collapsed {
		if o.Detail == "" {
			return "part"
		}
		return o.Detail
	}
	return ""
}

// work is how a key is filled.
type work struct {
	filler
	inline bool // the fill runs in the caller's goroutine, and its panic goes to the caller
	accept func(e *Entry, now time.Time) bool
}

// filler is a Fill with what only a miss needs.
type filler interface {
	fill(ctx context.Context, r *Recorder) (*Entry, error)
	// background makes a fill that outlives the request. It is called while the request is still there.
	background() Fill
	// reads are tags of the key.
	reads() []Tag
}

func (f Fill) fill(ctx context.Context, r *Recorder) (*Entry, error) { return f(ctx, r) }
func (f Fill) background() Fill                                      { return f }
func (f Fill) reads() []Tag                                          { return nil }

// errMoved is returned to a request that waited for a fill whose answer was stored under another key.
var errMoved = errors.New("cache: the answer has another key")

func (c *Cache) do(ctx context.Context, k Key, p Policy, w work) (*Entry, Outcome, error) {
	if reason := c.bypass(ctx, k, p); reason != "" {
		e, err := w.fill(ctx, newRecorder(k))
		o := Outcome{Result: Bypassed, Forward: "bypass", Detail: reason}
		c.countResult(k, o)
		return e, o, err
	}
	e, o, err := c.answer(ctx, k, p, w)
	if !errors.Is(err, errMoved) {
		c.countResult(k, o)
	}
	return e, o, err
}

func (c *Cache) bypass(ctx context.Context, k Key, p Policy) string {
	switch {
	case k.scope.Nobody():
		return "scope"
	case p.TTL < 0:
		return "policy"
	case c.off.Load():
		return "off"
	case bypassed(ctx):
		return "context"
	case recorderFrom(ctx).fills(k):
		return "recursion"
	}
	return ""
}

func (c *Cache) answer(ctx context.Context, k Key, p Policy, w work) (*Entry, Outcome, error) {
	old, o, ok := c.hit(ctx, k, p, w)
	if ok {
		return old, o, nil
	}
	k = k.Reads(w.reads()...)
	arrived := c.ledger.now()
	for ; ; old, o, ok = c.hit(ctx, k, p, w) {
		if ok {
			return old, o, nil
		}
		o.Result, o.Forward = Miss, forward(old, w)
		if c.refused.has(k, c.config.Now()) {
			return c.alone(ctx, k, p, w, old, o)
		}
		running, leads := c.flights.join(k, c.ledger)
		if running == nil {
			return c.alone(ctx, k, p, w, old, o)
		}
		if leads {
			// The flight before this one may have landed since the look-up.
			if e, o, ok := c.hit(ctx, k, p, w); ok {
				running.entry, running.shared, running.stored = e, true, true
				c.flights.land(running)
				return e, o, nil
			}
			return c.lead(ctx, running, p, w, old, o)
		}
		e, o, again, err := c.follow(ctx, k, running, arrived, old, o)
		if again {
			continue
		}
		if errors.Is(err, errAlone) {
			return c.alone(ctx, k, p, w, old, o)
		}
		return e, o, err
	}
}

// hit looks an answer up. Without a hit it returns what there is to fall back on when the fill fails.
func (c *Cache) hit(ctx context.Context, k Key, p Policy, w work) (*Entry, Outcome, bool) {
	e := c.lookup(ctx, k)
	if e == nil {
		return nil, Outcome{}, false
	}
	now := c.config.Now()
	o := Outcome{Result: Hit, TTL: e.FreshUntil.Sub(now), Age: now.Sub(e.Stored)}
	if w.accept != nil && !w.accept(e, now) {
		return e, Outcome{}, false
	}
	switch {
	case o.TTL > 0:
		if p.eager(e, now) {
			c.refresh(ctx, k, p, w, e)
		}
		return e, o, true
	case -o.TTL < e.StaleWhileRevalidate:
		c.refresh(ctx, k, p, w, e)
		o.Result = Stale
		return e, o, true
	}
	return e, Outcome{}, false
}

func forward(old *Entry, w work) string {
	switch {
	case old == nil:
		return "miss"
	case w.accept != nil:
		return "request"
	}
	return "stale"
}

// lookup returns a valid entry, fresh or not.
func (c *Cache) lookup(ctx context.Context, k Key) *Entry {
	e, err := c.store.Get(ctx, k)
	switch {
	case err != nil || e == nil:
		return nil
	case e.CanonicalKey != k.canonical:
		c.corrupt.Add(1)
		return nil
	case c.dropper == nil && !c.ledger.valid(e.Stamp, e.Tags):
		return nil
	case !c.config.Now().Before(e.UsableUntil):
		return nil
	}
	if e.use == nil { // the store made it from bytes
		own := *e
		own.use = &use{}
		return &own
	}
	return e
}

// lead fills for this request and for those that wait.
func (c *Cache) lead(ctx context.Context, f *flight, p Policy, w work, old *Entry, o Outcome) (*Entry, Outcome, error) {
	if w.inline {
		c.fly(ctx, f, p, w.fill, true)
		return c.landed(f, old, o)
	}
	started := c.start(func() { c.fly(ctx, f, p, w.fill, false) })
	if !started { // closed just now
		c.fly(ctx, f, p, w.fill, false)
	}
	select {
	case <-f.done:
		return c.landed(f, old, o)
	case <-ctx.Done():
		return nil, o, ctx.Err()
	}
}

// alone fills for this request only.
func (c *Cache) alone(ctx context.Context, k Key, p Policy, w work, old *Entry, o Outcome) (*Entry, Outcome, error) {
	f := &flight{key: k, stamp: c.ledger.now(), done: make(chan struct{})}
	return c.lead(ctx, f, p, w, old, o)
}

// landed is the leader's answer.
func (c *Cache) landed(f *flight, old *Entry, o Outcome) (*Entry, Outcome, error) {
	if failed, status := failure(f.entry, f.err); failed && c.mayFallBack(old) {
		o.Result, o.Forward, o.ForwardStatus, o.Detail = Stale, "stale", status, "stale-if-error"
		o.Age = c.config.Now().Sub(old.Stored)
		return old, o, nil
	}
	o.Stored, o.Detail = f.stored, f.why
	return f.entry, o, f.err
}

var errAlone = errors.New("cache: fill alone")

// follow waits for another request's fill. Again means that the fill ended and this request must look anew.
func (c *Cache) follow(
	ctx context.Context, k Key, f *flight, arrived Stamp, old *Entry, o Outcome,
) (e *Entry, _ Outcome, again bool, err error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, o, false, ctx.Err()
	}
	switch {
	case f.abandoned:
		return nil, o, false, errAlone
	case !f.shared:
		if failed, status := failure(f.entry, f.err); failed && c.mayFallBack(old) {
			o.Result, o.Forward, o.ForwardStatus, o.Detail = Stale, "stale", status, "stale-if-error"
			return old, o, false, nil
		}
		return nil, o, false, errAlone
	case f.entry.CanonicalKey != k.canonical:
		return nil, o, false, errMoved
	case f.stamp < arrived && !c.ledger.valid(f.stamp, f.entry.Tags):
		// Something was invalidated before this request came, and the fill began before that.
		return nil, o, true, nil
	}
	o.Collapsed, o.Stored = true, f.stored
	return f.entry, o, false, nil
}

func (c *Cache) mayFallBack(old *Entry) bool {
	if old == nil {
		return false
	}
	late := c.config.Now().Sub(old.FreshUntil)
	return old.StaleIfError > 0 && late < old.StaleIfError && c.ledger.valid(old.Stamp, old.Tags)
}

func failure(e *Entry, err error) (failed bool, status int) {
	if err != nil {
		return true, http.StatusInternalServerError
	}
	if e != nil && e.Status >= http.StatusInternalServerError && e.Status != http.StatusNotImplemented {
		return true, e.Status
	}
	return false, 0
}

// refresh fills the key in the background, unless somebody does already.
func (c *Cache) refresh(ctx context.Context, k Key, p Policy, w work, e *Entry) {
	if !e.use.refreshing.CompareAndSwap(false, true) {
		return
	}
	if c.flights.busy(k) {
		e.use.refreshing.Store(false)
		return
	}
	running, leads := c.flights.join(k, c.ledger)
	if !leads {
		e.use.refreshing.Store(false)
		return
	}
	detached, fill := context.WithoutCancel(ctx), w.background()
	started := c.start(func() {
		defer e.use.refreshing.Store(false)
		c.fly(detached, running, p, fill, false)
		if running.err != nil {
			c.config.Logger.WarnContext(detached, "cache: filling in the background failed", "route", k.name, "error", running.err)
		}
	})
	if !started {
		c.flights.land(running)
	}
}
