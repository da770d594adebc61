package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/postgres"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

// latch is a function of the API that keeps its transaction open until it is released.
type latch struct {
	entered chan struct{}
	release chan struct{}
	once    sync.Once
}

func newLatch() *latch {
	return &latch{entered: make(chan struct{}, 100), release: make(chan struct{})}
}

func (l *latch) open() { l.once.Do(func() { close(l.release) }) }

func (l *latch) register(database *bun.DB) func(*api.API) {
	return func(rest *api.API) {
		api.Func(rest, api.Function{Name: "hold"}, func(ctx context.Context, _ struct{}) (struct{}, error) {
			_, err := db.From(ctx, database).NewUpdate().Model((*fact)(nil)).Set("note = 'held'").Where("batch = 'b'").Exec(ctx)
			l.entered <- struct{}{}
			<-l.release
			return struct{}{}, err
		})
	}
}

// hold calls the function n times and returns when all of them are inside. finish lets them end, and reports how they did.
func (l *latch) hold(t *testing.T, s *service, n int) (finish func() []reply) {
	t.Helper()
	var group sync.WaitGroup
	replies := make([]reply, n)
	for i := range n {
		group.Go(func() {
			replies[i] = s.do(context.WithoutCancel(t.Context()), http.MethodPost, "/rest/v1/rpc/hold", "{}")
		})
	}
	t.Cleanup(func() { l.open(); group.Wait() })
	for range n {
		<-l.entered
	}
	return func() []reply {
		l.open()
		group.Wait()
		return replies
	}
}

func TestPoolIsExhausted(t *testing.T) {
	t.Parallel()
	cfg := pgConfig(dbtest.PostgresURL(t))
	cfg.MaxConns, cfg.Reserved, cfg.QueueLimit = 3, 1, 2
	database := opened(t, cfg)
	l := newLatch()
	s := serveFacts(t, database, quiet(), l.register(database))
	finish := l.hold(t, s, 2)

	var group sync.WaitGroup
	begin := make(chan struct{})
	answers := make([]reply, 10)
	for i := range answers {
		group.Go(func() {
			<-begin
			answers[i] = s.get(t, "/rest/v1/facts")
		})
	}
	close(begin)
	group.Wait()
	late := 0
	for _, r := range answers {
		if r.code == db.PoolTimeout {
			late++
			r.wantFault(t, http.StatusGatewayTimeout, db.PoolTimeout)
			assert.GreaterOrEqual(t, r.took, waitFor)
			assert.Less(t, r.took, inTime)
			continue
		}
		r.wantFault(t, http.StatusServiceUnavailable, db.CodeQueueFull)
		assert.Less(t, r.took, waitFor/2, "refused at once")
	}
	assert.Equal(t, cfg.QueueLimit, late)
	assert.Equal(t, http.StatusOK, s.get(t, "/ready").status, "urgent work has a connection")
	for _, r := range finish() {
		assert.Equal(t, http.StatusNoContent, r.status, r.body)
	}
	assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts").status)
}

func liteConfig(path string) sqlite.Config {
	return sqlite.Config{Path: path, WaitFor: waitFor, Logger: slog.New(slog.DiscardHandler)}
}

func TestWriterIsHeld(t *testing.T) {
	t.Parallel()
	cfg := liteConfig(filepath.Join(t.TempDir(), "x.db"))
	cfg.QueueLimit, cfg.TransactionFor = 2, time.Minute
	database := opened(t, cfg)
	l := newLatch()
	s := serveFacts(t, database, quiet(), l.register(database))
	finish := l.hold(t, s, 1)

	var group sync.WaitGroup
	answers := make([]reply, 10)
	for i := range answers {
		group.Go(func() { answers[i] = s.post(t, "/rest/v1/facts", oneFact) })
	}
	group.Wait()
	late := 0
	for _, r := range answers {
		if r.code == "55P03" {
			late++
			assert.Less(t, r.took, inTime)
			continue
		}
		r.wantFault(t, http.StatusServiceUnavailable, db.CodeQueueFull)
		assert.Less(t, r.took, waitFor/2, "refused at once")
	}
	assert.Equal(t, cfg.QueueLimit, late)
	assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts").status, "readers do not wait for the writer")
	assert.Equal(t, http.StatusOK, s.get(t, "/ready").status)
	for _, r := range finish() {
		assert.Equal(t, http.StatusNoContent, r.status, r.body)
	}
	assert.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/facts", oneFact).status)
}

func TestWriterIsHeldByAnotherProgram(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s := serveFacts(t, opened(t, liteConfig(path)), quiet())
	foreign := opened(t, sqlite.Config{Path: path, TransactionFor: time.Minute})
	err := db.InTx(t.Context(), foreign, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO facts (batch, part) VALUES ('foreign', 1)"); err != nil {
			return err
		}
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				r := s.post(t, "/rest/v1/facts", oneFact)
				r.wantFault(t, http.StatusServiceUnavailable, "55P03")
				assert.Less(t, r.took, 2*waitFor+250*time.Millisecond)
			})
		}
		group.Wait()
		assert.Equal(t, "[]", s.get(t, "/rest/v1/facts").body)
		assert.Equal(t, http.StatusOK, s.get(t, "/ready").status)
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/facts", oneFact).status)
}

// impatient opens an empty database whose statements may take 300 ms and wait for locks as long.
func impatient(t *testing.T) map[string]*bun.DB {
	t.Helper()
	const limit = 300 * time.Millisecond
	lite := liteConfig(filepath.Join(t.TempDir(), "x.db"))
	lite.StatementFor = limit
	pg := pgConfig(dbtest.PostgresURL(t))
	pg.StatementTimeout, pg.LockTimeout = limit, limit/2
	return map[string]*bun.DB{"sqlite": opened(t, lite), "postgres": opened(t, pg)}
}

func TestStatementsAreStopped(t *testing.T) {
	t.Parallel()
	for name, database := range impatient(t) {
		t.Run(name, func(t *testing.T) {
			s := serveFacts(t, database, quiet(), withIdlers(t, database))
			r := s.get(t, "/rest/v1/idlers")
			r.wantFault(t, http.StatusGatewayTimeout, "57014")
			assert.Less(t, r.took, 2*time.Second)
			assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts").status)
		})
	}
}

func TestRequestsHaveADeadline(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		cfg := quiet()
		cfg.Limits.Time = 300 * time.Millisecond
		s := serveFacts(t, database, cfg, withIdlers(t, database))
		r := s.get(t, "/rest/v1/idlers")
		r.wantFault(t, http.StatusGatewayTimeout, "57014")
		assert.Less(t, r.took, cfg.Limits.Time+time.Second)
		assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts").status)
	})
}

func TestLocksAreNotWaitedForLong(t *testing.T) {
	t.Parallel()
	cfg := pgConfig(dbtest.PostgresURL(t))
	cfg.LockTimeout = 200 * time.Millisecond
	database := opened(t, cfg)
	l := newLatch()
	s := serveFacts(t, database, quiet(), l.register(database))
	require.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/facts", oneFact).status)
	finish := l.hold(t, s, 1)
	for range 3 {
		r := s.do(t.Context(), http.MethodPatch, "/rest/v1/facts?batch=eq.b", `{"part":2}`)
		r.wantFault(t, http.StatusServiceUnavailable, "55P03")
		assert.Less(t, r.took, time.Second)
	}
	assert.Equal(t, http.StatusNoContent, finish()[0].status)
	assert.Equal(t, http.StatusNoContent, s.do(t.Context(), http.MethodPatch, "/rest/v1/facts?batch=eq.b", `{"part":2}`).status)
}

func TestClientsThatLeaveStopTheirQuery(t *testing.T) {
	t.Parallel()
	lite := liteConfig(filepath.Join(t.TempDir(), "x.db"))
	lite.Readers = 1
	for name, driver := range map[string]db.Driver{"sqlite": lite, "postgres": pgConfig(dbtest.PostgresURL(t))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := opened(t, driver)
			s := serveFacts(t, database, quiet(), withIdlers(t, database))
			ctx, leave := context.WithCancel(t.Context())
			left := make(chan reply)
			go func() { left <- s.do(ctx, http.MethodGet, "/rest/v1/idlers", "") }()
			if pool, ok := postgres.Pool(database); ok {
				running := func() int {
					var n int
					err := pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
						WHERE state = 'active' AND query LIKE '%idlers%' AND pid <> pg_backend_pid() AND datname = current_database()`).Scan(&n)
					assert.NoError(t, err)
					return n
				}
				eventually(t, 5*time.Second, func() bool { return running() == 1 }, "the query runs")
				leave()
				eventually(t, time.Second, func() bool { return running() == 0 }, "the query is cancelled")
			} else {
				// The one reader is taken while the query runs.
				eventually(t, 5*time.Second, func() bool { return s.get(t, "/rest/v1/facts").code == "55P03" }, "the query runs")
				leave()
				eventually(t, time.Second, func() bool { return s.get(t, "/rest/v1/facts").status == http.StatusOK }, "the query is cancelled")
			}
			require.ErrorIs(t, (<-left).err, context.Canceled)
		})
	}
}

type crossArgs struct {
	First  int64 `json:"first"`
	Second int64 `json:"second"`
}

func TestDeadlocksAreAnswered(t *testing.T) {
	t.Parallel()
	cfg := pgConfig(dbtest.PostgresURL(t) + "&deadlock_timeout=50ms")
	cfg.LockTimeout = 5 * time.Second
	database := opened(t, cfg)
	var both sync.WaitGroup
	both.Add(2)
	s := serveFacts(t, database, quiet(), func(rest *api.API) {
		api.Func(rest, api.Function{Name: "cross"}, func(ctx context.Context, in crossArgs) (struct{}, error) {
			for i, id := range []int64{in.First, in.Second} {
				if i == 1 {
					both.Done()
					both.Wait()
				}
				_, err := db.From(ctx, database).NewUpdate().Model((*fact)(nil)).Set("part = part + 1").Where("id = ?", id).Exec(ctx)
				if err != nil {
					return struct{}{}, err
				}
			}
			return struct{}{}, nil
		})
	})
	require.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/facts", batchBody("x", 2)).status)
	var group sync.WaitGroup
	answers := make([]reply, 2)
	for i := range answers {
		group.Go(func() {
			answers[i] = s.post(t, "/rest/v1/rpc/cross", fmt.Sprintf(`{"first":%d,"second":%d}`, 1+i, 2-i))
		})
	}
	group.Wait()
	if answers[0].status != http.StatusNoContent {
		answers[0], answers[1] = answers[1], answers[0]
	}
	assert.Equal(t, http.StatusNoContent, answers[0].status, answers[0].body)
	assert.Equal(t, "40P01", answers[1].code, answers[1].body)
}
