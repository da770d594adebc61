package api_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/postgres"
)

// waitFor is the pool wait of these tests; inTime what an answer may take when the database is away.
const (
	waitFor = 500 * time.Millisecond
	inTime  = waitFor + 250*time.Millisecond
)

// awayCodes are the codes of a database that is away.
var awayCodes = []string{"08001", "08006", "08007", "57P01", "57P02", "57P03"}

// opened opens a database. On a busy machine the short waits of these tests may be over before the first connection is there.
func opened(t testing.TB, driver db.Driver) *bun.DB {
	t.Helper()
	var database *bun.DB
	var err error
	for range 20 {
		if database, err = db.Open(t.Context(), driver); !errors.Is(err, db.ErrUnavailable) {
			break
		}
	}
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, database.Close()) })
	return database
}

func pgConfig(url string) postgres.Config {
	return postgres.Config{URL: url, WaitTimeout: waitFor, Logger: slog.New(slog.DiscardHandler)}
}

// traffic writes batches until it is told to stop, and checks that every refusal is a clean one.
type traffic struct {
	ledger  ledger
	refused atomic.Int64
	slowest atomic.Int64
	stop    func()
}

func startTraffic(t *testing.T, s *service) *traffic {
	t.Helper()
	f := &traffic{ledger: ledger{rows: map[string]int{}}}
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	f.stop = func() { cancel(); group.Wait() }
	for worker := range 4 {
		group.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				batch, rows := fmt.Sprintf("t-%d-%d", worker, i), 1+2*(i%2)
				r := s.do(context.WithoutCancel(ctx), http.MethodPost, "/rest/v1/facts", batchBody(batch, rows))
				if r.err == nil && r.status == http.StatusCreated {
					f.ledger.add(batch, rows)
				} else {
					r.wantAway(t)
					f.refused.Add(1)
					f.slowest.Store(max(f.slowest.Load(), int64(r.took)))
				}
			}
		})
	}
	t.Cleanup(f.stop)
	return f
}

// wantAway checks that a reply says that the database is away.
func (r reply) wantAway(t testing.TB) {
	t.Helper()
	if !assert.NoError(t, r.err) {
		return
	}
	r.wantFault(t, http.StatusServiceUnavailable, awayCodes...)
}

func TestDatabaseGoesAndComesBack(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]dbtest.StopMode{"stopped": dbtest.Fast, "killed": dbtest.Immediate} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := dbtest.Server(t)
			database := opened(t, pgConfig(server.URL()))
			s := serveFacts(t, database, quiet())
			f := startTraffic(t, s)
			eventually(t, 10*time.Second, func() bool { return f.ledger.size() >= 100 }, "traffic flows")

			server.Stop(t, mode)
			for range 20 {
				for _, r := range []reply{s.get(t, "/rest/v1/facts?limit=1"), s.post(t, "/rest/v1/facts", oneFact)} {
					r.wantAway(t)
					assert.Less(t, r.took, inTime)
				}
			}
			eventually(t, 2*time.Second, func() bool { return s.get(t, "/ready").status == http.StatusServiceUnavailable }, "not ready")
			assert.Equal(t, http.StatusOK, s.get(t, "/live").status)

			server.Start(t)
			eventually(t, 2*time.Second, func() bool { return s.get(t, "/rest/v1/facts?limit=1").status == http.StatusOK }, "first read")
			eventually(t, 2*time.Second, func() bool { return s.post(t, "/rest/v1/facts", oneFact).status == http.StatusCreated }, "first write")
			eventually(t, 2*time.Second, func() bool { return s.get(t, "/ready").status == http.StatusOK }, "ready")
			refused, answered := f.refused.Load(), f.ledger.size()
			eventually(t, 10*time.Second, func() bool { return f.ledger.size() >= answered+100 }, "traffic flows again")
			assert.Equal(t, refused, f.refused.Load(), "refusals after the return")
			f.stop()

			assert.Positive(t, refused)
			assert.Less(t, time.Duration(f.slowest.Load()), inTime)
			stored := batches(t.Context(), t, database)
			for batch, rows := range f.ledger.rows {
				require.Equal(t, rows, stored[batch], "batch %s was answered", batch)
			}
			t.Logf("%d written, %d refused, the slowest after %s", f.ledger.size(), refused, time.Duration(f.slowest.Load()))
		})
	}
}

func (l *ledger) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.rows)
}

func TestConnectionsAreReset(t *testing.T) {
	t.Parallel()
	between, url := newWire(t, dbtest.PostgresURL(t))
	database := opened(t, pgConfig(url))
	s := serveFacts(t, database, quiet())
	f := startTraffic(t, s)
	for range 5 {
		answered := f.ledger.size()
		eventually(t, 10*time.Second, func() bool { return f.ledger.size() >= answered+20 }, "traffic flows")
		between.reset()
		r := s.get(t, "/rest/v1/facts?limit=1")
		if r.status != http.StatusOK {
			r.wantAway(t)
		}
	}
	f.stop()
	stored := batches(t.Context(), t, database)
	for batch, rows := range f.ledger.rows {
		require.Equal(t, rows, stored[batch], "batch %s was answered", batch)
	}
}

func TestDatabaseIsSilent(t *testing.T) {
	t.Parallel()
	between, url := newWire(t, dbtest.PostgresURL(t))
	cfg := quiet()
	cfg.Limits.Time = time.Second
	s := serveFacts(t, opened(t, pgConfig(url)), cfg, func(rest *api.API) {
		api.Func(rest, api.Function{Name: "nothing"}, func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	})
	require.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/facts", oneFact).status)
	between.stall()
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			method, path, body := http.MethodGet, "/rest/v1/facts?limit=1", ""
			switch i % 3 {
			case 1:
				method, path, body = http.MethodPost, "/rest/v1/facts", oneFact
			case 2:
				method, path, body = http.MethodPost, "/rest/v1/rpc/nothing", "{}"
			}
			r := s.do(t.Context(), method, path, body)
			if assert.NoError(t, r.err) && r.status == http.StatusServiceUnavailable {
				r.wantAway(t)
			} else {
				r.wantFault(t, http.StatusGatewayTimeout, "57014", db.PoolTimeout)
			}
			assert.Less(t, r.took, cfg.Limits.Time+time.Second)
		})
	}
	group.Wait()
	r := s.get(t, "/ready")
	assert.Equal(t, http.StatusServiceUnavailable, r.status)
	assert.Less(t, r.took, 1250*time.Millisecond)
	between.unstall()
	eventually(t, 2*time.Second, func() bool { return s.get(t, "/rest/v1/facts?limit=1").status == http.StatusOK }, "first read")
	eventually(t, 2*time.Second, func() bool { return s.post(t, "/rest/v1/facts", oneFact).status == http.StatusCreated }, "first write")
}

func TestOutcomeOfACommitIsUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer, request string
		hook, arrives         bool
	}{
		{"transaction, answer lost", "commit\x00", "", true, true},
		{"transaction, request lost", "", "commit\x00", true, false},
		{"one statement, answer lost", "insert 0", "", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			between, url := newWire(t, dbtest.PostgresURL(t))
			database := opened(t, pgConfig(url))
			var mu sync.Mutex
			var told []api.Change
			s := serveFacts(t, database, quiet(), func(rest *api.API) {
				rest.OnChange(func(_ context.Context, change *api.Change) {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, *change)
				})
				api.Register(rest, api.Resource[fact]{Name: "hooked", AfterWrite: func(context.Context, *api.Write[fact]) error { return nil }})
			})
			path := "/rest/v1/facts"
			if c.hook {
				path = "/rest/v1/hooked"
			}
			require.Equal(t, http.StatusCreated, s.post(t, path, oneFact).status)
			between.lose(c.answer, c.request)
			r := s.post(t, path, strings.Replace(oneFact, `"b"`, `"lost"`, 1))
			r.wantFault(t, http.StatusServiceUnavailable, db.CodeCommitUnknown)
			between.lose("", "")
			assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts?limit=1").status)
			stored := batches(t.Context(), t, database)
			assert.Equal(t, c.arrives, stored["lost"] == 1, "never written twice: %v", stored)
			mu.Lock()
			defer mu.Unlock()
			require.Len(t, told, 2)
			assert.False(t, told[0].Unknown)
			assert.True(t, told[1].Unknown)
		})
	}
}

func TestReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgresURL(t)
	_ = serveFacts(t, opened(t, pgConfig(url)), quiet())
	s := serveFacts(t, opened(t, pgConfig(url+"&default_transaction_read_only=on")), quiet())
	assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts").status)
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodDelete} {
		r := s.do(t.Context(), method, "/rest/v1/facts?id=eq.1", map[bool]string{true: oneFact}[method != http.MethodDelete])
		assert.Equal(t, http.StatusMethodNotAllowed, r.status, "%s %s", method, r.body)
		assert.Equal(t, "25006", r.code)
		assert.Equal(t, "OPTIONS,GET,HEAD", r.header.Get("Allow"))
	}
}
