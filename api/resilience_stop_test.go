//go:build unix

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
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

func TestStopLosesNoRequest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		cfg := quiet()
		cfg.Edge.PreStop = 500 * time.Millisecond
		l := newLatch()
		s := serveFacts(t, database, cfg, l.register(database))
		finish := l.hold(t, s, 1)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for s.get(t, "/ready").status == http.StatusOK {
					r := s.get(t, "/rest/v1/facts?limit=1")
					assert.NoError(t, r.err)
					assert.Equal(t, http.StatusOK, r.status)
				}
			})
		}
		require.Equal(t, http.StatusOK, s.get(t, "/ready").status)
		s.stop()
		took := eventually(t, time.Second, func() bool { return s.get(t, "/ready").status == http.StatusServiceUnavailable }, "not ready")
		assert.Less(t, took, 300*time.Millisecond, "at once")
		assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts").status, "who comes before the balancer knows is served")
		group.Wait()
		eventually(t, 2*time.Second, func() bool { return s.get(t, "/live").err != nil }, "no new connections")
		select {
		case err := <-s.ended:
			t.Errorf("stopped with a request in flight: %v", err)
		default:
		}
		r := finish()[0]
		assert.NoError(t, r.err)
		assert.Equal(t, http.StatusNoContent, r.status)
		require.NoError(t, <-s.ended)
	})
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	cfg := quiet()
	cfg.Edge.Drain = 200 * time.Millisecond
	l := newLatch()
	s := serveFacts(t, database, cfg, l.register(database))
	finish := l.hold(t, s, 1)
	s.stop()
	require.ErrorContains(t, <-s.ended, "in flight")
	require.Error(t, finish()[0].err)
}

// waitURL tells a child of [TestSignals] which database to serve.
const waitURL = "GROUNDWORK_TEST_SIGNALS"

type waitArgs struct {
	For int64 `json:"for"` // milliseconds
}

// TestSignals stops a program as an operator does.
func TestSignals(t *testing.T) {
	if url := os.Getenv(waitURL); url != "" {
		database := opened(t, liteConfig(url))
		s := serveFacts(t, database, quiet(), func(rest *api.API) {
			api.Func(rest, api.Function{Name: "wait", ReadOnly: true}, func(_ context.Context, in waitArgs) (string, error) {
				fmt.Println("waiting")
				timer := time.NewTimer(time.Duration(in.For) * time.Millisecond)
				defer timer.Stop()
				<-timer.C
				return "waited", nil
			})
		})
		fmt.Println(s.url)
		require.NoError(t, <-s.ended)
		return
	}
	t.Parallel()
	for _, c := range []struct {
		name    string
		wait    int
		signals []syscall.Signal
		exits   bool // by itself
	}{
		{"terminate", 500, []syscall.Signal{syscall.SIGTERM}, true},
		{"interrupt", 500, []syscall.Signal{syscall.SIGINT}, true},
		{"twice", 60_000, []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSignals$")
			child.Env = append(os.Environ(), waitURL+"="+t.TempDir()+"/x.db")
			out, err := child.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, child.Start())
			lines := bufio.NewReader(out)
			address, err := lines.ReadString('\n')
			require.NoError(t, err)
			s := &service{url: strings.TrimSpace(address), client: &http.Client{Transport: &http.Transport{}}}
			defer s.client.CloseIdleConnections()
			answer := make(chan reply, 1)
			go func() { answer <- s.get(t, fmt.Sprintf("/rest/v1/rpc/wait?for=%d", c.wait)) }()
			_, err = lines.ReadString('\n')
			require.NoError(t, err)
			begin := time.Now()
			for i, signal := range c.signals {
				if i > 0 { // the first has been heard when nobody is let in any more
					eventually(t, 5*time.Second, func() bool {
						r := s.do(t.Context(), http.MethodGet, "/ready", "")
						return r.err != nil || r.status == http.StatusServiceUnavailable
					}, "stopping")
				}
				require.NoError(t, child.Process.Signal(signal))
			}
			err = child.Wait()
			r := <-answer
			if c.exits {
				require.NoError(t, err)
				assert.Equal(t, `"waited"`, r.body)
				return
			}
			require.Error(t, err)
			assert.Equal(t, syscall.SIGTERM, child.ProcessState.Sys().(syscall.WaitStatus).Signal())
			assert.Less(t, time.Since(begin), 6*time.Second)
			assert.Error(t, r.err)
		})
	}
}
