package dbtest_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/postgres"
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

func TestAServerThatIsNotOurs(t *testing.T) {
	t.Parallel()
	if os.Getenv("GROUNDWORK_TEST_POSTGRES") != "" {
		t.Skip("runs with such a server already")
	}
	server := dbtest.Server(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestEachGivesAnEmptyDatabase$", "-test.v")
	cmd.Env = append(os.Environ(), "GROUNDWORK_TEST_POSTGRES="+server.URL())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: TestEachGivesAnEmptyDatabase/postgres")

	database, err := db.Open(t.Context(), postgres.URL(server.URL()))
	require.NoError(t, err)
	defer database.Close()
	var n int
	require.NoError(t, database.NewRaw("SELECT count(*) FROM pg_database WHERE datname LIKE 'gwtest%'").Scan(t.Context(), &n))
	require.Zero(t, n, "the databases were dropped")
}
