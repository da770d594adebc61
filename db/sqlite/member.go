package sqlite

import (
	"context"
	"sync"
	"time"

	"github.com/groundwork-go/groundwork/db"
)

// cutRetry is how long a late member goes on undisturbed when nobody needs the writer.
const cutRetry = 50 * time.Millisecond

// member is one transaction on the writer. It holds the turn from join until it ends, leaves or is cut off.
type member struct {
	w *writer
	g *group

	mu    sync.Mutex // between the transaction's own calls and the cut
	ended bool
	err   error // why the calls that follow fail
	late  *time.Timer
}

// watch cuts the member off when it is late.
func (m *member) watch() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.ended {
		m.late = time.AfterFunc(m.w.cfg.TransactionFor, m.cut)
	}
}

func (m *member) cut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return
	}
	if m.g.members == 0 && !m.w.queue.waiting() {
		m.late.Reset(cutRetry)
		return
	}
	m.undo(errLate)
}

// do runs fn on the connection. An error that made SQLite undo the transaction fails the whole group.
func (m *member) do(ctx context.Context, fn func(c *native) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return m.err
	}
	if err := ctx.Err(); err != nil {
		return db.Canceled(err)
	}
	m.w.arm(ctx)
	err := translate(fn(m.w.c))
	if err == nil {
		return nil
	}
	err = m.w.c.named(err)
	if m.w.c.autocommit() {
		m.finish(err)
		m.w.abort(err)
		m.w.queue.release()
	}
	return err
}

// end makes the member's work part of the group and waits until the group is committed.
func (m *member) end() error {
	if err := m.endTurn(); err != nil {
		<-m.g.done
		return err
	}
	<-m.g.done
	return m.g.err
}

func (m *member) endTurn() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return m.err
	}
	if m.w.c.unresolvedKeys() {
		m.undo(errForeignKey)
		return errForeignKey
	}
	if err := m.w.control(m.w.release); err != nil {
		m.undo(err)
		return err
	}
	m.finish(errTxDone)
	m.g.members++
	m.w.pass()
	return nil
}

// leave undoes the member's work, and waits for the outcome of the group: what the member saw of the others, and answers with,
// must have happened.
func (m *member) leave() {
	m.mu.Lock()
	if !m.ended {
		m.undo(errTxDone)
	}
	m.mu.Unlock()
	<-m.g.done
}

// undo rolls the member's savepoint back and ends its turn; calls that follow fail with why.
func (m *member) undo(why error) {
	m.finish(why)
	err := m.w.control(m.w.back)
	if err == nil {
		err = m.w.control(m.w.release)
	}
	if err != nil {
		m.w.abort(err)
	}
	m.w.pass()
}

func (m *member) finish(why error) {
	m.ended, m.err = true, why
	if m.late != nil {
		m.late.Stop()
	}
}
