package db

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"

	"github.com/uptrace/bun"
)

// AfterCommit calls fn once the outermost transaction in ctx has committed, in the order of the calls, on a context that keeps the
// values of the context [InTx] got but that no client cancels. Without a transaction it calls fn at once. After a rollback, also
// of only the savepoint it was called in, fn is dropped. When the outcome of the commit is unknown fn runs too, and
// [CommitUnknown] says so. With transactions of two databases open, the one begun last counts.
//
// A panic of fn is logged and does not keep the others from running.
func AfterCommit(ctx context.Context, fn func(ctx context.Context)) {
	if t := current(ctx); t != nil {
		t.after = append(t.after, fn)
		return
	}
	callAfter(context.WithoutCancel(ctx), slog.Default(), fn)
}

type unknownKey struct{}

// CommitUnknown reports, inside a function given to [AfterCommit], that the connection broke during COMMIT: the data may or may
// not have changed. Caches then forget what they know; what must only follow a real change does nothing.
func CommitUnknown(ctx context.Context) bool { return ctx.Value(unknownKey{}) != nil }

func runAfter(ctx context.Context, database *bun.DB, after []func(context.Context), unknown bool) {
	if len(after) == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if unknown {
		ctx = context.WithValue(ctx, unknownKey{}, true)
	}
	log := loggerOf(database)
	for _, fn := range after {
		callAfter(ctx, log, fn)
	}
}

func callAfter(ctx context.Context, log *slog.Logger, fn func(context.Context)) {
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "db: panic in a function given to AfterCommit", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	fn(ctx)
}

// loggerOf asks the driver for the logger it was configured with.
func loggerOf(database *bun.DB) *slog.Logger {
	if l, ok := database.DB.Driver().(interface{ Logger() *slog.Logger }); ok {
		if log := l.Logger(); log != nil {
			return log
		}
	}
	return slog.Default()
}

func commitUnknown(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == CodeCommitUnknown
}
