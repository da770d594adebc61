package db_test

import (
	"context"
	"database/sql"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver of a database that is not ours

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/dburl"
)

// counter counts the queries of the Bun lane.
type counter struct{ n atomic.Int64 }

func (c *counter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (c *counter) AfterQuery(context.Context, *bun.QueryEvent)                        { c.n.Add(1) }

func TestOpenOptions(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		var hook counter
		database, err := dburl.Open(t.Context(), url, db.WithQueryHook(&hook), db.WithModels((*bookTag)(nil)))
		require.NoError(t, err)
		defer database.Close()
		require.NotNil(t, database.Dialect().Tables().ByName("book_tags"))

		_, err = database.NewRaw("SELECT 1").Exec(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, hook.n.Load())
		err = db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("SELECT 1").Exec(ctx)
			return err
		})
		require.NoError(t, err)
		require.EqualValues(t, 4, hook.n.Load(), "begin, query, commit")

		// A copy with a hook of its own is the same database, also for transactions.
		clone := database.WithQueryHook(&counter{})
		require.NoError(t, db.InTx(t.Context(), clone, func(ctx context.Context, _ bun.Tx) error {
			require.IsType(t, bun.Tx{}, db.From(ctx, database))
			return nil
		}))
	})
}

func TestOpenNeedsADriver(t *testing.T) {
	t.Parallel()
	_, err := db.Open(t.Context(), nil)
	require.ErrorContains(t, err, "needs a driver")
	_, err = db.Open(t.Context(), db.DriverFunc(func(context.Context) (*bun.DB, error) { return nil, errStop }))
	require.Same(t, errStop, err)
}

func TestLaneOfAForeignDatabase(t *testing.T) {
	t.Parallel()
	foreign, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	foreign.SetMaxOpenConns(1)
	database := bun.NewDB(foreign, sqlitedialect.New())
	defer database.Close()
	_, err = db.LaneOf(database)
	require.ErrorContains(t, err, "not opened with db.Open")

	// Transactions work all the same.
	notes(t, database)
	err = db.InTx(t.Context(), database, func(ctx context.Context, _ bun.Tx) error {
		require.NoError(t, add(ctx, database, 1))
		return db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error { return add(ctx, database, 2) })
	})
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, ids(t, database))
}

func TestErrorClasses(t *testing.T) {
	t.Parallel()
	classes := map[error][]string{
		db.ErrConflict:    {"23505", "23503", "23P01"},
		db.ErrInvalid:     {"22P02", "22003", "23502", "23514"},
		db.ErrUnavailable: {"08006", db.CodeCommitUnknown, "53100", db.CodeQueueFull, "57P01", "57P03", "55P03"},
		db.ErrTimeout:     {db.CodeCanceled, db.PoolTimeout},
		db.ErrNotFound:    nil,
	}
	for class := range classes {
		for other, all := range classes {
			for _, code := range all {
				err := &db.Error{Code: code, Message: "m", Err: errStop}
				require.Equal(t, class == other, err.Is(class), "%s %v", code, class)
				require.ErrorIs(t, err, errStop)
			}
		}
	}
	require.NotErrorIs(t, &db.Error{Code: "53400"}, db.ErrUnavailable)
	require.EqualError(t, &db.Error{Code: "22P02", Message: "bad"}, "db: bad (22P02)")
}
