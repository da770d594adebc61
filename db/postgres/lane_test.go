package postgres_test

import (
	"context"
	"database/sql"
	"log/slog"
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

// both runs the test with a direct connection and as behind a transaction pooler.
func both(t *testing.T, fn func(t *testing.T, database *bun.DB, lane db.Lane)) {
	t.Helper()
	for name, pooler := range map[string]bool{"direct": false, "pooler": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, lane := open(t, postgres.Config{
				URL: dbtest.PostgresURL(t), Pooler: pooler, StatementTimeout: 300 * time.Millisecond, LockTimeout: 100 * time.Millisecond,
			})
			fn(t, database, lane)
		})
	}
}

func TestValuesAndArguments(t *testing.T) {
	t.Parallel()
	cases := []struct {
		expr string
		arg  any
		want string
	}{
		{"$1::int", "42", "42"},
		{"$1::int", int64(-42), "-42"},
		{"$1::int", 7, "7"},
		{"$1::text", int64(7), "7"},
		{"$1::numeric", "123456789012345678901234567890.10", "123456789012345678901234567890.10"},
		{"$1::float8", 1.5, "1.5"},
		{"$1::float8", "NaN", "NaN"},
		{"$1::bool", true, "t"},
		{"$1::bool", "false", "f"},
		{"$1::text", nil, "<null>"},
		{"$1::text", "it's \\ \"x\" $1 ünï", "it's \\ \"x\" $1 ünï"},
		{"$1::bytea", []byte{0, 1, 255}, `\x0001ff`},
		{"$1::bytea", []byte(nil), "<null>"},
		{"$1::jsonb", `{"b":1,"a":[null]}`, `{"a": [null], "b": 1}`},
		{"$1::uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		{"$1::timestamptz", "2024-01-31T12:00:00.5+02:00", "2024-01-31 10:00:00.5+00"},
		{"$1::timestamp", "2024-01-31 10:00:00", "2024-01-31 10:00:00"},
		{"$1::date", "2024-01-31", "2024-01-31"},
		{"$1::interval", "P1DT2H", "1 day 02:00:00"},
		{"$1::int[]", "{1,NULL,3}", "{1,NULL,3}"},
		{"2 = ANY($1::int[])", "{1,2}", "t"},
		{"$1::int4range", "[1,5]", "[1,6)"},
	}
	both(t, func(t *testing.T, _ *bun.DB, lane db.Lane) {
		for range 2 { // the second time from the statement cache
			for _, c := range cases {
				got, err := query(t.Context(), lane, "SELECT "+c.expr+", NULL", c.arg)
				require.NoError(t, err, c.expr)
				require.Equal(t, []string{c.want, "<null>"}, got, "%s with %v", c.expr, c.arg)
			}
		}
		_, err := query(t.Context(), lane, "SELECT $1::int", struct{}{})
		require.ErrorContains(t, err, "argument $1 is a struct")
		_, err = query(t.Context(), lane, "SELECT $1::int", "abc")
		require.Equal(t, "22P02", code(t, err))
		require.ErrorIs(t, err, db.ErrInvalid)
		_, err = query(t.Context(), lane, "SELECT $1::int", "99999999999")
		require.Equal(t, "22003", code(t, err))
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, database *bun.DB, lane db.Lane) {
		_, err := query(t.Context(), lane, "SELECT pg_sleep(5)")
		require.Equal(t, "57014", code(t, err), "statement limit")
		require.ErrorIs(t, err, db.ErrTimeout)
		err = db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("SELECT pg_sleep(5)").Exec(ctx)
			return err
		})
		require.Equal(t, "57014", code(t, err), "statement limit in a transaction")
		err = db.InTx(db.Maintenance(t.Context()), database, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("SELECT pg_sleep(0.5)").Exec(ctx)
			return err
		})
		require.NoError(t, err, "schema work takes as long as it takes")

		_, err = database.ExecContext(t.Context(), "CREATE TABLE locked (id int)")
		require.NoError(t, err)
		err = db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("LOCK TABLE locked").Exec(ctx)
			require.NoError(t, err)
			return db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewRaw("LOCK TABLE locked").Exec(ctx)
				return err
			})
		})
		require.Equal(t, "55P03", code(t, err), "lock limit")
	})
}

func TestAReadOnlyTransactionOfAPrimaryIsNoLostPrimary(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, database *bun.DB, lane db.Lane) {
		err := db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("SET TRANSACTION READ ONLY").Exec(ctx)
			require.NoError(t, err)
			_, err = lane.Query(ctx, db.Statement{Text: "CREATE TABLE x (id int)", Write: true}, nil, nil)
			return err
		})
		require.Equal(t, "25006", code(t, err))
	})
}

func TestStatementsSurviveASchemaChange(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, database *bun.DB, lane db.Lane) {
		ctx := t.Context()
		_, err := database.ExecContext(ctx, "CREATE TABLE things (id int); INSERT INTO things VALUES (1)")
		require.NoError(t, err)
		got, err := query(ctx, lane, "SELECT * FROM things WHERE id = $1", int64(1))
		require.NoError(t, err)
		require.Equal(t, []string{"1"}, got)
		_, err = database.ExecContext(ctx, "ALTER TABLE things ADD name text DEFAULT 'x'")
		require.NoError(t, err)
		got, err = query(ctx, lane, "SELECT * FROM things WHERE id = $1", int64(1))
		require.NoError(t, err)
		require.Equal(t, []string{"1", "x"}, got)
	})
}

func TestACancelledRequestCancelsItsQuery(t *testing.T) {
	t.Parallel()
	database, lane := open(t, postgres.URL(dbtest.PostgresURL(t)))
	running := func() int {
		var n int
		err := database.NewRaw("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE ?",
			"SELECT pg_sleep(5) /* mine%").Scan(t.Context(), &n)
		require.NoError(t, err)
		return n
	}
	for _, lanes := range []func(ctx context.Context) error{
		func(ctx context.Context) error {
			_, err := query(ctx, lane, "SELECT pg_sleep(5) /* mine */")
			return err
		},
		func(ctx context.Context) error {
			_, err := database.NewRaw("SELECT pg_sleep(5) /* mine too */").Exec(ctx)
			return db.Classify(database, err)
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			err := lanes(ctx)
			assert.ErrorIs(t, err, context.Canceled)
			assert.ErrorIs(t, err, db.ErrTimeout)
		})
		require.Eventually(t, func() bool { return running() == 1 }, 5*time.Second, 10*time.Millisecond)
		cancel()
		group.Wait()
		require.Eventually(t, func() bool { return running() == 0 }, time.Second, 10*time.Millisecond)
	}
}

func TestPoolLimits(t *testing.T) {
	t.Parallel()
	const limit = 200 * time.Millisecond
	database, lane := open(t, postgres.Config{
		URL: dbtest.PostgresURL(t), MaxConns: 3, Reserved: 1, QueueLimit: 1, WaitTimeout: limit,
	})
	err := db.InTx(t.Context(), database, func(context.Context, bun.Tx) error {
		return db.InTx(t.Context(), database, func(context.Context, bun.Tx) error {
			begin := time.Now()
			_, err := query(t.Context(), lane, "SELECT 1")
			require.Equal(t, db.PoolTimeout, code(t, err))
			require.ErrorIs(t, err, db.ErrTimeout)
			require.Less(t, time.Since(begin), limit+250*time.Millisecond)
			_, err = database.NewRaw("SELECT 1").Exec(t.Context())
			require.Equal(t, db.PoolTimeout, code(t, db.Classify(database, err)), "Bun passes the same gate")

			got, err := query(db.Urgent(t.Context()), lane, "SELECT 1")
			require.NoError(t, err, "one connection is kept for urgent work")
			require.Equal(t, []string{"1"}, got)

			codes := make(chan string, 4)
			for range 4 {
				go func() {
					_, err := query(t.Context(), lane, "SELECT 1")
					var e *db.Error
					assert.ErrorAs(t, err, &e)
					codes <- e.Code
				}()
			}
			full := 0
			for range 4 {
				if <-codes == db.CodeQueueFull {
					full++
				}
			}
			require.Equal(t, 3, full, "one may wait")
			return nil
		})
	})
	require.NoError(t, err)
	_, err = query(t.Context(), lane, "SELECT 1")
	require.NoError(t, err)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	database, lane := open(t, postgres.Config{URL: dbtest.PostgresURL(t), MaxConns: 4})
	_, err := database.ExecContext(t.Context(), "CREATE TABLE hits (id int)")
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 20 {
				_, err := lane.Query(t.Context(), db.Statement{Text: "INSERT INTO hits VALUES ($1)", Write: true}, []any{"1"}, nil)
				if err != nil {
					t.Errorf("lane: %v", err)
				}
				err = db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
					_, err := lane.Query(ctx, db.Statement{Text: "INSERT INTO hits VALUES ($1)", Write: true}, []any{"2"}, nil)
					return err
				})
				if err != nil {
					t.Errorf("transaction: %v", err)
				}
			}
		})
	}
	group.Wait()
	got, err := query(t.Context(), lane, "SELECT count(*), sum(id) FROM hits")
	require.NoError(t, err)
	require.Equal(t, []string{"640", "960"}, got)
}

func TestTransactionOptions(t *testing.T) {
	t.Parallel()
	database, _ := open(t, postgres.URL(dbtest.PostgresURL(t)))
	levels := map[sql.IsolationLevel]string{
		sql.LevelDefault: "read committed", sql.LevelReadCommitted: "read committed",
		sql.LevelRepeatableRead: "repeatable read", sql.LevelSnapshot: "repeatable read", sql.LevelSerializable: "serializable",
	}
	for level, want := range levels {
		err := database.RunInTx(t.Context(), &sql.TxOptions{Isolation: level, ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
			var got []string
			err := tx.NewRaw("SELECT unnest(ARRAY[current_setting('transaction_isolation'), current_setting('transaction_read_only')])").
				Scan(ctx, &got)
			require.Equal(t, []string{want, "on"}, got)
			return err
		})
		require.NoError(t, err)
	}
	_, err := database.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelLinearizable})
	require.ErrorContains(t, err, "no isolation level")
}

func TestPool(t *testing.T) {
	t.Parallel()
	database, _ := open(t, postgres.URL(dbtest.PostgresURL(t)+"&pool_max_conns=3"))
	pool, ok := postgres.Pool(database)
	require.True(t, ok)
	require.EqualValues(t, 3, pool.Config().MaxConns)
	_, ok = postgres.Pool(dbtest.SQLite(t))
	require.False(t, ok)
}

func TestWarnsWhenWritesCanBeLost(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	server := dbtest.Server(t)
	open(t, postgres.Config{URL: server.URL(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.Empty(t, log.String())
	open(t, postgres.Config{URL: server.URL() + "&synchronous_commit=off", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.Contains(t, log.String(), "level=WARN")
	require.Contains(t, log.String(), "synchronous_commit=off")
}
