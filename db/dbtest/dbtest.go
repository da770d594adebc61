package dbtest

import (
	"log/slog"
	"testing"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/postgres"
)

// Each runs fn as the parallel subtests "sqlite" and "postgres", each with a fresh database.
func Each(t *testing.T, fn func(t *testing.T, database *bun.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t))
	})
}

// EachURL is [Each] for tests that open the database themselves: fn gets a URL for db/dburl.
func EachURL(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLiteURL(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, PostgresURL(t))
	})
}

// Postgres returns a fresh PostgreSQL database, closed and dropped at the end of the test.
func Postgres(t testing.TB) *bun.DB {
	t.Helper()
	return open(t, postgres.Config{URL: PostgresURL(t), Logger: slog.New(slog.DiscardHandler)})
}

func open(t testing.TB, driver db.Driver) *bun.DB {
	t.Helper()
	database, err := db.Open(t.Context(), driver)
	if err != nil {
		t.Fatalf("dbtest: open: %v", err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Errorf("dbtest: close: %v", err)
		}
	})
	return database
}
