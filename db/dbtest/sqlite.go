package dbtest

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the driver
)

// SQLite returns a fresh SQLite database in a file, closed and removed at the end of the test.
func SQLite(t testing.TB) *bun.DB {
	t.Helper()
	sqldb, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "test.db")+"?_pragma=foreign_keys(1)&_pragma=journal_mode(wal)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatalf("dbtest: open: %v", err)
	}
	sqldb.SetMaxOpenConns(1)
	database := bun.NewDB(sqldb, sqlitedialect.New())
	t.Cleanup(func() { _ = database.Close() })
	return database
}
