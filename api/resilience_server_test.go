package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
)

// fact is what the tests of failures write. The rows of one request share a batch.
type fact struct {
	bun.BaseModel `bun:"table:facts"`

	ID    int64   `bun:",pk,autoincrement" json:"id"`
	Batch string  `bun:",notnull" json:"batch"`
	Part  int64   `bun:",notnull" json:"part"`
	Note  *string `json:"note"`
}

// idler is a view that takes longer to read than any limit allows.
type idler struct {
	bun.BaseModel `bun:"table:idlers"`

	ID int64 `json:"id"`
}

// thorough reports whether the tests run at full length.
func thorough() bool { return os.Getenv("GROUNDWORK_TEST_REQUIRE") == "all" }

// quiet is a configuration that lets everybody in and logs nowhere.
func quiet() api.Config {
	return api.Config{Authorizer: api.AllowAll, Logger: slog.New(slog.DiscardHandler)}
}

// service is an API on a socket.
type service struct {
	url    string
	addr   string
	client *http.Client
	stop   func() // asks to stop, returns at once
	ended  chan error
}

// serveFacts serves facts, and what extend registers besides, until the end of the test.
func serveFacts(t testing.TB, database *bun.DB, cfg api.Config, extend ...func(*api.API)) *service {
	t.Helper()
	require.NoError(t, db.CreateTables(t.Context(), database, (*fact)(nil)))
	rest := api.New(database, cfg)
	api.Register(rest, api.Resource[fact]{})
	for _, more := range extend {
		more(rest)
	}
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group("/rest/v1")))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &service{
		url: "http://" + listener.Addr().String(), addr: listener.Addr().String(), stop: cancel, ended: make(chan error, 1),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Minute},
	}
	go func() {
		s.ended <- api.Serve(ctx, listener, e)
		close(s.ended)
	}()
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		cancel()
		for err := range s.ended {
			assert.NoError(t, err)
		}
	})
	return s
}

// withIdlers creates the view of [idler] and lets the API serve it.
func withIdlers(t testing.TB, database *bun.DB) func(*api.API) {
	t.Helper()
	view := `CREATE VIEW idlers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) SELECT count(*) AS id FROM n`
	if database.Dialect().Name() == dialect.PG {
		view = `CREATE VIEW idlers AS SELECT 1::bigint AS id FROM pg_sleep(60)`
	}
	_, err := database.ExecContext(t.Context(), view)
	require.NoError(t, err)
	return func(rest *api.API) { api.Register(rest, api.Resource[idler]{}) }
}

// reply is what came back, or the error that nothing did.
type reply struct {
	status int
	header http.Header
	body   string
	code   string // of an error body
	took   time.Duration
	err    error
}

// do sends a request; path is below the server's root.
func (s *service) do(ctx context.Context, method, path, body string, headers ...string) reply {
	begin := time.Now()
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.client.Do(request)
	if err != nil {
		return reply{err: err, took: time.Since(begin)}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	r := reply{status: response.StatusCode, header: response.Header, body: string(text), took: time.Since(begin), err: err}
	var shape struct{ Code string }
	if r.status >= http.StatusBadRequest && json.Unmarshal(text, &shape) == nil {
		r.code = shape.Code
	}
	return r
}

func (s *service) get(t testing.TB, path string) reply {
	t.Helper()
	return s.do(t.Context(), http.MethodGet, path, "")
}

func (s *service) post(t testing.TB, path, body string) reply {
	t.Helper()
	return s.do(t.Context(), http.MethodPost, path, body)
}

// wantFault checks that a reply is an error body of the protocol and shows nothing of what lies beneath.
func (r reply) wantFault(t testing.TB, status int, codes ...string) {
	t.Helper()
	require.NoError(t, r.err)
	assert.Equal(t, status, r.status, "%s", r.body)
	assert.Contains(t, codes, r.code, "%s", r.body)
	var shape map[string]any
	assert.NoError(t, json.Unmarshal([]byte(r.body), &shape), "%s", r.body)
	for _, key := range []string{"code", "message", "details", "hint"} {
		assert.Contains(t, shape, key)
	}
	assert.Equal(t, "application/json; charset=utf-8", r.header.Get("Content-Type"))
	if status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout {
		assert.Regexp(t, `^[1-9][0-9]*$`, r.header.Get("Retry-After"))
	}
	for _, secret := range []string{"127.0.0.1", "goroutine", "pgx", "dial", "postgres", "sqlite", ".go:", "SELECT", "INSERT"} {
		assert.NotContains(t, r.body, secret)
	}
}

const oneFact = `{"batch":"b","part":1}`

// eventually asks until fn agrees, and says how long that took.
func eventually(t testing.TB, limit time.Duration, fn func() bool, what string) time.Duration {
	t.Helper()
	begin := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !fn() {
		if time.Since(begin) > limit {
			t.Fatalf("%s: not within %s", what, limit)
		}
		<-tick.C
	}
	return time.Since(begin)
}
