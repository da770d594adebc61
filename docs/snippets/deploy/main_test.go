package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/dburl"
)

func TestTheBackupIsWhole(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	require.NoError(t, db.CreateTables(t.Context(), database, (*Order)(nil)))
	_, err := database.NewInsert().Model(&Order{Cents: 5}).Exec(t.Context())
	require.NoError(t, err)

	path := t.TempDir() + "/copy.db"
	require.NoError(t, backup(t.Context(), database, path))
	saved, err := dburl.Open(t.Context(), "sqlite:"+path)
	require.NoError(t, err)
	defer saved.Close()
	count, err := saved.NewSelect().Model((*Order)(nil)).Count(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(1), count)
}

func TestTheConfigurationIsRight(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	require.NoError(t, db.CreateTables(t.Context(), database, (*Order)(nil)))
	rest := api.New(database, config())
	api.Register(rest, api.Resource[Order]{Name: "orders"})
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group("/rest/v1")))
	client := apitest.New(t, e)
	client.Do("GET", "/rest/v1/orders", "", "Origin", "https://shop.example.com").WantHeader("Access-Control-Allow-Origin", "https://shop.example.com")
	client.Do("GET", "/rest/v1/orders", "", "Origin", "https://elsewhere.example.com").
		Want(http.StatusOK, "[]").WantHeader("Access-Control-Allow-Origin", "")
}
