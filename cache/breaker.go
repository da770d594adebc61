package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// guarded is a store of the program's own, with each call bounded in time. After some failures in a row it is left alone for a while,
// so that a store that hangs slows few requests down.
type guarded struct {
	Store
	timeout time.Duration
	now     func() time.Time
	failed  func(ctx context.Context, op string, err error)

	failures atomic.Int32
	until    atomic.Int64 // unix nanoseconds; until then the store is left alone
}

const (
	breakAfter = 3
	breakFor   = time.Second
)

// Get asks the store, if it is not left alone. Its failures are counted here and not returned.
func (g *guarded) Get(ctx context.Context, k Key) (e *Entry, err error) {
	if g.open() {
		return nil, nil
	}
	err = g.call(ctx, "get", func(ctx context.Context) error {
		e, err = g.Store.Get(ctx, k)
		return err
	})
	if err != nil {
		return nil, nil
	}
	return e, nil
}

// Set tells the store, if it is not left alone.
func (g *guarded) Set(ctx context.Context, k Key, e *Entry) error {
	if g.open() {
		return ErrFull
	}
	return g.call(ctx, "set", func(ctx context.Context) error { return g.Store.Set(ctx, k, e) })
}

// Delete tells the store, if it is not left alone.
func (g *guarded) Delete(ctx context.Context, keys ...Key) error {
	if g.open() {
		return ErrFull
	}
	return g.call(ctx, "delete", func(ctx context.Context) error { return g.Store.Delete(ctx, keys...) })
}

func (g *guarded) call(ctx context.Context, op string, ask func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	err := ask(bounded)
	switch {
	case err == nil, errors.Is(err, ErrFull):
		g.failures.Store(0)
		g.until.Store(0)
	case ctx.Err() != nil: // the request ended, the store may be well
	default:
		g.failed(ctx, op, err)
		if g.failures.Add(1) >= breakAfter {
			g.until.Store(g.now().Add(breakFor).UnixNano())
		}
	}
	return err
}

// open reports whether the store is left alone. When the time is over, one call may try it.
func (g *guarded) open() bool {
	until := g.until.Load()
	if until == 0 {
		return false
	}
	now := g.now()
	if now.UnixNano() < until {
		return true
	}
	return !g.until.CompareAndSwap(until, now.Add(breakFor).UnixNano())
}
