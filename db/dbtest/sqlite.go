package dbtest

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db/sqlite"
)

// SQLite returns a fresh SQLite database in a file, closed and removed at the end of the test.
func SQLite(t testing.TB) *bun.DB {
	t.Helper()
	return open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "test.db"), Logger: slog.New(slog.DiscardHandler)})
}

// SQLiteURL returns the URL of a SQLite file that does not exist yet and goes away with the test.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}
