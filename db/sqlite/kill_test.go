package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

// killFile tells a child of this test which file to write to until it is killed.
const killFile = "GROUNDWORK_TEST_KILL_FILE"

// TestKilledProgramLosesNothing kills a program that writes, again and again, and looks for every write it had acknowledged.
// GROUNDWORK_TEST_KILLS sets how often.
func TestKilledProgramLosesNothing(t *testing.T) {
	if path := os.Getenv(killFile); path != "" {
		writeUntilKilled(t, path)
		return
	}
	t.Parallel()
	kills := 8
	if n, err := strconv.Atoi(os.Getenv("GROUNDWORK_TEST_KILLS")); err == nil {
		kills = n
	}
	path := filepath.Join(t.TempDir(), "x.db")
	acknowledged := map[string]bool{}
	for round := range kills {
		for _, id := range runAndKill(t, path, round) {
			acknowledged[id] = true
		}
		start := time.Now()
		database, err := db.Open(t.Context(), sqlite.File(path))
		require.NoError(t, err)
		var ok string
		require.NoError(t, database.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&ok))
		require.Equal(t, "ok", ok)
		require.Less(t, time.Since(start), 2*time.Second)
		var ids []string
		require.NoError(t, database.NewRaw("SELECT id FROM t WHERE half = 1").Scan(t.Context(), &ids))
		require.EqualValues(t, len(ids), number(t, database, "SELECT count(*) FROM t WHERE half = 2"), "half of a transaction")
		require.NoError(t, database.Close())
		have := map[string]bool{}
		for _, id := range ids {
			have[id] = true
		}
		for id := range acknowledged {
			require.True(t, have[id], "round %d: %s was acknowledged and is lost", round, id)
		}
	}
	require.NotEmpty(t, acknowledged)
	t.Logf("%d kills, %d acknowledged transactions, none lost", kills, len(acknowledged))
}

// runAndKill starts the program, kills it after it acknowledged some writes, and returns what it acknowledged.
func runAndKill(t *testing.T, path string, round int) []string {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProgramLosesNothing$")
	child.Env = append(os.Environ(), killFile+"="+path, fmt.Sprintf("GROUNDWORK_TEST_KILL_ROUND=%d", round))
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	var ids []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		ids = append(ids, lines.Text())
		if len(ids) == 100+37*round {
			require.NoError(t, child.Process.Kill())
		}
	}
	_ = child.Wait()
	return ids
}

func writeUntilKilled(t *testing.T, path string) {
	t.Helper()
	database := opened(t, sqlite.File(path))
	lane := laneOf(t, database)
	execute(t, database, "CREATE TABLE IF NOT EXISTS t (id TEXT, half INTEGER, PRIMARY KEY (id, half)) WITHOUT ROWID")
	insert := db.Statement{Text: "INSERT INTO t VALUES (?1, ?2)", Write: true}
	var out sync.Mutex
	var wait sync.WaitGroup
	for worker := range 16 {
		wait.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", os.Getenv("GROUNDWORK_TEST_KILL_ROUND"), worker, i)
				err := db.InTx(t.Context(), database, func(ctx context.Context, _ bun.Tx) error {
					for half := range int64(2) {
						if _, err := lane.Query(ctx, insert, []any{id, half + 1}, nil); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
				out.Lock()
				_, err = os.Stdout.WriteString(id + "\n")
				out.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wait.Wait()
}
