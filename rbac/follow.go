package rbac

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db"
)

// follow begins to watch for changes of other programs: by a timer, and by notifications where the database has them. A notification
// only says that it is worth looking; what is true is the version in the database.
func (e *Engine) follow(ctx context.Context) {
	ctx, e.stop = context.WithCancel(context.WithoutCancel(ctx))
	e.loops.Go(func() { e.poll(ctx) })
	if e.compiler.dialect == dialect.PG && e.cfg.Poll > 0 {
		e.loops.Go(func() { e.listen(ctx) })
	}
}

// poll compares versions when the timer or a notification says so.
func (e *Engine) poll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
		case <-e.timer():
		}
		if err := e.catchUp(ctx); err != nil && ctx.Err() == nil {
			e.cfg.Logger.WarnContext(ctx, "rbac: the policy could not be compared with the database", slog.Any("error", err))
		}
	}
}

// timer fires when it is time to look again; never when polling is off and nothing waits to be applied.
func (e *Engine) timer() <-chan time.Time {
	switch {
	case e.cfg.Poll > 0:
		return e.cfg.Clock.After(jitter(e.cfg.Poll))
	case e.behind.Load():
		return e.cfg.Clock.After(jitter(time.Second))
	}
	return nil
}

// jitter spreads the questions of many programs: a fifth more or less.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// listen wakes poll on notifications, and whenever some may have been missed.
func (e *Engine) listen(ctx context.Context) {
	err := db.Listen(ctx, e.database, channel, func(payload string) {
		if version, err := strconv.ParseInt(payload, 10, 64); err != nil || version > e.Version() {
			e.nudge()
		}
	}, func(connected bool) {
		if connected {
			e.nudge()
		}
	})
	if err != nil && ctx.Err() == nil {
		e.cfg.Logger.WarnContext(ctx, "rbac: no notifications of policy changes; they are noticed by the timer alone", slog.Any("error", err))
	}
}

// nudge asks for a comparison soon.
func (e *Engine) nudge() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}
