package sqlite

import (
	"context"
	"sync"
	"time"

	"github.com/groundwork-go/groundwork/db"
)

// readers is the pool of connections that only read. Each sees every commit that was acknowledged before its statement began.
type readers struct {
	cfg   Config
	queue *queue

	mu   sync.Mutex
	idle []*native // the last one put back is taken first: its cache is warm
}

func newReaders(cfg Config, connect func() (*native, error)) (*readers, error) {
	r := &readers{cfg: cfg, queue: newQueue(cfg.Readers, cfg.QueueLimit, cfg.WaitFor)}
	for range cfg.Readers {
		c, err := connect()
		if err != nil {
			r.closeIdle()
			return nil, err
		}
		r.idle = append(r.idle, c)
	}
	return r, nil
}

// take waits for a reader. Its statements stop at the statement limit and when ctx ends.
func (r *readers) take(ctx context.Context) (*native, error) {
	if err := r.queue.acquire(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	c := r.idle[len(r.idle)-1]
	r.idle = r.idle[:len(r.idle)-1]
	r.mu.Unlock()
	r.arm(ctx, c)
	return c, nil
}

// arm sets the limits of the statement that c runs next.
func (r *readers) arm(ctx context.Context, c *native) {
	deadline := time.Time{}
	if !db.IsMaintenance(ctx) {
		deadline = time.Now().Add(r.cfg.StatementFor)
	}
	c.limit(deadline, ctx.Done())
}

func (r *readers) put(c *native) {
	c.limit(time.Time{}, nil)
	r.mu.Lock()
	r.idle = append(r.idle, c)
	r.mu.Unlock()
	r.queue.release()
}

func (r *readers) closeIdle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.idle {
		c.close()
	}
	r.idle = nil
}
