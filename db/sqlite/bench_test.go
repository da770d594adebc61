package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	_ "modernc.org/sqlite"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

const (
	benchTable  = "CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT, body TEXT, n INTEGER)"
	benchInsert = "INSERT INTO t (title, body, n) VALUES (?1, ?2, ?3)"
)

// rate is how many times a second 32 goroutines get fn done.
func rate(b testing.TB, during time.Duration, fn func(ctx context.Context, i int64) error) float64 {
	b.Helper()
	var done atomic.Int64
	ctx := b.Context()
	stop := time.Now().Add(during)
	start := time.Now()
	var wait sync.WaitGroup
	for range 32 {
		wait.Go(func() {
			for time.Now().Before(stop) {
				if err := fn(ctx, done.Add(1)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

func ours(b testing.TB, cfg sqlite.Config) (*bun.DB, db.Lane) {
	cfg.Path = filepath.Join(b.TempDir(), "x.db")
	database := opened(b, cfg)
	execute(b, database, benchTable)
	return database, laneOf(b, database)
}

// plain is the driver as it is used without this package: one connection for writing, prepared statements.
func plain(b testing.TB, synchronous string) (*sql.DB, *sql.Stmt) {
	pool, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "x.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous("+synchronous+")&_txlock=immediate")
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, pool.Close()) })
	pool.SetMaxOpenConns(1)
	_, err = pool.ExecContext(b.Context(), benchTable)
	require.NoError(b, err)
	stmt, err := pool.PrepareContext(b.Context(), benchInsert)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, stmt.Close()) })
	return pool, stmt
}

// BenchmarkWrites compares durable transactions in groups with the plain driver, one transaction per commit, in the same run.
func BenchmarkWrites(b *testing.B) {
	const rounds, each = 15, 100 * time.Millisecond // short rounds in turn: whatever else the machine does disturbs all of them
	insert := db.Statement{Text: benchInsert, Write: true}
	args := func(i int64) []any { return []any{"a title", "a body that is somewhat longer than the title", i} }

	database, lane := ours(b, sqlite.Config{})
	_, single := ours(b, sqlite.Config{})
	normalPool, normalStmt := plain(b, "NORMAL")
	fullPool, fullStmt := plain(b, "FULL")
	transaction := func(pool *sql.DB, stmt *sql.Stmt) func(context.Context, int64) error {
		return func(ctx context.Context, i int64) error {
			tx, err := pool.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			if _, err := tx.StmtContext(ctx, stmt).ExecContext(ctx, args(i)...); err != nil {
				_ = tx.Rollback()
				return err
			}
			return tx.Commit()
		}
	}
	kinds := []struct {
		name string
		do   func(context.Context, int64) error
	}{
		{"tx-full-grouped", func(ctx context.Context, i int64) error {
			return db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
				_, err := lane.Query(ctx, insert, args(i), nil)
				return err
			})
		}},
		{"statement-full-grouped", func(ctx context.Context, i int64) error {
			_, err := single.Query(ctx, insert, args(i), nil)
			return err
		}},
		{"tx-normal-plain", transaction(normalPool, normalStmt)},
		{"tx-full-plain", transaction(fullPool, fullStmt)},
	}
	for b.Loop() {
		rates := make([][]float64, len(kinds))
		var ratios []float64
		for range rounds {
			for i, kind := range kinds {
				rates[i] = append(rates[i], rate(b, each, kind.do))
			}
			ratios = append(ratios, rates[0][len(ratios)]/rates[2][len(ratios)])
		}
		for i, kind := range kinds {
			b.ReportMetric(median(rates[i]), kind.name+"/s")
		}
		b.ReportMetric(median(ratios), "grouped:normal")
	}
}

func median(numbers []float64) float64 {
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}

func BenchmarkRead(b *testing.B) {
	database, lane := ours(b, sqlite.Config{})
	execute(b, database, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 1000) INSERT INTO t SELECT i, 'row ' || i, 'a body that is somewhat longer', i FROM n")
	sum := 0
	row := func(v []db.Value) error { sum += len(v[1].Bytes); return nil }
	for name, s := range map[string]db.Statement{
		"one":      {Text: "SELECT id, title, body, n FROM t WHERE id = ?1"},
		"thousand": {Text: "SELECT id, title, body, n FROM t WHERE id >= ?1 ORDER BY id"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			ctx := b.Context()
			args := []any{int64(1)}
			for b.Loop() {
				if _, err := lane.Query(ctx, s, args, row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
