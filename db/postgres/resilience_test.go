package postgres_test

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/postgres"
)

// through makes url go through p.
func through(t *testing.T, url string, p *proxy) string {
	t.Helper()
	before, rest, ok := strings.Cut(url, "@")
	require.True(t, ok)
	_, after, _ := strings.Cut(rest, "/")
	return before + "@" + p.addr() + "/" + after
}

func hostOf(t *testing.T, url string) string {
	t.Helper()
	_, rest, ok := strings.Cut(url, "@")
	require.True(t, ok)
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func TestAnUnknownCommitSaysSo(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]cutAt{"before": beforeCommit, "after": afterCommit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := dbtest.PostgresURL(t)
			p := newProxy(t, hostOf(t, url))
			database, lane := open(t, postgres.URL(through(t, url, p)))
			_, err := database.ExecContext(t.Context(), "CREATE TABLE facts (id int)")
			require.NoError(t, err)

			p.set(cut)
			var unknown []bool
			err = db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
				db.AfterCommit(ctx, func(ctx context.Context) { unknown = append(unknown, db.CommitUnknown(ctx)) })
				_, err := tx.NewRaw("INSERT INTO facts VALUES (1)").Exec(ctx)
				return err
			})
			require.Equal(t, "08007", code(t, err))
			require.ErrorIs(t, err, db.ErrUnavailable)
			require.Equal(t, []bool{true}, unknown)

			p.set(never)
			want := "0"
			if cut == afterCommit {
				want = "1"
			}
			got, err := query(t.Context(), lane, "SELECT count(*) FROM facts")
			require.NoError(t, err, "the next one gets another connection")
			require.Equal(t, []string{want}, got)
		})
	}
}

func TestARefusedCommitIsNoUnknownOne(t *testing.T) {
	t.Parallel()
	database, _ := open(t, postgres.URL(dbtest.PostgresURL(t)))
	_, err := database.ExecContext(t.Context(), "CREATE TABLE once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
	require.NoError(t, err)
	err = db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
		db.AfterCommit(ctx, func(context.Context) { t.Error("called after a rollback") })
		_, err := tx.NewRaw("INSERT INTO once VALUES (1), (1)").Exec(ctx)
		return err
	})
	require.Equal(t, "23505", code(t, err))

	err = db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("SELECT 1/0").Exec(ctx)
		require.Error(t, err)
		return nil
	})
	require.Equal(t, "25P02", code(t, err), "a swallowed error is found at the commit")
}

func TestTheServerGoesAndComesBack(t *testing.T) {
	t.Parallel()
	const limit = time.Second
	server := dbtest.Server(t)
	database, lane := open(t, postgres.Config{URL: server.URL(), WaitTimeout: limit})
	for _, mode := range []dbtest.StopMode{dbtest.Fast, dbtest.Immediate} {
		_, err := query(t.Context(), lane, "SELECT 1")
		require.NoError(t, err)
		server.Stop(t, mode)
		for range 10 {
			begin := time.Now()
			_, err := query(t.Context(), lane, "SELECT 1")
			require.ErrorIs(t, err, db.ErrUnavailable, "%v", err)
			_, err = database.NewRaw("SELECT 1").Exec(t.Context())
			require.ErrorIs(t, db.Classify(database, err), db.ErrUnavailable, "%v", err)
			err = db.InTx(t.Context(), database, func(context.Context, bun.Tx) error { return nil })
			require.ErrorIs(t, err, db.ErrUnavailable, "%v", err)
			require.Less(t, time.Since(begin), limit+250*time.Millisecond)
		}
		server.Start(t)
		begin := time.Now()
		require.Eventually(t, func() bool {
			_, err := query(t.Context(), lane, "SELECT 1")
			return err == nil
		}, 5*time.Second, 10*time.Millisecond)
		require.Less(t, time.Since(begin), 2*time.Second)
	}
}

func TestABrokenConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	database, lane := open(t, postgres.Config{URL: dbtest.PostgresURL(t), MaxConns: 1, Reserved: -1})
	err := db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("SELECT pg_terminate_backend(pg_backend_pid())").Exec(ctx)
		return err
	})
	require.ErrorIs(t, err, db.ErrUnavailable)
	got, err := query(t.Context(), lane, "SELECT 1")
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, got)
}

func TestAReadSurvivesARestartBeneathIdleConnections(t *testing.T) {
	t.Parallel()
	server := dbtest.Server(t)
	database, lane := open(t, postgres.URL(server.URL()))
	_, err := query(t.Context(), lane, "SELECT 1")
	require.NoError(t, err)
	server.Stop(t, dbtest.Immediate)
	server.Start(t)
	_, err = query(t.Context(), lane, "SELECT 1")
	require.NoError(t, err)
	server.Stop(t, dbtest.Fast)
	server.Start(t)
	require.NoError(t, db.InTx(t.Context(), database, func(context.Context, bun.Tx) error { return nil }))
}

func TestADemotedPrimaryCountsAsLost(t *testing.T) {
	t.Parallel()
	server := dbtest.Server(t)
	database, lane := open(t, postgres.URL(server.URL()))
	_, err := database.ExecContext(t.Context(), "CREATE TABLE facts (id int)")
	require.NoError(t, err)
	server.Stop(t, dbtest.Fast)
	server.StartStandby(t)
	write := func() error {
		_, err := lane.Query(t.Context(), db.Statement{Text: "INSERT INTO facts VALUES ($1)", Write: true}, []any{"1"}, nil)
		return err
	}
	_, err = query(t.Context(), lane, "SELECT 1")
	require.NoError(t, err)
	err = write()
	require.Equal(t, "08006", code(t, err))
	_, err = database.ExecContext(t.Context(), "INSERT INTO facts VALUES (2)")
	require.Equal(t, "08006", code(t, err))
	_, err = query(t.Context(), lane, "SELECT pg_promote()")
	require.NoError(t, err)
	require.NoError(t, write())
}

// silent is a server that accepts connections and never says anything.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var group sync.WaitGroup
	done := make(chan struct{})
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				<-done
				conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		close(done)
		group.Wait()
	})
	return listener.Addr().String()
}

func TestASilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	const limit = 300 * time.Millisecond
	begin := time.Now()
	_, err := db.Open(t.Context(), postgres.Config{
		URL: "postgres://u:s3cret@" + silent(t) + "/d?sslmode=disable", WaitTimeout: limit,
	})
	require.ErrorIs(t, err, db.ErrUnavailable)
	require.NotContains(t, err.Error(), "s3cret")
	require.Less(t, time.Since(begin), limit+250*time.Millisecond)
}

func TestErrorsOfOthersAreNotOurs(t *testing.T) {
	t.Parallel()
	database, _ := open(t, postgres.URL(dbtest.PostgresURL(t)))
	_, missing := os.Open("/does/not/exist")
	_, refused := net.Dial("tcp", "127.0.0.1:1")
	for _, err := range []error{missing, refused, io.ErrUnexpectedEOF} {
		require.Error(t, err)
		require.NotErrorIs(t, db.Classify(database, err), db.ErrUnavailable, "a file or another server is not the database")
	}
}

func TestPreparedStatementsTellTheirErrors(t *testing.T) {
	t.Parallel()
	database, _ := open(t, postgres.URL(dbtest.PostgresURL(t)))
	statement, err := database.PrepareContext(t.Context(), "SELECT 1 / $1::int")
	require.NoError(t, err)
	defer statement.Close()
	_, err = statement.ExecContext(t.Context(), 0)
	require.Equal(t, "22012", code(t, err))
	var n int
	require.NoError(t, statement.QueryRowContext(t.Context(), 1).Scan(&n))
	require.Equal(t, 1, n)
	_, err = database.PrepareContext(t.Context(), "SELECT nothing")
	require.Equal(t, "42703", code(t, err))
}

func TestSeveralHosts(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgresURL(t)
	host := hostOf(t, url)
	url = strings.Replace(url, host, "127.0.0.1:1,"+host, 1) + "&target_session_attrs=read-write"
	_, lane := open(t, postgres.URL(url))
	got, err := query(t.Context(), lane, "SELECT 1")
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, got)
}

func TestListen(t *testing.T) {
	t.Parallel()
	server := dbtest.Server(t)
	database, lane := open(t, postgres.URL(server.URL()))
	ctx, cancel := context.WithCancel(t.Context())
	payloads, states := make(chan string, 10), make(chan bool, 10)
	var group sync.WaitGroup
	group.Go(func() {
		err := db.Listen(ctx, database, "Odd \"name", func(p string) { payloads <- p }, func(up bool) { states <- up })
		assert.NoError(t, err)
	})
	require.True(t, <-states)
	for i, want := range []string{"one", "two"} {
		_, err := query(t.Context(), lane, `SELECT pg_notify('Odd "name', $1)`, want)
		require.NoError(t, err)
		require.Equal(t, want, <-payloads)
		if i == 0 {
			server.Stop(t, dbtest.Fast)
			require.False(t, <-states)
			server.Start(t)
			require.True(t, <-states)
			require.Eventually(t, func() bool {
				_, err := query(t.Context(), lane, "SELECT 1")
				return err == nil
			}, 2*time.Second, 10*time.Millisecond)
		}
	}
	cancel()
	group.Wait()
}

func TestListenIsForPostgreSQL(t *testing.T) {
	t.Parallel()
	err := db.Listen(t.Context(), dbtest.SQLite(t), "x", func(string) {}, nil)
	require.ErrorContains(t, err, "cannot listen")
	database, _ := open(t, postgres.Config{URL: dbtest.PostgresURL(t), Pooler: true})
	require.ErrorContains(t, db.Listen(t.Context(), database, "x", func(string) {}, nil), "direct connection")
}
