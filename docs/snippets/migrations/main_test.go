package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

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
		const comment = `{"note_id":1,"author_id":"5A1C4F0E-3D64-4A53-9C0E-6F5D6F4A7B10","body":"Nice"}`
		client.Do("POST", "/rest/v1/comments?select=note_id,author_id,notes(slug)", comment, "Prefer", "return=representation").
			Want(http.StatusCreated, `[{"note_id":1,"author_id":"5a1c4f0e-3d64-4a53-9c0e-6f5d6f4a7b10","notes":{"slug":"read-me"}}]`)
		var posted []struct {
			PostedAt time.Time `json:"posted_at"`
		}
		client.Do("GET", "/rest/v1/comments?select=posted_at&posted_at=gt.2020-01-01T00:00:00Z", "").JSON(&posted)
		require.Len(t, posted, 1)
		require.WithinDuration(t, time.Now(), posted[0].PostedAt, time.Minute)
		client.Do("POST", "/rest/v1/comments", comment).WantCode(http.StatusConflict, "23505")
		client.Do("POST", "/rest/v1/comments", strings.Replace(comment, "1", "9", 1)).WantCode(http.StatusConflict, "23503")
		client.Do("GET", "/ready", "").Want(http.StatusOK, `{"status":"ready"}`)
	})
}
