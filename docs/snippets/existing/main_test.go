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

func TestServe(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		for _, statement := range []string{
			`CREATE TABLE "Artist" ("ArtistId" INTEGER PRIMARY KEY, "Name" VARCHAR(120))`,
			`CREATE TABLE "Album" ("AlbumId" INTEGER PRIMARY KEY, "Title" VARCHAR(160), "ArtistId" INTEGER NOT NULL REFERENCES "Artist" ("ArtistId"))`,
			`CREATE TABLE audit_log (id INTEGER PRIMARY KEY)`,
			`INSERT INTO "Artist" VALUES (1, 'AC/DC')`,
			`INSERT INTO "Album" VALUES (4, 'Let There Be Rock', 1)`,
		} {
			_, err := database.ExecContext(t.Context(), statement)
			require.NoError(t, err)
		}
		rest, err := serve(t.Context(), database)
		require.NoError(t, err)
		e := api.Server(rest)
		require.NoError(t, rest.Mount(e.Group("/rest/v1")))
		client := apitest.New(t, e)
		client.Do("GET", "/rest/v1/album?select=title,artist(name)&artist_id=eq.1", "").
			Want(http.StatusOK, `[{"title":"Let There Be Rock","artist":{"name":"AC/DC"}}]`)
		client.Do("POST", "/rest/v1/artist", `{"name":"x"}`).WantCode(http.StatusMethodNotAllowed, "PGRST117")
		client.Do("GET", "/rest/v1/audit_log", "").WantCode(http.StatusNotFound, "PGRST205")
	})
}
