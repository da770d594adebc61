package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

func TestThePageAndItsDocument(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	require.NoError(t, db.CreateTables(t.Context(), database, (*Song)(nil)))
	e, err := newEcho(database)
	require.NoError(t, err)
	client := apitest.New(t, e)
	page := client.Do("GET", "/help/", "")
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Body, "/data/v2/")
	document := client.Do("GET", "/data/v2/", "")
	require.Equal(t, http.StatusOK, document.Status)
	require.Contains(t, document.Body, `"openapi":"3.1.0"`)
	client.Do("GET", "/help", "").WantHeader("Location", "./help/")
}
