package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

func laneOf(t testing.TB, database *bun.DB) db.Lane {
	t.Helper()
	lane, err := db.LaneOf(database)
	require.NoError(t, err)
	return lane
}

// show prints a row, so that nothing of it is kept.
func show(values []db.Value) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "%d:%d:%g:%s|", v.Kind, v.Int, v.Float, v.Bytes)
	}
	return b.String()
}

func TestLaneValuesAndArguments(t *testing.T) {
	t.Parallel()
	lane := laneOf(t, memory(t))
	var got []string
	n, err := lane.Query(t.Context(), db.Statement{Text: "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 UNION ALL SELECT 1, 2, 3, 4, 5, 6, 7, 'x'"},
		[]any{nil, int64(7), 2.5, "text", []byte("blob"), true, "", []byte{}},
		func(v []db.Value) error { got = append(got, show(v)); return nil })
	require.NoError(t, err)
	require.Zero(t, n)
	require.Equal(t, []string{
		"0:0:0:|2:7:0:|3:0:2.5:|1:0:0:text|4:0:0:blob|2:1:0:|1:0:0:|4:0:0:|",
		"2:1:0:|2:2:0:|2:3:0:|2:4:0:|2:5:0:|2:6:0:|2:7:0:|1:0:0:x|",
	}, got)
	for _, bad := range []any{7, float32(1), time.Now(), struct{}{}} {
		_, err := lane.Query(t.Context(), db.Statement{Text: "SELECT ?1"}, []any{bad}, nil)
		require.Equal(t, "08P01", code(t, err), "%T", bad)
	}
	_, err = lane.Query(t.Context(), db.Statement{Text: "SELECT 1; SELECT 2"}, nil, nil)
	require.Equal(t, "42601", code(t, err))
}

func TestLaneWrites(t *testing.T) {
	t.Parallel()
	database := memory(t)
	lane := laneOf(t, database)
	execute(t, database, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)")
	insert := db.Statement{Text: "INSERT INTO t (a) VALUES (?1), (?1) RETURNING id", Write: true}
	var ids []int64
	n, err := lane.Query(t.Context(), insert, []any{"x"}, func(v []db.Value) error { ids = append(ids, v[0].Int); return nil })
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	require.Equal(t, []int64{1, 2}, ids)

	n, err = lane.Query(t.Context(), db.Statement{Text: "UPDATE t SET a = 'y' WHERE id > 99", Write: true}, nil, nil)
	require.NoError(t, err)
	require.Zero(t, n)

	own := errors.New("mine")
	_, err = lane.Query(t.Context(), insert, []any{"x"}, func([]db.Value) error { return own })
	require.Same(t, own, err)
	require.EqualValues(t, 2, number(t, database, "SELECT count(*) FROM t"), "a write whose row function failed is undone")
	_, err = lane.Query(t.Context(), db.Statement{Text: "SELECT 1"}, nil, func([]db.Value) error { return context.Canceled })
	require.Equal(t, context.Canceled, err)

	require.Panics(t, func() {
		_, _ = lane.Query(t.Context(), insert, []any{"x"}, func([]db.Value) error { panic("row") })
	})
	require.EqualValues(t, 2, number(t, database, "SELECT count(*) FROM t"))

	_, err = lane.Query(t.Context(), db.Statement{Text: "DELETE FROM t"}, nil, nil)
	require.Equal(t, "25006", code(t, err), "a write that is not marked as one does not reach the writer")
}

func TestLaneSharesTheTransaction(t *testing.T) {
	t.Parallel()
	database := memory(t)
	lane := laneOf(t, database)
	execute(t, database, "CREATE TABLE t (a UNIQUE)")
	insert := db.Statement{Text: "INSERT INTO t VALUES (?1)", Write: true}
	count := func(ctx context.Context) (n int64) {
		_, err := lane.Query(ctx, db.Statement{Text: "SELECT count(*) FROM t"}, nil, func(v []db.Value) error { n = v[0].Int; return nil })
		require.NoError(t, err)
		return n
	}
	boom := errors.New("boom")
	err := db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
		execute(t, tx, "INSERT INTO t VALUES (1)")
		_, err := lane.Query(ctx, insert, []any{int64(2)}, nil)
		require.NoError(t, err)
		require.EqualValues(t, 2, count(ctx))
		require.EqualValues(t, 2, number(t, tx, "SELECT count(*) FROM t"))
		require.EqualValues(t, 0, count(t.Context()), "outside of the transaction nothing is seen")
		_, err = lane.Query(ctx, insert, []any{int64(2)}, nil)
		require.ErrorIs(t, err, db.ErrConflict)
		err = db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
			_, err := lane.Query(ctx, insert, []any{int64(3)}, nil)
			require.NoError(t, err)
			return boom
		})
		require.Same(t, boom, err)
		require.EqualValues(t, 2, count(ctx), "only the savepoint was undone")
		return nil
	})
	require.NoError(t, err)
	require.EqualValues(t, 2, count(t.Context()))
}

func TestCancelStopsAReader(t *testing.T) {
	t.Parallel()
	database := opened(t, sqlite.Config{StatementFor: 200 * time.Millisecond})
	lane := laneOf(t, database)
	const forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n"

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := lane.Query(ctx, db.Statement{Text: forever}, nil, nil)
	require.Equal(t, "57014", code(t, err))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Error(t, database.QueryRowContext(ctx, forever).Scan(new(int)))

	_, err = lane.Query(t.Context(), db.Statement{Text: forever}, nil, nil)
	require.Equal(t, "57014", code(t, err), "the statement limit")
	require.ErrorIs(t, err, db.ErrTimeout)
	require.EqualValues(t, 1, number(t, database, "SELECT 1"))
}

func TestStatementCacheForgets(t *testing.T) {
	t.Parallel()
	database := opened(t, sqlite.Config{Statements: 3, Readers: 1})
	lane := laneOf(t, database)
	for round := range 3 {
		for i := range 10 {
			text := fmt.Sprintf("SELECT %d + ?1", i)
			_, err := lane.Query(t.Context(), db.Statement{Text: text}, []any{int64(round)}, func(v []db.Value) error {
				require.EqualValues(t, i+round, v[0].Int)
				return nil
			})
			require.NoError(t, err)
		}
	}
}

func TestSchemaChangeUnderAPreparedStatement(t *testing.T) {
	t.Parallel()
	database := memory(t)
	lane := laneOf(t, database)
	execute(t, database, "CREATE TABLE t (a)")
	execute(t, database, "INSERT INTO t VALUES (1)")
	for want := 1; want < 4; want++ {
		_, err := lane.Query(t.Context(), db.Statement{Text: "SELECT * FROM t"}, nil, func(v []db.Value) error {
			require.Len(t, v, want)
			return nil
		})
		require.NoError(t, err)
		execute(t, database, fmt.Sprintf("ALTER TABLE t ADD COLUMN c%d", want))
	}
}

func TestReadsAllocateNothingPerColumn(t *testing.T) {
	database := memory(t)
	lane := laneOf(t, database)
	execute(t, database, "CREATE TABLE t (a INTEGER, b TEXT, c REAL)")
	execute(t, database, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 1000) INSERT INTO t SELECT i, 'row ' || i, i / 2.0 FROM n")
	sum := int64(0)
	row := func(v []db.Value) error { sum += v[0].Int + int64(len(v[1].Bytes)); return nil }
	ctx := context.Background()
	allocs := testing.AllocsPerRun(20, func() {
		_, err := lane.Query(ctx, db.Statement{Text: "SELECT a, b, c FROM t"}, nil, row)
		require.NoError(t, err)
	})
	require.LessOrEqual(t, allocs, 10.0, "for 1000 rows")
}

func TestConcurrentUseOfBothLanes(t *testing.T) {
	t.Parallel()
	database := memory(t)
	lane := laneOf(t, database)
	execute(t, database, "CREATE TABLE t (worker INTEGER, n INTEGER, PRIMARY KEY (worker, n))")
	var group sync.WaitGroup
	const workers, rounds = 16, 30
	for w := range workers {
		group.Go(func() {
			for i := range rounds {
				var err error
				switch i % 3 {
				case 0:
					_, err = lane.Query(t.Context(), db.Statement{Text: "INSERT INTO t VALUES (?1, ?2)", Write: true}, []any{int64(w), int64(i)}, nil)
				case 1:
					_, err = database.ExecContext(t.Context(), "INSERT INTO t VALUES (?, ?)", w, i)
				case 2:
					err = db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
						_, err := tx.ExecContext(ctx, "INSERT INTO t VALUES (?, ?)", w, i)
						return err
					})
				}
				if err != nil {
					t.Error(err)
					return
				}
				var n int
				if err := database.QueryRowContext(t.Context(), "SELECT count(*) FROM t WHERE worker = ?", w).Scan(&n); err != nil || n != i+1 {
					t.Errorf("worker %d sees %d of its %d rows: %v", w, n, i+1, err)
					return
				}
			}
		})
	}
	group.Wait()
	require.EqualValues(t, workers*rounds, number(t, database, "SELECT count(*) FROM t"))
}
