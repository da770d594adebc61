package api_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

func TestServeSaysWhereItListens(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	rest := api.New(dbtest.SQLite(t), api.Config{Authorizer: api.AllowAll, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group("/rest/v1")))
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, api.Serve(stopped, listener, e))
	require.Contains(t, log.String(), "msg=listening address="+listener.Addr().String())
}
