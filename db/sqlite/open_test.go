package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

// memory opens an empty database that the test closes.
func memory(t testing.TB) *bun.DB { return opened(t, sqlite.Memory()) }

func opened(t testing.TB, cfg sqlite.Config) *bun.DB {
	t.Helper()
	database, err := db.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, database.Close()) })
	return database
}

func execute(t testing.TB, database bun.IDB, text string, args ...any) {
	t.Helper()
	_, err := database.ExecContext(t.Context(), text, args...)
	require.NoError(t, err)
}

func number(t testing.TB, database bun.IDB, text string, args ...any) int64 {
	t.Helper()
	var n int64
	require.NoError(t, database.QueryRowContext(t.Context(), text, args...).Scan(&n))
	return n
}

func code(t testing.TB, err error) string {
	t.Helper()
	var e *db.Error
	require.ErrorAs(t, err, &e)
	return e.Code
}

type widget struct {
	bun.BaseModel `bun:"table:widgets"`

	ID      int64          `bun:",pk,autoincrement"`
	Name    string         `bun:",notnull"`
	On      bool           `bun:""`
	Price   float64        `bun:""`
	Raw     []byte         `bun:"type:blob"`
	Key     uuid.UUID      `bun:"type:uuid"`
	Made    time.Time      `bun:",notnull"`
	Sold    *time.Time     `bun:""`
	Tags    []string       `bun:"type:json"`
	Extra   map[string]any `bun:"type:json"`
	Comment *string        `bun:""`
}

func TestModelSurvivesTheRoundTrip(t *testing.T) {
	t.Parallel()
	database := memory(t)
	_, err := database.NewCreateTable().Model((*widget)(nil)).Exec(t.Context())
	require.NoError(t, err)
	made := time.Date(2024, 2, 29, 12, 30, 15, 123456000, time.UTC)
	sold := made.Add(time.Hour)
	want := []widget{
		{Name: "it's; \\ fine", On: true, Price: 1.5, Raw: []byte{0, 1, 255}, Key: uuid.New(), Made: made, Sold: &sold, Tags: []string{"a", "b"}, Extra: map[string]any{"x": "y"}},
		{Name: "plain", Made: made, Key: uuid.New()},
	}
	_, err = database.NewInsert().Model(&want).Exec(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, want[0].ID)

	var got []widget
	require.NoError(t, database.NewSelect().Model(&got).OrderExpr("id").Scan(t.Context()))
	require.Len(t, got, 2)
	for i := range got {
		require.True(t, want[i].Made.Equal(got[i].Made), "want %v, got %v", want[i].Made, got[i].Made)
		got[i].Made = want[i].Made
	}
	require.True(t, sold.Equal(*got[0].Sold))
	got[0].Sold = want[0].Sold
	require.Equal(t, want, got)

	var asMaps []map[string]any
	require.NoError(t, database.NewSelect().Model((*widget)(nil)).OrderExpr("id").Scan(t.Context(), &asMaps))
	require.Equal(t, "plain", asMaps[1]["name"])

	res, err := database.NewUpdate().Model((*widget)(nil)).Set("price = 2").Where("id > 0").Exec(t.Context())
	require.NoError(t, err)
	n, err := res.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
}

func TestDriverIsTheLane(t *testing.T) {
	t.Parallel()
	database := memory(t)
	lane, err := db.LaneOf(database)
	require.NoError(t, err)
	require.Equal(t, dialect.SQLite, lane.Dialect())
	require.NoError(t, database.PingContext(t.Context()))
}

func TestMemoryLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	database, err := db.Open(t.Context(), sqlite.Memory())
	require.NoError(t, err)
	execute(t, database, "CREATE TABLE t (a)")
	require.NoError(t, database.Close())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestFileKeepsItsRows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?c#.db")
	for i := range 3 {
		database, err := db.Open(t.Context(), sqlite.File(path))
		require.NoError(t, err)
		execute(t, database, "CREATE TABLE IF NOT EXISTS t (a)")
		execute(t, database, "INSERT INTO t VALUES (1)")
		require.EqualValues(t, i+1, number(t, database, "SELECT count(*) FROM t"))
		require.NoError(t, database.Close())
	}
	require.FileExists(t, path)
	require.NoFileExists(t, path+"-wal")
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	notADatabase := filepath.Join(t.TempDir(), "text.db")
	require.NoError(t, os.WriteFile(notADatabase, bytes.Repeat([]byte("no database "), 1000), 0o600))
	for name, cfg := range map[string]sqlite.Config{
		"directory missing": sqlite.File(filepath.Join(t.TempDir(), "no", "such.db")),
		"not a database":    sqlite.File(notADatabase),
		"synchronous":       {Synchronous: "OFF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := db.Open(t.Context(), cfg)
			require.Error(t, err)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := db.Open(ctx, sqlite.Memory())
	require.ErrorIs(t, err, context.Canceled)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	for mode, want := range map[sqlite.Synchronous]int64{"": 2, sqlite.Full: 2, sqlite.Normal: 1} {
		database := opened(t, sqlite.Config{
			Path: filepath.Join(t.TempDir(), "x.db"), Synchronous: mode, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		require.Equal(t, want, number(t, database, "PRAGMA synchronous"))
		require.EqualValues(t, 1, number(t, database, "PRAGMA foreign_keys"))
		var journal string
		require.NoError(t, database.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&journal))
		require.Equal(t, "wal", journal)
	}
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("level=WARN")), log.String())
}

func TestForeignKeysComeBackOn(t *testing.T) {
	t.Parallel()
	database := memory(t)
	conn, err := database.DB.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "PRAGMA foreign_keys=OFF")
	require.NoError(t, err)
	require.EqualValues(t, 0, number(t, database, "PRAGMA foreign_keys"))
	require.NoError(t, conn.Close())
	require.EqualValues(t, 1, number(t, database, "PRAGMA foreign_keys"))
}

func TestScripts(t *testing.T) {
	t.Parallel()
	database := memory(t)
	execute(t, database, `
		-- a comment; with a semicolon
		CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
		CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET b = b || '!' WHERE a = new.a; END;
		INSERT INTO t (b) VALUES ('x;y'), ('z');
		/* the end */ ;`)
	require.EqualValues(t, 2, number(t, database, "SELECT count(*) FROM t WHERE b LIKE '%!'"))
	execute(t, database, "BEGIN; INSERT INTO t (b) VALUES ('q'); COMMIT")
	_, err := database.ExecContext(t.Context(), "BEGIN; INSERT INTO t (b) VALUES ('lost')")
	require.Equal(t, "25001", code(t, err))
	require.EqualValues(t, 3, number(t, database, "SELECT count(*) FROM t"))
	execute(t, database, "VACUUM")

	err = db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
		execute(t, tx, "INSERT INTO t (b) VALUES ('one'); INSERT INTO t (b) VALUES ('two')")
		for _, text := range []string{"COMMIT", "ROLLBACK", "BEGIN", "INSERT INTO t (b) VALUES ('three'); END"} {
			_, err := tx.ExecContext(ctx, text)
			require.Equal(t, "25001", code(t, err), text)
		}
		return nil
	})
	require.NoError(t, err)
	require.EqualValues(t, 6, number(t, database, "SELECT count(*) FROM t"))
}

func TestReadsComeFromReadersAndTemporaryTablesFromTheWriter(t *testing.T) {
	t.Parallel()
	database := memory(t)
	execute(t, database, "CREATE TABLE t (a)")
	execute(t, database, "CREATE TEMP TABLE mine (a)")
	execute(t, database, "INSERT INTO mine VALUES (7)")
	require.EqualValues(t, 7, number(t, database, "SELECT a FROM mine"))
	require.EqualValues(t, 3, number(t, database, "WITH x AS (SELECT 3 AS a) INSERT INTO t SELECT a FROM x RETURNING a"))

	tx, err := database.BeginTx(t.Context(), nil) // holds the writer
	require.NoError(t, err)
	execute(t, tx, "INSERT INTO t VALUES (4)")
	require.EqualValues(t, 1, number(t, database, "SELECT count(*) FROM t"), "others see what is committed")
	require.EqualValues(t, 1, number(t, database, "-- note\n WITH x AS (SELECT * FROM t) SELECT count(*) FROM x"))
	require.EqualValues(t, 2, number(t, tx, "SELECT count(*) FROM t"), "the transaction sees its own rows")
	require.NoError(t, tx.Commit())
	require.EqualValues(t, 2, number(t, database, "SELECT count(*) FROM t"))
}

func TestReadOnlyTransactionIsASnapshotThatRefusesWrites(t *testing.T) {
	t.Parallel()
	database := memory(t)
	execute(t, database, "CREATE TABLE t (a)")
	tx, err := database.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	require.NoError(t, err)
	require.EqualValues(t, 0, number(t, tx, "SELECT count(*) FROM t"))
	execute(t, database, "INSERT INTO t VALUES (1)")
	require.EqualValues(t, 0, number(t, tx, "SELECT count(*) FROM t"))
	_, err = tx.ExecContext(t.Context(), "INSERT INTO t VALUES (2)")
	require.Equal(t, "25006", code(t, err))
	require.NoError(t, tx.Commit())
	require.EqualValues(t, 1, number(t, database, "SELECT count(*) FROM t"))
}

func TestNestedQueriesDoNotRunOutOfReaders(t *testing.T) {
	t.Parallel()
	database := opened(t, sqlite.Config{Readers: 1, WaitFor: 100 * time.Millisecond})
	execute(t, database, "CREATE TABLE t (a)")
	execute(t, database, "INSERT INTO t VALUES (1), (2)")
	rows, err := database.QueryContext(t.Context(), "SELECT a FROM t")
	require.NoError(t, err)
	for rows.Next() {
		require.EqualValues(t, 2, number(t, database, "SELECT count(*) FROM t"))
	}
	require.NoError(t, rows.Close())
}

func TestLongResultStreams(t *testing.T) {
	t.Parallel()
	database := opened(t, sqlite.Config{Readers: 1})
	rows, err := database.QueryContext(t.Context(), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000) SELECT i FROM n")
	require.NoError(t, err)
	want := 0
	for rows.Next() {
		var got int
		require.NoError(t, rows.Scan(&got))
		want++
		require.Equal(t, want, got)
	}
	require.NoError(t, rows.Err())
	require.Equal(t, 5000, want)
	require.EqualValues(t, 1, number(t, database, "SELECT 1"), "the reader is free again")
}

func TestArguments(t *testing.T) {
	t.Parallel()
	database := memory(t)
	at := time.Date(2024, 1, 2, 3, 4, 5, 6000, time.FixedZone("", 3600))
	for _, c := range []struct {
		arg  any
		want string
	}{
		{nil, "NULL"}, {true, "1"}, {int64(-5), "-5"}, {1.5, "1.5"}, {"it's", "'it''s'"}, {"", "''"},
		{[]byte{1}, "X'01'"}, {[]byte{}, "X''"}, {at, "'2024-01-02 02:04:05.000006+00:00'"},
	} {
		var got string
		require.NoError(t, database.DB.QueryRowContext(t.Context(), "SELECT quote(?1)", c.arg).Scan(&got))
		require.Equal(t, c.want, got)
	}
	_, err := database.DB.ExecContext(t.Context(), "SELECT ?1", sql.Named("x", 1))
	require.Equal(t, "08P01", code(t, err))
	_, err = database.DB.ExecContext(t.Context(), "SELECT ?1, ?2", 1)
	require.Equal(t, "08P01", code(t, err))
	_, err = database.DB.QueryContext(t.Context(), "SELECT 1; SELECT 2")
	require.Equal(t, "42601", code(t, err))
	_, err = database.DB.ExecContext(t.Context(), "SELECT 1\x00; DROP TABLE t")
	require.Equal(t, "42601", code(t, err))
}
