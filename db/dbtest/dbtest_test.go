package dbtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db/dbtest"
)

func TestEachGivesAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	for range 2 {
		dbtest.Each(t, func(t *testing.T, database *bun.DB) {
			_, err := database.ExecContext(t.Context(), "CREATE TABLE things (id integer PRIMARY KEY)")
			require.NoError(t, err)
			_, err = database.ExecContext(t.Context(), "INSERT INTO things VALUES (1)")
			require.NoError(t, err)
			var n int
			require.NoError(t, database.NewRaw("SELECT count(*) FROM things").Scan(t.Context(), &n))
			require.Equal(t, 1, n)
		})
	}
}

func TestServerRestarts(t *testing.T) {
	t.Parallel()
	server := dbtest.Server(t)
	server.Stop(t, dbtest.Fast)
	server.Start(t)
	server.Stop(t, dbtest.Immediate)
	server.Start(t)
}
