package postgres_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"go.uber.org/goleak"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/postgres"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// open opens config with silent logs and returns its lane too.
func open(t testing.TB, config postgres.Config) (*bun.DB, db.Lane) {
	t.Helper()
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	database, err := db.Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, database.Close()) })
	lane, err := db.LaneOf(database)
	require.NoError(t, err)
	return database, lane
}

// query returns all values of a statement, NULL as "<null>".
func query(ctx context.Context, lane db.Lane, text string, args ...any) ([]string, error) {
	var got []string
	_, err := lane.Query(ctx, db.Statement{Text: text}, args, func(values []db.Value) error {
		for _, v := range values {
			if v.Kind == db.Null {
				got = append(got, "<null>")
				continue
			}
			got = append(got, string(v.Bytes))
		}
		return nil
	})
	return got, err
}

func code(t testing.TB, err error) string {
	t.Helper()
	var e *db.Error
	require.ErrorAs(t, err, &e)
	return e.Code
}
