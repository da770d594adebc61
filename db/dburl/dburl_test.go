package dburl_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/dburl"
	"github.com/groundwork-go/groundwork/db/postgres"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		database, err := dburl.Open(t.Context(), url)
		require.NoError(t, err)
		defer database.Close()
		_, err = db.LaneOf(database)
		require.NoError(t, err)
	})
	database, err := dburl.Open(t.Context(), "sqlite::memory:")
	require.NoError(t, err)
	require.NoError(t, database.Close())
}

func TestDriver(t *testing.T) {
	t.Parallel()
	cases := map[string]db.Driver{
		"sqlite:blog.db":             sqlite.File("blog.db"),
		"sqlite:/var/lib/a b#?.db":   sqlite.File("/var/lib/a b#?.db"),
		"sqlite:///var/lib/blog.db":  sqlite.File("/var/lib/blog.db"),
		"sqlite::memory:":            sqlite.Memory(),
		"postgres://h/d":             postgres.URL("postgres://h/d"),
		"postgresql://u:p@a,b/d":     postgres.URL("postgresql://u:p@a,b/d"),
		"POSTGRES://h/d?sslmode=off": postgres.URL("postgres://h/d?sslmode=off"),
	}
	for url, want := range cases {
		got, err := dburl.Driver(url)
		require.NoError(t, err, url)
		require.Equal(t, want, got, url)
	}
}

func TestErrorsSayWhatIsRightAndKeepSecrets(t *testing.T) {
	t.Parallel()
	urls := []string{
		"", "blog.db", "sqlite:", "sqlite://host/x", "mysql://u:s3cret@h/d", "postgres:s3cret", "s3cret pass:word",
		"postgres://u:s3cret@h:port/d", "postgres://u:s3cret@h/%zz", "postgres://u:s3c#ret@h/d", "postgres://u:s3cret@h/d?sslmode=s3cret",
		"postgres://u:s3cret@127.0.0.1:1/d", "postgres://u:s3cret@127.0.0.1:1,127.0.0.1:2/d?sslmode=disable",
	}
	for _, url := range urls {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			_, err := dburl.Open(ctx, url)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "s3c")
			t.Log(err)
		})
	}
}
