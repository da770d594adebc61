package sqlite

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	lib "modernc.org/sqlite/lib"

	"github.com/groundwork-go/groundwork/db"
)

// Sizes of the write-ahead log, in pages of 4 KiB.
const (
	walCopy   = 2 << 10  // each 8 MiB: copy it to the database file, as far as readers allow
	walReset  = 8 << 10  // from 32 MiB: also wait for readers, so that it starts again from the beginning
	walUrgent = 12 << 10 // from 48 MiB: try that after every commit
	walWait   = 500 * time.Millisecond
)

// maxPatience is the longest that a commit waits for members who are not in the queue yet.
const maxPatience = 200 * time.Microsecond

// writer owns the one connection that changes data. Whoever holds its turn may use the connection.
//
// Transactions are members of a group: the group is SQLite's transaction, a member is a savepoint in it. When a member ends and
// others wait, the next one joins; when nobody waits, or the group is full or old, the group is committed, and only then do the
// members get their answers.
type writer struct {
	cfg   Config
	queue *queue
	c     *native

	// Held with the turn.
	group    *group        // the open group, or nil
	lastSize int           // the members of the group before it
	lastTook time.Duration // what its commit took
	copied   int           // the size of the write-ahead log, in pages, at the last checkpoint

	begin, commit, rollback, save, release, back *stmt
}

// group is one real transaction.
type group struct {
	members int // those that ended well
	opened  time.Time
	done    chan struct{} // closed when the outcome is known
	err     error         // the outcome
}

func newWriter(c *native, cfg Config) (*writer, error) {
	w := &writer{cfg: cfg, c: c, queue: newQueue(1, cfg.QueueLimit, cfg.WaitFor)}
	for _, s := range []struct {
		to   **stmt
		text string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.rollback, "ROLLBACK"},
		{&w.save, "SAVEPOINT gw_member"},
		{&w.release, "RELEASE gw_member"},
		{&w.back, "ROLLBACK TO gw_member"},
	} {
		var err error
		if *s.to, _, err = c.prepare(s.text, true); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

func (w *writer) close() {
	for _, s := range []*stmt{w.begin, w.commit, w.rollback, w.save, w.release, w.back} {
		if s != nil {
			s.finalize()
		}
	}
	w.c.close()
}

// control runs one of the writer's own statements, which no limit stops.
func (w *writer) control(s *stmt) error {
	w.c.limit(time.Time{}, nil)
	_, err := s.each(nil, nil)
	return translate(err)
}

// arm sets the limit of the statement that comes next. Only the limit stops it, never a client that leaves: stopping a statement
// on the writer undoes the whole group.
func (w *writer) arm(ctx context.Context) {
	if db.IsMaintenance(ctx) {
		w.c.limit(time.Time{}, nil)
		return
	}
	w.c.limit(time.Now().Add(w.cfg.StatementFor), nil)
}

// join takes a turn and starts a member.
func (w *writer) join(ctx context.Context) (*member, error) {
	if err := w.queue.acquire(ctx); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		w.pass()
		return nil, db.Canceled(err)
	}
	if w.group == nil {
		if err := w.control(w.begin); err != nil {
			w.queue.release()
			return nil, err
		}
		w.group = &group{opened: time.Now(), done: make(chan struct{})}
	}
	if err := w.control(w.save); err != nil {
		w.abort(err)
		w.queue.release()
		return nil, err
	}
	return &member{w: w, g: w.group}, nil
}

// pass ends the caller's turn: the next in line joins the open group, or the group is committed.
func (w *writer) pass() {
	g := w.group
	if g == nil {
		w.queue.release()
		return
	}
	if g.members < w.cfg.GroupSize && time.Since(g.opened) < w.cfg.GroupFor && w.next() {
		return
	}
	w.settle()
	w.queue.release()
}

// next lets the next in line join the open group. When the last group was larger than this one is so far, those who were in it are
// likely on their way back: the processor is left to them for a moment, a fraction of what the commit will take. Who was alone
// last time does not wait.
func (w *writer) next() bool {
	if w.queue.handoff() {
		return true
	}
	if w.group.members >= w.lastSize {
		return false
	}
	patience := min(w.lastTook/4, maxPatience)
	for start := time.Now(); time.Since(start) < patience; {
		runtime.Gosched()
		if w.queue.handoff() {
			return true
		}
	}
	return false
}

// settle commits the open group and tells its members.
func (w *writer) settle() {
	g := w.group
	if g == nil {
		return
	}
	start := time.Now()
	if err := w.control(w.commit); err != nil {
		w.abort(err)
		return
	}
	w.lastSize, w.lastTook = g.members, time.Since(start)
	w.group = nil
	close(g.done)
	w.checkpoint()
}

// abort undoes the open group and fails its members.
func (w *writer) abort(err error) {
	if !w.c.autocommit() {
		if undo := w.control(w.rollback); undo != nil {
			w.cfg.Logger.Error("sqlite: rolling back failed", slog.Any("error", undo))
		}
	}
	g := w.group
	w.group = nil
	if g != nil {
		g.err = err
		close(g.done)
	}
}

// checkpoint keeps the write-ahead log short. It runs in the writer's turn, after the answers.
func (w *writer) checkpoint() {
	size := w.c.walSize
	if size < w.copied { // it began anew
		w.copied = 0
	}
	if size-w.copied < walCopy && size < walUrgent {
		return
	}
	w.copied = size
	w.c.limit(time.Time{}, nil)
	mode := int32(lib.SQLITE_CHECKPOINT_PASSIVE)
	if size >= walReset {
		mode = lib.SQLITE_CHECKPOINT_RESTART
		w.c.busyTimeout(walWait)
		defer w.c.busyTimeout(w.cfg.WaitFor)
	}
	err := translate(w.c.checkpoint(mode))
	if err != nil && !isBusy(err) {
		w.cfg.Logger.Error("sqlite: checkpoint failed", slog.Any("error", err))
	}
}

// once runs one statement as a member of its own and returns when it is durable.
func (w *writer) once(ctx context.Context, fn func(c *native) error) error {
	m, err := w.join(ctx)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // fn panicked
			m.leave()
		}
	}()
	err = m.do(ctx, fn)
	done = true
	if err != nil {
		m.leave()
		return err
	}
	return m.end()
}

// alone runs fn with the connection outside of any transaction: for statements that SQLite allows only there, and for texts of
// several statements, which commit one by one as they do in SQLite.
func (w *writer) alone(ctx context.Context, fn func(c *native) error) error {
	if err := w.queue.acquire(ctx); err != nil {
		return err
	}
	defer w.queue.release()
	w.settle()
	defer func() {
		if !w.c.autocommit() { // fn panicked or left a transaction open
			w.abort(nil)
		}
	}()
	w.arm(ctx)
	if err := fn(w.c); err != nil {
		return w.c.named(translate(err))
	}
	if !w.c.autocommit() {
		return &db.Error{Code: "25001", Message: "the statements leave a transaction open; it was rolled back"}
	}
	w.checkpoint()
	return nil
}
