package cache

import (
	"context"
	"errors"
	"runtime/debug"
)

// fly runs the fill and ends the flight, also when the fill panics.
func (c *Cache) fly(ctx context.Context, f *flight, p Policy, fill Fill, panics bool) {
	f.err = errPanicked
	defer c.flights.land(f)
	if !panics {
		defer func() {
			if value := recover(); value != nil {
				f.entry, f.shared, f.err = nil, false, &PanicError{Value: value, Stack: debug.Stack()}
			}
		}()
	}
	r := newRecorder(f.key)
	r.lost = func() {
		c.refused.add(f.key, c.config.Now())
		c.flights.abandon(f)
	}
	r.outer = recorderFrom(ctx)
	ctx, cancel := c.fillContext(ctx, r)
	defer cancel()
	c.fills.Add(1)
	began := c.config.Now()
	e, err := fill(ctx, r)
	if c.config.Meter != nil {
		c.config.Meter.Record("cache_fill_seconds", c.config.Now().Sub(began).Seconds(), "route", f.key.name)
	}
	f.entry, f.err = e, err
	if err == nil && e != nil {
		c.settle(ctx, f, r, p)
	}
}

var errPanicked = errors.New("cache: the fill panicked")

func (c *Cache) fillContext(ctx context.Context, r *Recorder) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.config.FillTimeout)
	ctx = context.WithValue(ctx, recorderKey{}, r)
	if c.config.Caller != nil && r.key.scope.observed() {
		ctx = c.config.Caller.Observe(ctx, func() { r.Taint(TaintIdentity) })
	}
	return ctx, cancel
}

// settle decides whether the answer may be shared and stored, and stores it.
func (c *Cache) settle(ctx context.Context, f *flight, r *Recorder, p Policy) {
	e, now := f.entry, c.config.Now()
	r.AddTags(e.Tags...)
	k, tags, why, taints, until := r.result()
	if tag, ok := k.scope.tag(); ok {
		tags = append(tags, tag)
	}
	e.Stamp, e.Tags, e.CanonicalKey, e.use = f.stamp, tags, k.canonical, &use{}
	p.complete(e, now)
	if !until.IsZero() && until.Before(e.FreshUntil) {
		e.FreshUntil, e.UsableUntil = until, until
	}
	switch {
	case why != "":
	case int64(len(e.Body)) > c.config.MaxEntry:
		why = "size"
	case !now.Before(e.FreshUntil):
		why = "lifetime"
	}
	if taints&TaintIdentity != 0 {
		c.violated(ctx, k)
	}
	if f.why = why; why != "" {
		c.refused.add(f.key, now)
		return
	}
	f.shared = true
	f.stored, f.why = c.put(ctx, k, e)
	if f.stored {
		c.refused.remove(f.key)
	}
}

// put stores the entry unless one of its tags was invalidated since its stamp.
func (c *Cache) put(ctx context.Context, k Key, e *Entry) (stored bool, why string) {
	if c.off.Load() {
		return false, "off"
	}
	var (
		err   error
		valid bool
	)
	if c.dropper != nil {
		// In one process, looking and storing are one step under the ledger's lock.
		valid, err = c.ledger.ifValid(e.Stamp, e.Tags, func() error { return c.store.Set(ctx, k, e) })
	} else if valid = c.ledger.valid(e.Stamp, e.Tags); valid {
		// An invalidation may come in between: such an entry is refused when it is read.
		err = c.store.Set(ctx, k, e)
	}
	switch {
	case !valid:
		return false, "outdated"
	case errors.Is(err, ErrFull):
		return false, "full"
	case err != nil:
		return false, "store"
	}
	return true, ""
}

func (c *Cache) storeFailed(ctx context.Context, op string, err error) {
	if c.storeErrors.Add(1) == 1 {
		c.config.Logger.ErrorContext(ctx, "cache: the store failed; this is logged once, counted always", "op", op, "error", err)
	}
	c.count("cache_store_errors_total", 1, "op", op)
}

func (c *Cache) violated(ctx context.Context, k Key) {
	c.violations.Add(1)
	c.count("cache_scope_violation_total", 1, "route", k.name)
	if _, known := c.warned.LoadOrStore(k.name, true); !known {
		c.config.Logger.WarnContext(ctx, "cache: the answer depends on the caller although others would share it; it is not stored",
			"route", k.name)
	}
}
