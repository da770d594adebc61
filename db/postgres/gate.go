package postgres

import (
	"container/list"
	"context"
	"sync"

	"github.com/groundwork-go/groundwork/db"
)

// gate lets as much work to the pool as it has connections, ordinary work as much as is not reserved, in order of arrival;
// urgent work that waits goes first.
type gate struct {
	size, ordinary, queue int

	mu      sync.Mutex
	used    int // places taken by any work
	usedOrd int // of these, by ordinary work
	waiting [2]list.List
}

// waiter is work in the queue; ready is closed when it has got its place.
type waiter struct {
	ready chan struct{}
}

const (
	ordinary = 0
	urgent   = 1
)

func newGate(size, reserved, queue int) *gate {
	return &gate{size: size, ordinary: size - reserved, queue: queue}
}

func classOf(ctx context.Context) int {
	if db.IsUrgent(ctx) {
		return urgent
	}
	return ordinary
}

// enter takes a place, waiting for one until ctx ends. It reports whether it gave up because the queue is full.
func (g *gate) enter(ctx context.Context, class int) (full bool, err error) {
	g.mu.Lock()
	if g.waiting[class].Len() == 0 && g.free(class) {
		g.take(class)
		g.mu.Unlock()
		return false, nil
	}
	if g.waiting[class].Len() >= g.queue {
		g.mu.Unlock()
		return true, nil
	}
	w := &waiter{ready: make(chan struct{})}
	place := g.waiting[class].PushBack(w)
	g.mu.Unlock()
	select {
	case <-w.ready:
		return false, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.ready: // the place came at the same moment
		return false, nil
	default:
		g.waiting[class].Remove(place)
		return false, ctx.Err()
	}
}

// leave gives a place back and hands it on.
func (g *gate) leave(class int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.used--
	if class == ordinary {
		g.usedOrd--
	}
	for _, next := range [...]int{urgent, ordinary} {
		for front := g.waiting[next].Front(); front != nil && g.free(next); front = g.waiting[next].Front() {
			g.take(next)
			close(g.waiting[next].Remove(front).(*waiter).ready)
		}
	}
}

func (g *gate) free(class int) bool {
	return g.used < g.size && (class == urgent || g.usedOrd < g.ordinary)
}

func (g *gate) take(class int) {
	g.used++
	if class == ordinary {
		g.usedOrd++
	}
}
