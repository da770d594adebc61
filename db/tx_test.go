package db_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

func notes(t *testing.T, database *bun.DB) {
	t.Helper()
	_, err := database.ExecContext(t.Context(), "CREATE TABLE notes (id integer PRIMARY KEY, body text NOT NULL)")
	require.NoError(t, err)
}

func add(ctx context.Context, database *bun.DB, id int) error {
	_, err := db.From(ctx, database).NewRaw("INSERT INTO notes VALUES (?, 'x')", id).Exec(ctx)
	return err
}

func ids(t *testing.T, database *bun.DB) []int {
	t.Helper()
	got := []int{}
	require.NoError(t, database.NewRaw("SELECT id FROM notes ORDER BY id").Scan(t.Context(), &got))
	return got
}

var errStop = errors.New("stop")

func TestInTx(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		notes(t, database)
		ctx := t.Context()

		require.NoError(t, db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error { return add(ctx, database, 1) }))
		require.Equal(t, []int{1}, ids(t, database), "committed")

		err := db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
			require.NoError(t, add(ctx, database, 2))
			return errStop
		})
		require.Same(t, errStop, err)
		require.Equal(t, []int{1}, ids(t, database), "an error rolls back")

		require.PanicsWithValue(t, "boom", func() {
			_ = db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
				require.NoError(t, add(ctx, database, 3))
				panic("boom")
			})
		})
		require.Equal(t, []int{1}, ids(t, database), "a panic rolls back")

		cancelled, cancel := context.WithCancel(ctx)
		err = db.InTx(cancelled, database, func(ctx context.Context, tx bun.Tx) error {
			require.NoError(t, add(ctx, database, 4))
			cancel()
			// What detaches itself from the request still belongs to its transaction.
			return add(context.WithoutCancel(ctx), database, 5)
		})
		require.ErrorIs(t, err, db.ErrTimeout)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, []int{1}, ids(t, database), "a cancelled context rolls back")
	})
}

func TestInTxSavepoint(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		notes(t, database)
		var ran []string
		after := func(ctx context.Context, name string) {
			db.AfterCommit(ctx, func(context.Context) { ran = append(ran, name) })
		}
		err := db.InTx(t.Context(), database, func(ctx context.Context, _ bun.Tx) error {
			after(ctx, "first")
			require.NoError(t, add(ctx, database, 1))
			require.ErrorIs(t, db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
				after(ctx, "dropped")
				require.NoError(t, add(ctx, database, 2))
				return errStop
			}), errStop)
			require.NoError(t, db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
				after(ctx, "inner")
				return add(ctx, database, 3)
			}))
			// A statement that fails in a savepoint leaves the transaction usable.
			err := db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error { return add(ctx, database, 3) })
			require.ErrorIs(t, db.Classify(database, err), db.ErrConflict)
			require.Panics(t, func() {
				_ = db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
					require.NoError(t, add(ctx, database, 4))
					panic("inner")
				})
			})
			after(ctx, "last")
			require.Empty(t, ran)
			return add(ctx, database, 5)
		})
		require.NoError(t, err)
		require.Equal(t, []int{1, 3, 5}, ids(t, database))
		require.Equal(t, []string{"first", "inner", "last"}, ran)
	})
}

func TestAfterCommit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		notes(t, database)
		type key struct{}
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
		var ran []int
		err := db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
			db.AfterCommit(ctx, func(ctx context.Context) {
				cancel()
				require.NoError(t, ctx.Err())
				require.Equal(t, "value", ctx.Value(key{}))
				require.False(t, db.CommitUnknown(ctx))
				require.Equal(t, []int{1}, ids(t, database), "it sees what was committed")
				require.IsType(t, database, db.From(ctx, database), "it is outside the transaction")
				ran = append(ran, 1)
			})
			db.AfterCommit(ctx, func(context.Context) { panic("lost?") })
			db.AfterCommit(ctx, func(context.Context) { ran = append(ran, 3) })
			return add(ctx, database, 1)
		})
		require.NoError(t, err)
		require.Equal(t, []int{1, 3}, ran)

		_ = db.InTx(t.Context(), database, func(ctx context.Context, _ bun.Tx) error {
			db.AfterCommit(ctx, func(context.Context) { ran = append(ran, 4) })
			return errStop
		})
		require.Equal(t, []int{1, 3}, ran, "dropped on rollback")

		db.AfterCommit(t.Context(), func(context.Context) { ran = append(ran, 5) })
		require.Equal(t, []int{1, 3, 5}, ran, "at once without a transaction")
	})
}

func TestInTxOfTwoDatabasesDoNotMix(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, first *bun.DB) {
		second := dbtest.SQLite(t)
		notes(t, first)
		notes(t, second)
		err := db.InTx(t.Context(), first, func(ctx context.Context, _ bun.Tx) error {
			require.IsType(t, second, db.From(ctx, second))
			require.NoError(t, add(ctx, second, 7))
			require.NoError(t, db.InTx(ctx, second, func(ctx context.Context, _ bun.Tx) error {
				require.NoError(t, add(ctx, first, 1))
				return add(ctx, second, 8)
			}))
			return errStop
		})
		require.ErrorIs(t, err, errStop)
		require.Empty(t, ids(t, first))
		require.Equal(t, []int{7, 8}, ids(t, second))
	})
}

func TestTransactionEndsWithItsFunction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		notes(t, database)
		var escaped context.Context
		require.NoError(t, db.InTx(t.Context(), database, func(ctx context.Context, _ bun.Tx) error {
			escaped = ctx
			return nil
		}))
		require.ErrorIs(t, add(escaped, database, 1), sql.ErrTxDone)
		lane := laneOf(t, database)
		_, err := lane.Query(escaped, insertStatement(lane), []any{"1"}, nil)
		require.Error(t, err)
		require.Empty(t, ids(t, database))
	})
}

func laneOf(t *testing.T, database *bun.DB) db.Lane {
	t.Helper()
	lane, err := db.LaneOf(database)
	require.NoError(t, err)
	return lane
}

func TestClassifyNoRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		var n int
		err := database.NewRaw("SELECT 1 WHERE 1 = 0").Scan(t.Context(), &n)
		require.ErrorIs(t, err, sql.ErrNoRows)
		require.ErrorIs(t, db.Classify(database, err), db.ErrNotFound)
		require.ErrorIs(t, db.Classify(database, err), sql.ErrNoRows)
		require.NoError(t, db.Classify(database, nil))
		require.Same(t, errStop, db.Classify(database, errStop))
		require.ErrorIs(t, db.Classify(database, context.DeadlineExceeded), db.ErrTimeout)
	})
}
