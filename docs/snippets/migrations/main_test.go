package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

func TestPrepare(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		_, err := prepare(t.Context(), database)
		require.NoError(t, err)
		rest, err := prepare(t.Context(), database) // the second start finds nothing to do
		require.NoError(t, err)
		e := api.Server(rest)
		require.NoError(t, rest.Mount(e.Group("/rest/v1")))
		client := apitest.New(t, e)
		client.Do("GET", "/rest/v1/notes", "").Want(http.StatusOK, `[{"id":1,"title":"Read me","slug":"read-me"}]`)
		client.Do("GET", "/ready", "").Want(http.StatusOK, `{"status":"ready"}`)
	})
}
