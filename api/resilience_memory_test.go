package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

// growth runs fn and returns by how many bytes the memory of the process grew at its highest; zero under the race detector, which takes
// many times the memory.
func growth(t *testing.T, fn func()) int64 {
	t.Helper()
	if underRace {
		fn()
		return 0
	}
	debug.FreeOSMemory()
	before, highest := memory(), int64(0)
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			highest = max(highest, memory()-before)
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	})
	fn()
	close(done)
	watch.Wait()
	return highest
}

// memory is what the process has resident, SQLite's part included, or where that cannot be asked the memory that Go uses.
func memory() int64 {
	var total, resident int64
	if file, err := os.Open("/proc/self/statm"); err == nil {
		defer file.Close()
		if _, err := fmt.Fscan(file, &total, &resident); err == nil {
			return resident * int64(os.Getpagesize())
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapInuse + stats.StackInuse)
}

const mega = 1 << 20

// The tests of this file look at the memory of the whole process, so they do not run beside others.

func TestLongListsStream(t *testing.T) {
	eachInTurn(t, func(t *testing.T, database *bun.DB) {
		const rows = 100_000
		s := serveFacts(t, database, quiet(), func(rest *api.API) { api.Register(rest, api.Resource[fact]{Name: "all", Rows: -1}) })
		fill := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO facts (batch, part, note) SELECT 'row', i, '%s' FROM n`
		_, err := database.ExecContext(t.Context(), fmt.Sprintf(fill, rows, strings.Repeat("x", 200)))
		require.NoError(t, err)
		for _, encoding := range []string{"identity", "gzip"} {
			var size int64
			grown := growth(t, func() {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/rest/v1/all", nil)
				require.NoError(t, err)
				request.Header.Set("Accept-Encoding", encoding)
				response, err := s.client.Do(request)
				require.NoError(t, err)
				defer response.Body.Close()
				require.Equal(t, http.StatusOK, response.StatusCode)
				size, err = io.Copy(io.Discard, response.Body)
				require.NoError(t, err)
				if encoding == "identity" {
					require.Equal(t, fmt.Sprintf("0-%d/*", rows-1), response.Header.Get("Content-Range"))
				}
			})
			t.Logf("%s: %d MiB in the answer, %d MiB more memory", encoding, size/mega, grown/mega)
			assert.Less(t, grown, int64(25*mega), encoding)
		}
	})
}

// eachInTurn is dbtest.Each without its parallel subtests.
func eachInTurn(t *testing.T, fn func(t *testing.T, database *bun.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, dbtest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, dbtest.Postgres(t)) })
}

func TestHugeBodiesCostLittle(t *testing.T) {
	s := serveFacts(t, dbtest.SQLite(t), quiet())
	for name, body := range map[string]func() io.Reader{
		"announced": func() io.Reader { return bytes.NewReader(make([]byte, 50*mega)) },
		"chunked":   func() io.Reader { return io.LimitReader(endless{}, 50*mega) },
	} {
		t.Run(name, func(t *testing.T) {
			source := body() // its own memory does not count
			grown := growth(t, func() {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/rest/v1/facts", source)
				require.NoError(t, err)
				response, err := s.client.Do(request)
				if err != nil {
					return // the server hung up on the rest of the body
				}
				defer response.Body.Close()
				assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
			})
			t.Logf("%d MiB more memory", grown/mega)
			assert.Less(t, grown, int64(40*mega))
		})
	}
	t.Run("promised", func(t *testing.T) {
		grown := growth(t, func() {
			for range 100 {
				s.dial(t, "POST /rest/v1/facts HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n{")
			}
			eventually(t, 5*time.Second, func() bool { return s.get(t, "/live").status == http.StatusOK }, "the server answers")
		})
		t.Logf("%d MiB more memory", grown/mega)
		assert.Less(t, grown, int64(20*mega), "bytes that have not come cost nothing")
	})
}

// endless is an endless JSON string.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestIdleConnectionsCostLittle(t *testing.T) {
	s := serveFacts(t, dbtest.SQLite(t), quiet())
	conns := make([]net.Conn, 1000)
	grown := growth(t, func() {
		for i := range conns {
			conns[i] = s.dial(t, "GET /rest/v1/facts HTTP/1.1\r\nHost: x\r\n\r\n")
		}
		buf := make([]byte, 4096)
		for _, conn := range conns {
			_, err := conn.Read(buf)
			require.NoError(t, err)
		}
	})
	t.Logf("%d MiB more memory for %d connections and both their ends", grown/mega, len(conns))
	assert.Less(t, grown, int64(30*mega))
}

// TestNothingIsLeftBehind serves all kinds of requests, good and bad, and counts what remains: goroutines, files, connections.
func TestNothingIsLeftBehind(t *testing.T) {
	eachInTurn(t, func(t *testing.T, database *bun.DB) {
		cfg := quiet()
		cfg.Limits.Time = 500 * time.Millisecond
		s := serveFacts(t, database, cfg, withIdlers(t, database), func(rest *api.API) {
			api.Func(rest, api.Function{Name: "breaks"}, func(context.Context, struct{}) (int, error) { panic("on purpose") })
		})
		round := func() {
			var group sync.WaitGroup
			for i := range 60 {
				group.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i)*10*time.Millisecond)
					defer cancel()
					switch i % 6 {
					case 0:
						s.do(ctx, http.MethodGet, "/rest/v1/facts", "")
					case 1:
						s.do(ctx, http.MethodPost, "/rest/v1/facts", batchBody("left", 3))
					case 2:
						s.do(ctx, http.MethodPost, "/rest/v1/facts", `[{"batch":`)
					case 3:
						s.do(ctx, http.MethodPost, "/rest/v1/rpc/breaks", "{}")
					case 4:
						s.do(ctx, http.MethodGet, "/rest/v1/facts?nothing=eq.1", "")
					case 5:
						s.do(ctx, http.MethodGet, "/rest/v1/idlers", "")
					}
				})
			}
			group.Wait()
			s.client.CloseIdleConnections()
		}
		round()
		eventually(t, 5*time.Second, func() bool { return s.get(t, "/rest/v1/facts").status == http.StatusOK }, "calm")
		s.client.CloseIdleConnections()
		goroutines, files := runtime.NumGoroutine(), openFiles()
		for range 3 {
			round()
		}
		eventually(t, 5*time.Second, func() bool { return runtime.NumGoroutine() <= goroutines+2 }, "goroutines end")
		if database.Dialect().Name() == dialect.SQLite {
			eventually(t, 5*time.Second, func() bool { return openFiles() <= files+2 }, "files are closed")
		}
		assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts").status)
	})
}

// openFiles counts the open files of this process, where that is possible.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
