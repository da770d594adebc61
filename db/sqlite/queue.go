package sqlite

import (
	"context"
	"sync"
	"time"

	"github.com/groundwork-go/groundwork/db"
)

// queue lets a number of holders in at a time, the others in the order they came; urgent ones first. It is what stands between
// requests and the real connections: a turn on the writer, or one of the readers.
type queue struct {
	limit int           // how many may wait
	wait  time.Duration // how long one may wait

	mu      sync.Mutex
	free    int
	urgent  line
	regular line
	closed  bool
	pool    sync.Pool // of *ticket
}

// ticket is one who waits.
type ticket struct {
	turn  chan struct{} // holds one value when the turn has come
	timer *time.Timer
	gone  bool // gave up; skipped when its turn comes
}

func newQueue(holders, limit int, wait time.Duration) *queue {
	return &queue{free: holders, limit: limit, wait: wait}
}

// acquire waits for a turn. The caller ends it with release or handoff.
func (q *queue) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return db.Canceled(err)
	}
	urgent := db.IsUrgent(ctx)
	q.mu.Lock()
	switch {
	case q.closed:
		q.mu.Unlock()
		return errClosed
	case q.free > 0:
		q.free--
		q.mu.Unlock()
		return nil
	case !urgent && q.regular.live >= q.limit, q.urgent.live >= q.limit:
		q.mu.Unlock()
		return errQueueFull
	}
	t := q.ticket()
	if urgent {
		q.urgent.push(t)
	} else {
		q.regular.push(t)
	}
	q.mu.Unlock()
	return q.await(ctx, t, urgent)
}

func (q *queue) ticket() *ticket {
	t, _ := q.pool.Get().(*ticket)
	if t == nil {
		return &ticket{turn: make(chan struct{}, 1), timer: time.NewTimer(q.wait)}
	}
	t.timer.Reset(q.wait)
	return t
}

func (q *queue) await(ctx context.Context, t *ticket, urgent bool) error {
	var err error
	select {
	case <-t.turn:
		t.timer.Stop()
		q.pool.Put(t)
		return nil
	case <-ctx.Done():
		err = db.Canceled(ctx.Err())
	case <-t.timer.C:
		err = errWaitOver
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-t.turn: // it came after all, at the same moment
		t.timer.Stop()
		q.pool.Put(t)
		return nil
	default:
	}
	t.timer.Stop()
	t.gone = true // stays in the line, so it is not pooled
	if urgent {
		q.urgent.live--
	} else {
		q.regular.live--
	}
	return err
}

// handoff gives the caller's turn to the next in line. It reports false, and the caller keeps the turn, when nobody waits.
func (q *queue) handoff() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.urgent.pop()
	if t == nil {
		t = q.regular.pop()
	}
	if t == nil {
		return false
	}
	t.turn <- struct{}{}
	return true
}

// release ends the caller's turn.
func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.urgent.pop()
	if t == nil {
		t = q.regular.pop()
	}
	if t == nil {
		q.free++
		return
	}
	t.turn <- struct{}{}
}

// waiting reports whether anybody waits.
func (q *queue) waiting() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.urgent.live+q.regular.live > 0
}

// close refuses everyone who comes from now on. Those who wait already get their turn.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
}

// drain waits up to d until n turns are over and keeps them. It reports whether all of them ended.
func (q *queue) drain(n int, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for range n {
		q.mu.Lock()
		if q.free > 0 {
			q.free--
			q.mu.Unlock()
			continue
		}
		t := &ticket{turn: make(chan struct{}, 1)}
		q.regular.push(t)
		q.mu.Unlock()
		select {
		case <-t.turn:
		case <-timer.C:
			return false
		}
	}
	return true
}

// line is a first-in first-out list of tickets.
type line struct {
	items []*ticket
	head  int
	live  int // those that have not given up
}

func (l *line) push(t *ticket) {
	if l.head > 0 && len(l.items) == cap(l.items) {
		n := copy(l.items, l.items[l.head:])
		clear(l.items[n:])
		l.items, l.head = l.items[:n], 0
	}
	l.items = append(l.items, t)
	l.live++
}

func (l *line) pop() *ticket {
	for l.head < len(l.items) {
		t := l.items[l.head]
		l.items[l.head] = nil
		l.head++
		if l.head == len(l.items) {
			l.items, l.head = l.items[:0], 0
		}
		if !t.gone {
			l.live--
			return t
		}
	}
	return nil
}
