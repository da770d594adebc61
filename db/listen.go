package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Listener is what the driver of a database that can notify its clients implements besides [Lane].
type Listener interface {
	// Listen is as the function [Listen] says.
	Listen(ctx context.Context, channel string, fn func(payload string), state func(connected bool)) error
}

// Listen calls fn with the payload of every notification on channel until ctx ends, and then returns nil. It holds one connection
// of its own, outside the pool, and connects again by itself. state, which may be nil, is called with true when notifications
// arrive from now on and with false when some may be missed; both functions are called from one goroutine, the caller's, and
// should return soon. SQLite has no notifications: Listen then fails at once.
func Listen(ctx context.Context, database *bun.DB, channel string, fn func(payload string), state func(connected bool)) error {
	l, ok := database.DB.Driver().(Listener)
	if !ok {
		return fmt.Errorf("db: %s cannot listen for notifications; PostgreSQL can", database.Dialect().Name())
	}
	return l.Listen(ctx, channel, fn, state)
}
