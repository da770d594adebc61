package sqlite

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	lib "modernc.org/sqlite/lib"

	"github.com/groundwork-go/groundwork/db"
)

func onDisk(t testing.TB, cfg Config) (*bun.DB, *disk) {
	t.Helper()
	d := newDisk(t)
	cfg.vfs, cfg.Path = d.name, filepath.Join(t.TempDir(), "x.db")
	database, err := db.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, database.Close()) })
	_, err = database.ExecContext(t.Context(), "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)")
	require.NoError(t, err)
	return database, d
}

// ways are the three ways to write one row.
func ways(database *bun.DB) map[string]func(ctx context.Context) error {
	lane := database.DB.Driver().(db.Lane)
	return map[string]func(ctx context.Context) error{
		"bun": func(ctx context.Context) error {
			_, err := database.ExecContext(ctx, "INSERT INTO t (a) VALUES ('x')")
			return err
		},
		"fast": func(ctx context.Context) error {
			_, err := lane.Query(ctx, db.Statement{Text: "INSERT INTO t (a) VALUES (?1)", Write: true}, []any{"x"}, nil)
			return err
		},
		"transaction": func(ctx context.Context) error {
			return db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO t (a) VALUES ('x')")
				return err
			})
		},
	}
}

func TestEachAnswerComesAfterASync(t *testing.T) {
	t.Parallel()
	database, d := onDisk(t, Config{})
	for name, write := range ways(database) {
		for range 20 {
			writes, syncs := d.writes.Load(), d.syncs.Load()
			require.NoError(t, write(t.Context()))
			require.Greater(t, d.writes.Load(), writes, name)
			require.Greater(t, d.syncs.Load(), syncs, name)
			require.False(t, d.dirty.Load(), "%s: answered with unsynced data", name)
		}
	}
}

func TestGroupsShareTheSync(t *testing.T) {
	t.Parallel()
	database, d := onDisk(t, Config{})
	before := d.syncs.Load()
	var wait sync.WaitGroup
	const workers, rounds = 24, 20
	for range workers {
		wait.Go(func() {
			for _, write := range ways(database) {
				for range rounds {
					// A sync that begins after the write began must end before the answer.
					syncs := d.syncs.Load()
					if err := write(t.Context()); err != nil {
						t.Error(err)
						return
					}
					if d.syncs.Load() == syncs {
						t.Error("answered without a sync")
						return
					}
				}
			}
		})
	}
	wait.Wait()
	commits, syncs := int64(workers*rounds*3), d.syncs.Load()-before
	require.Less(t, syncs, commits/2, "%d commits took %d syncs", commits, syncs)
}

func TestNormalDoesNotSyncEachCommit(t *testing.T) {
	t.Parallel()
	database, d := onDisk(t, Config{Synchronous: Normal})
	before := d.syncs.Load()
	for range 20 {
		require.NoError(t, ways(database)["fast"](t.Context()))
	}
	require.Less(t, d.syncs.Load()-before, int64(5))
}

func TestFailingDiskFailsTheGroupAndHeals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		failure int32
		code    string
	}{
		"full":  {lib.SQLITE_FULL, "53100"},
		"input": {lib.SQLITE_IOERR_WRITE, "XX000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, d := onDisk(t, Config{})
			for way, write := range ways(database) {
				var before int
				require.NoError(t, database.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&before))
				d.failure.Store(c.failure)
				var wait sync.WaitGroup
				for range 8 {
					wait.Go(func() {
						var e *db.Error
						if err := write(t.Context()); !errorsAs(err, &e) || e.Code != c.code {
							t.Errorf("%s: want %s, got %v", way, c.code, err)
						}
					})
				}
				wait.Wait()
				var during int
				require.NoError(t, database.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&during))
				require.Equal(t, before, during, "reads go on, and nothing failed is seen")
				d.failure.Store(0)
				require.NoError(t, write(t.Context()), way)
				require.NoError(t, database.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&during))
				require.Equal(t, before+1, during)
			}
		})
	}
}

func TestLogStaysShort(t *testing.T) {
	t.Parallel()
	database, _ := onDisk(t, Config{Synchronous: Normal})
	lane := database.DB.Driver().(*engine)
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for range 2 { // somebody always reads
		wait.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := lane.Query(t.Context(), db.Statement{Text: "SELECT count(*), sum(length(a)) FROM (SELECT a FROM t LIMIT 20)"}, nil, nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	text := string(make([]byte, 1<<20))
	longest := 0
	for range 120 { // 120 MiB
		_, err := lane.Query(t.Context(), db.Statement{Text: "INSERT OR REPLACE INTO t VALUES (1, ?1)", Write: true}, []any{text}, nil)
		require.NoError(t, err)
		longest = max(longest, lane.writer.c.walSize)
	}
	close(stop)
	wait.Wait()
	require.Less(t, longest*4096, 64<<20)
}
