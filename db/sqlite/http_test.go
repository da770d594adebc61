package sqlite

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	lib "modernc.org/sqlite/lib"

	"github.com/groundwork-go/groundwork/api"
)

type note struct {
	bun.BaseModel `bun:"table:t"`

	ID int64  `bun:",pk,autoincrement" json:"id"`
	A  string `json:"a"`
}

// served serves the table t of a database on a counting disk.
func served(t *testing.T) (*httptest.Server, *disk) {
	t.Helper()
	database, d := onDisk(t, Config{Logger: slog.New(slog.DiscardHandler)})
	rest := api.New(database, api.Config{Authorizer: api.AllowAll, Logger: slog.New(slog.DiscardHandler)})
	api.Register(rest, api.Resource[note]{Name: "lines"})
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group("")))
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server, d
}

// send returns the status of a request, 0 when there was no answer.
func send(t *testing.T, server *httptest.Server, method, path, body string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if !assert.NoError(t, err) {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := server.Client().Do(request)
	if !assert.NoError(t, err) {
		return 0
	}
	assert.NoError(t, response.Body.Close())
	return response.StatusCode
}

// TestEveryAnswerOverHTTPComesAfterASync proves that no write is answered before the disk has it: a sync that began after the request
// ended before the answer, for one client at a time and for many that share commits.
func TestEveryAnswerOverHTTPComesAfterASync(t *testing.T) {
	t.Parallel()
	server, d := served(t)
	var answered atomic.Int64
	before := d.syncs.Load()
	write := func(method, path, body string, want int) {
		syncs := d.syncs.Load()
		if assert.Equal(t, want, send(t, server, method, path, body)) {
			answered.Add(1)
			assert.Greater(t, d.syncs.Load(), syncs, "%s answered without a sync", method)
		}
	}
	for range 10 {
		write("POST", "/lines", `{"a":"x"}`, http.StatusCreated)
		assert.False(t, d.dirty.Load(), "answered with unsynced data")
		write("PATCH", "/lines?a=eq.x", `{"a":"y"}`, http.StatusNoContent)
		assert.False(t, d.dirty.Load(), "answered with unsynced data")
		write("DELETE", "/lines?a=eq.y", "", http.StatusNoContent)
		assert.False(t, d.dirty.Load(), "answered with unsynced data")
	}
	assert.GreaterOrEqual(t, d.syncs.Load()-before, answered.Load(), "one client: one sync for each answer")

	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			for range 20 {
				write("POST", "/lines", `[{"a":"x"},{"a":"z"}]`, http.StatusCreated)
			}
		})
	}
	group.Wait()
	t.Logf("%d answered writes, %d syncs", answered.Load(), d.syncs.Load()-before)
}

func TestAFullDiskOverHTTP(t *testing.T) {
	t.Parallel()
	server, d := served(t)
	require.Equal(t, http.StatusCreated, send(t, server, "POST", "/lines", `{"a":"x"}`))
	for range 3 {
		d.failure.Store(lib.SQLITE_FULL)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				assert.Equal(t, http.StatusServiceUnavailable, send(t, server, "POST", "/lines", `{"a":"lost"}`))
				assert.Equal(t, http.StatusOK, send(t, server, "GET", "/lines", ""))
			})
		}
		group.Wait()
		d.failure.Store(0)
		assert.Equal(t, http.StatusCreated, send(t, server, "POST", "/lines", `{"a":"x"}`))
	}
	assert.Equal(t, http.StatusNoContent, send(t, server, "DELETE", "/lines?a=eq.x", ""))
	response, err := server.Client().Get(server.URL + "/lines")
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, "2", response.Header.Get("Content-Length"), "nothing that was refused is there")
}
