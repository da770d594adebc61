package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// dial opens a connection to the server and sends it text as it stands.
func (s *service) dial(t *testing.T, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	return conn
}

// answersTo reads all answers on a connection until the server closes it.
func answersTo(t *testing.T, conn net.Conn) (statuses []int) {
	t.Helper()
	r := bufio.NewReader(conn)
	for {
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			return statuses
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		statuses = append(statuses, response.StatusCode)
	}
}

func TestSlowClientsAreLetGo(t *testing.T) {
	t.Parallel()
	cfg := quiet()
	cfg.Edge.ReadHeader, cfg.Edge.Read, cfg.Edge.Idle = 200*time.Millisecond, 400*time.Millisecond, 300*time.Millisecond
	s := serveFacts(t, dbtest.SQLite(t), cfg)
	defer func() { assert.Equal(t, "[]", s.get(t, "/rest/v1/facts").body, "half a body is no body") }()
	for name, text := range map[string]string{
		"nothing":   "",
		"headers":   "GET /rest/v1/facts HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"body":      "POST /rest/v1/facts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"batch\"",
		"chunks":    "POST /rest/v1/facts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"bat",
		"idle":      "GET /live HTTP/1.1\r\nHost: x\r\n\r\n",
		"huge body": "POST /rest/v1/facts HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000000\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			var group sync.WaitGroup
			for range 30 {
				conn := s.dial(t, text)
				group.Go(func() {
					begin := time.Now()
					statuses := answersTo(t, conn)
					assert.Less(t, time.Since(begin), 3*time.Second, "closed in time")
					for _, status := range statuses {
						assert.Less(t, status, 500)
					}
				})
			}
			group.Wait()
		})
	}
}

func TestClientsThatDoNotReadAreLetGo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		cfg := quiet()
		cfg.Edge.Write = 300 * time.Millisecond
		s := serveFacts(t, database, cfg)
		note := strings.Repeat("x", 1<<20)
		for range 6 {
			require.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/facts", fmt.Sprintf(`{"batch":"b","part":1,"note":%q}`, note)).status)
		}
		// A thousand pipelined requests for 6 MiB each, of which nothing is read.
		conn := s.dial(t, strings.Repeat("GET /rest/v1/facts HTTP/1.1\r\nHost: x\r\n\r\n", 1000))
		require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(4096))
		s.client.CloseIdleConnections()
		begin := time.Now()
		s.stop()
		require.NoError(t, <-s.ended, "no request is left in flight")
		assert.Less(t, time.Since(begin), 5*time.Second)
	})
}

func TestBodiesHaveALimit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		cfg := quiet()
		cfg.Limits.Body = 1 << 20
		s := serveFacts(t, database, cfg, func(rest *api.API) {
			api.Func(rest, api.Function{Name: "echo"}, func(_ context.Context, in textArgument) (string, error) { return in.Text, nil })
		})
		big := fmt.Sprintf(`{"batch":"b","part":1,"note":%q}`, strings.Repeat("x", 2<<20))
		s.post(t, "/rest/v1/facts", big).wantFault(t, http.StatusRequestEntityTooLarge, "GW413")
		s.post(t, "/rest/v1/rpc/echo", fmt.Sprintf(`{"text":%q}`, strings.Repeat("x", 2<<20))).
			wantFault(t, http.StatusRequestEntityTooLarge, "GW413")

		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/rest/v1/facts", io.MultiReader(strings.NewReader(big)))
		require.NoError(t, err)
		response, err := s.client.Do(request)
		if err == nil { // the server may hang up before it has read everything
			assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode, "chunked")
			response.Body.Close()
		}
		// A length that is larger than what comes.
		conn := s.dial(t, "POST /rest/v1/facts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"+oneFact)
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		for _, status := range answersTo(t, conn) {
			assert.Equal(t, http.StatusBadRequest, status)
		}
		assert.Equal(t, "[]", s.get(t, "/rest/v1/facts").body)
		almost := fmt.Sprintf(`{"batch":"b","part":1,"note":%q}`, strings.Repeat("x", 1<<20-100))
		assert.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/facts", almost).status)
	})
}

type textArgument struct {
	Text string `json:"text"`
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	s := serveFacts(t, dbtest.SQLite(t), quiet())
	const post = "POST /rest/v1/facts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	length := fmt.Sprintf("Content-Length: %d\r\n", len(oneFact))
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(oneFact), oneFact)
	smuggled := "GET /rest/v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, c := range []struct {
		name, text string
		want       []int // nil: one 4xx or 5xx, or nothing
	}{
		{"pipelined", strings.Repeat("GET /live HTTP/1.1\r\nHost: x\r\n\r\n", 4) + "GET /rest/v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", []int{200, 200, 200, 200, 404}},
		{"two lengths", post + length + "Content-Length: 3\r\n\r\n" + oneFact, nil},
		{"negative length", post + "Content-Length: -1\r\n\r\n" + oneFact, nil},
		{"plus length", post + "Content-Length: +" + strconv.Itoa(len(oneFact)) + "\r\n\r\n" + oneFact, nil},
		{"list of lengths", post + "Content-Length: 3, 3\r\n\r\n" + oneFact, nil},
		{"unknown encoding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked, nil},
		{"chunked twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, nil},
		{"space before the colon", post + "Transfer-Encoding : chunked\r\n\r\n" + chunked, nil},
		{"bad chunk", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + oneFact + "\r\n0\r\n\r\n" + smuggled, nil},
		{"no host", "GET /live HTTP/1.1\r\n\r\n", nil},
		{"two hosts", "GET /live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", nil},
		{"not HTTP", "SSH-2.0-x\r\n\r\n", nil},
		{"too large headers", "GET /live HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 128<<10) + "\r\n\r\n", []int{431}},
		{"body is not a request", post + "Content-Length: 0\r\n\r\n" + "garbage\r\n\r\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := s.dial(t, c.text)
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			statuses := answersTo(t, conn)
			if c.want != nil {
				assert.Equal(t, c.want, statuses)
				return
			}
			for _, status := range statuses {
				assert.GreaterOrEqual(t, status, 400)
			}
			assert.LessOrEqual(t, len(statuses), 2)
		})
	}
	assert.Equal(t, "[]", s.get(t, "/rest/v1/facts").body, "none of them wrote")

	// Length and chunks together: the chunks count, the connection is not used again.
	conn := s.dial(t, post+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"+chunked+smuggled)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	statuses := answersTo(t, conn)
	require.NotEmpty(t, statuses)
	assert.NotContains(t, statuses[1:], http.StatusOK)
}

func TestPanicsAreAnswered(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		cfg := quiet()
		cfg.Authorizer = policy.AuthorizerFunc(func(ctx context.Context, r policy.Request) (policy.Plan, error) {
			if r.Resource == "unguarded" {
				panic("authorizer")
			}
			return api.AllowAll.Plan(ctx, r)
		})
		s := serveFacts(t, database, cfg, func(rest *api.API) {
			breaks := func(context.Context, *api.Write[fact]) error { panic(errors.New("hook: s3cret")) }
			api.Register(rest, api.Resource[fact]{Name: "before", BeforeWrite: breaks})
			api.Register(rest, api.Resource[fact]{Name: "after", AfterWrite: breaks})
			api.Register(rest, api.Resource[fact]{Name: "seen", AfterRead: func(context.Context, []fact) error { panic("s3cret") }})
			api.Register(rest, api.Resource[fact]{Name: "unguarded"})
			api.Register(rest, api.Resource[fact]{Name: "sourced", Source: api.SourceFunc[fact](func(context.Context, api.Wanted) ([]fact, error) {
				panic("s3cret")
			})})
			api.Func(rest, api.Function{Name: "breaks"}, func(ctx context.Context, _ struct{}) (int, error) {
				var none map[string]int
				none["x"] = 1 //nolint:govet,staticcheck // it shall panic
				return 0, nil
			})
			rest.OnChange(func(context.Context, *api.Change) { panic("listener") })
		})
		for range 3 {
			for _, path := range []string{"before", "after", "unguarded", "rpc/breaks"} {
				body := oneFact
				if strings.HasPrefix(path, "rpc") {
					body = "{}"
				}
				r := s.post(t, "/rest/v1/"+path, body)
				r.wantFault(t, http.StatusInternalServerError, "XX000")
				assert.NotContains(t, r.body, "s3cret")
			}
			s.get(t, "/rest/v1/sourced").wantFault(t, http.StatusInternalServerError, "XX000")
		}
		assert.Equal(t, "[]", s.get(t, "/rest/v1/facts").body, "what broke is undone")
		assert.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/facts", oneFact).status, "a listener that breaks breaks nothing else")
		s.get(t, "/rest/v1/seen").wantFault(t, http.StatusInternalServerError, "XX000")
		assert.Equal(t, http.StatusOK, s.get(t, "/ready").status)
	})
}

func TestAPanicInTheMiddleOfAnAnswerCutsIt(t *testing.T) {
	t.Parallel()
	rest := api.New(dbtest.SQLite(t), quiet())
	e := api.Server(rest)
	e.GET("/half", func(c echo.Context) error {
		c.Response().WriteHeader(http.StatusOK)
		_, _ = c.Response().Write([]byte("half"))
		c.Response().Flush()
		panic("late")
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- api.Serve(ctx, listener, e) }()
	s := &service{url: "http://" + listener.Addr().String(), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	r := s.get(t, "/half")
	require.Error(t, r.err, "the client sees that the answer is not whole")
	assert.Equal(t, "half", r.body)
	stop()
	require.NoError(t, <-ended)
}
