package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// keepAlive is how often an idle listener asks whether its connection still lives.
const keepAlive = 30 * time.Second

// Listen is part of [db.Listener].
func (l *lane) Listen(ctx context.Context, channel string, fn func(payload string), state func(connected bool)) error {
	if l.config.Pooler {
		return errors.New("postgres: listening needs a direct connection, not a transaction pooler")
	}
	if state == nil {
		state = func(bool) {}
	}
	for failures := 0; ctx.Err() == nil; {
		listened, err := l.listenOnce(ctx, channel, fn, state)
		if ctx.Err() != nil {
			break
		}
		if listened {
			state(false)
			failures = 0
		}
		failures++
		l.log.WarnContext(ctx, "postgres: listener disconnected", "channel", channel, "error", err)
		wait(ctx, backoff(failures))
	}
	return nil //nolint:nilerr // the context ended: that is how listening stops
}

// listenOnce listens on one connection until it breaks. It reports whether it ever listened.
func (l *lane) listenOnce(
	ctx context.Context, channel string, fn func(string), state func(bool),
) (listened bool, err error) {
	config := l.connConfig.Copy()
	config.Tracer = nil
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, l.classifyIO(err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return false, l.classifyIO(err)
	}
	state(true)
	for {
		if err := next(ctx, conn, fn); err != nil {
			return true, l.classifyIO(err)
		}
	}
}

// next waits for one notification, or asks the server whether it is still there.
func next(ctx context.Context, conn *pgx.Conn, fn func(string)) error {
	idle, cancel := context.WithTimeout(ctx, keepAlive)
	defer cancel()
	notification, err := conn.WaitForNotification(idle)
	switch {
	case err == nil:
		fn(notification.Payload)
		return nil
	case ctx.Err() == nil && errors.Is(idle.Err(), context.DeadlineExceeded) && !conn.IsClosed():
		ping, cancelPing := context.WithTimeout(ctx, 5*time.Second)
		defer cancelPing()
		return conn.Ping(ping)
	}
	return err
}

// wait pauses until d is over or ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
