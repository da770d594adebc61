package postgres

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/groundwork-go/groundwork/db"
)

const (
	backoffMin = 50 * time.Millisecond
	backoffMax = time.Second
)

// backoff returns the pause after so many failures in a row: doubling, with full jitter, so that programs which lost the server
// together do not come back together.
func backoff(failures int) time.Duration {
	limit := backoffMax
	if failures < 6 {
		limit = min(backoffMin<<max(failures-1, 0), backoffMax)
	}
	return rand.N(limit)
}

// reconnect keeps the pool from hammering a server that does not take connections: after a failure one attempt at a time is made,
// after a pause; everything else that wants a new connection gets the last error at once. It hears of every attempt as the
// tracer of pgx.
type reconnect struct {
	now func() time.Time

	mu       sync.Mutex
	failures int
	trying   bool
	next     time.Time
	last     error
}

func newReconnect(now func() time.Time) *reconnect { return &reconnect{now: now} }

// before is called before each attempt and may refuse it.
func (r *reconnect) before() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures == 0 {
		return nil
	}
	if r.trying || r.now().Before(r.next) {
		return &db.Error{Code: codeCannotConnect, Message: messageCannotConnect, Err: r.last}
	}
	r.trying = true
	return nil
}

// TraceConnectStart is part of pgx.ConnectTracer.
func (r *reconnect) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

// TraceConnectEnd is part of pgx.ConnectTracer.
func (r *reconnect) TraceConnectEnd(_ context.Context, data pgx.TraceConnectEndData) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trying = false
	if data.Err == nil {
		r.failures, r.last = 0, nil
		return
	}
	r.failures++
	r.next, r.last = r.now().Add(backoff(r.failures)), data.Err
}

// TraceQueryStart is part of pgx.QueryTracer, which pgx wants of every tracer.
func (r *reconnect) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd is part of pgx.QueryTracer.
func (r *reconnect) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
