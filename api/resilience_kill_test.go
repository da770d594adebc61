package api_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/dburl"
)

// serveURL tells a child of [TestKilledServerLosesNothing] which database to serve until it is killed.
const serveURL = "GROUNDWORK_TEST_SERVE"

// TestKilledServerLosesNothing kills a program that answers writes, again and again, and looks for every write it had answered.
func TestKilledServerLosesNothing(t *testing.T) {
	if url := os.Getenv(serveURL); url != "" {
		serveUntilKilled(t, url)
		return
	}
	t.Parallel()
	kills, writes := 6, 40
	if thorough() && !underRace {
		kills, writes = 50, 2000
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		ledger := &ledger{rows: map[string]int{}}
		var slowest time.Duration
		for round := range kills {
			started := killRound(t, url, round, writes, ledger)
			slowest = max(slowest, started)
			checkLedger(t, url, ledger)
		}
		require.NotEmpty(t, ledger.rows)
		require.Less(t, slowest, 2*time.Second, "from start to first answer")
		t.Logf("%d kills, %d answered writes, none lost; slowest start %s", kills, len(ledger.rows), slowest)
	})
}

func serveUntilKilled(t *testing.T, url string) {
	t.Helper()
	database, err := dburl.Open(t.Context(), url)
	require.NoError(t, err)
	s := serveFacts(t, database, quiet())
	_, err = fmt.Println(s.url)
	require.NoError(t, err)
	require.NoError(t, <-s.ended)
}

// ledger is what the clients know: batches whose write was answered, with their number of rows.
type ledger struct {
	mu   sync.Mutex
	rows map[string]int
}

func (l *ledger) add(batch string, rows int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows[batch] = rows
	return len(l.rows)
}

// killRound starts the program, writes to it from several sides, and kills it after about so many answers. It returns the time from the start
// to the first answer.
func killRound(t *testing.T, url string, round, writes int, known *ledger) time.Duration {
	t.Helper()
	begin := time.Now()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledServerLosesNothing$")
	child.Env = append(os.Environ(), serveURL+"="+url)
	var problems strings.Builder
	child.Stderr = &problems
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "the program says %s", &problems)
	s := &service{url: strings.TrimSpace(address), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
	defer s.client.CloseIdleConnections()
	first := s.do(t.Context(), http.MethodGet, "/rest/v1/facts?limit=1", "")
	require.NoError(t, first.err)
	require.Equal(t, http.StatusOK, first.status, first.body)
	took := time.Since(begin)

	enough := len(known.rows) + writes + 13*(round%10)
	var writers sync.WaitGroup
	var once sync.Once
	for worker := range 8 {
		writers.Go(func() {
			for i := 0; ; i++ {
				batch := fmt.Sprintf("%d-%d-%d", round, worker, i)
				rows := 1 + 2*(i%2)
				answer := s.do(t.Context(), http.MethodPost, "/rest/v1/facts", batchBody(batch, rows))
				if answer.err != nil {
					return
				}
				if answer.status != http.StatusCreated {
					t.Errorf("a write was answered with %d %s", answer.status, answer.body)
					return
				}
				if known.add(batch, rows) >= enough {
					once.Do(func() { _ = child.Process.Kill() })
				}
			}
		})
	}
	writers.Wait()
	once.Do(func() { _ = child.Process.Kill() })
	_ = child.Wait()
	return took
}

func batchBody(batch string, rows int) string {
	parts := make([]string, rows)
	for i := range parts {
		parts[i] = fmt.Sprintf(`{"batch":%q,"part":%d}`, batch, i)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// checkLedger opens the database as the killed program left it: every answered batch is there, and every batch that is there is whole.
func checkLedger(t *testing.T, url string, known *ledger) {
	t.Helper()
	database, err := dburl.Open(t.Context(), url)
	require.NoError(t, err)
	defer database.Close()
	if database.Dialect().Name() == dialect.SQLite {
		var verdict string
		require.NoError(t, database.NewRaw("PRAGMA integrity_check").Scan(t.Context(), &verdict))
		require.Equal(t, "ok", verdict)
	}
	stored := batches(t.Context(), t, database)
	for batch, rows := range known.rows {
		require.Equal(t, rows, stored[batch], "batch %s was answered", batch)
	}
	for batch, rows := range stored {
		var i int
		_, err := fmt.Sscanf(batch[strings.LastIndexByte(batch, '-')+1:], "%d", &i)
		require.NoError(t, err)
		require.Equal(t, 1+2*(i%2), rows, "batch %s is half there", batch)
	}
}

// batches counts the rows of each batch.
func batches(ctx context.Context, t *testing.T, database *bun.DB) map[string]int {
	t.Helper()
	var counts []struct {
		Batch string
		N     int
	}
	require.NoError(t, database.NewRaw("SELECT batch, count(*) AS n FROM facts GROUP BY batch").Scan(ctx, &counts))
	stored := make(map[string]int, len(counts))
	for _, c := range counts {
		stored[c.Batch] = c.N
	}
	return stored
}
