package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

func TestMountTellsEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	rest := api.New(database, api.Config{CORS: api.CORS{Credentials: true}})
	api.Register(rest, api.Resource[note]{Name: "bad name!"})
	api.Register(rest, api.Resource[note]{Name: "rpc"})
	api.Register(rest, api.Resource[note]{Name: "twice"})
	api.Register(rest, api.Resource[note]{Name: "twice"})
	api.Register(rest, api.Resource[note]{Name: "tenants", Tenant: "nope"})
	api.Register(rest, api.Resource[gauge]{
		Name: "gauges", Actions: []policy.Action{policy.Delete},
		Source: api.SourceFunc[gauge](func(context.Context, api.Wanted) ([]gauge, error) { return nil, nil }),
	})
	api.Register(rest, api.Resource[note]{Name: "both", ReadOnly: true, Actions: []policy.Action{policy.Insert}})
	api.Func(rest, api.Function{Name: "no struct"}, func(context.Context, int) (int, error) { return 0, nil })
	api.Func(rest, api.Function{Name: "f"}, func(context.Context, int) (int, error) { return 0, nil })
	err := rest.Mount(echo.New().Group("/rest/v1"))
	require.Error(t, err)
	for _, part := range []string{
		"CORS.Origins", `"bad name!"`, `"rpc"`, `"twice" is registered twice`, `tenant column "nope"`,
		`"gauges" cannot delete`, `"both": give ReadOnly or Actions`, `"no struct"`, `"f": its argument is int`,
	} {
		assert.ErrorContains(t, err, part)
	}
}

func TestMountFindsTheForgottenMigration(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	rest := api.New(database, api.Config{})
	api.Register(rest, api.Resource[note]{})
	err := rest.Mount(echo.New().Group("/rest/v1"))
	require.ErrorContains(t, err, `"notes" does not match the database`)
	require.ErrorContains(t, err, "db.CreateTables or db.Migrate")
}

func TestNewWithoutADatabaseIsAMistakeOfMount(t *testing.T) {
	t.Parallel()
	rest := api.New(nil, api.Config{})
	api.Register(rest, api.Resource[note]{})
	require.ErrorContains(t, rest.Mount(echo.New().Group("/rest/v1")), "nil database")
}

func TestTheZeroConfigDeniesEverything(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	require.NoError(t, db.CreateTables(t.Context(), database, (*note)(nil)))
	rest := api.New(database, api.Config{})
	api.Register(rest, api.Resource[note]{})
	api.Func(rest, api.Function{Name: "f"}, func(context.Context, struct{}) (int, error) { return 1, nil })
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group("/rest/v1")))
	client := apitest.New(t, e)
	for _, call := range [][3]string{
		{"GET", "/notes", ""}, {"HEAD", "/notes", ""}, {"GET", "/notes/1", ""}, {"POST", "/notes", `{"title":"a"}`},
		{"PATCH", "/notes?id=eq.1", `{"title":"a"}`}, {"DELETE", "/notes?id=eq.1", ""}, {"PUT", "/notes/1", `{"title":"a"}`},
		{"POST", "/rpc/f", ""},
	} {
		answer := client.Do(call[0], "/rest/v1"+call[1], call[2])
		assert.Equal(t, http.StatusUnauthorized, answer.Status, "%v: %s", call, answer.Body)
	}
}

func TestAnAuthorizerThatFailsDenies(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	broken := policy.AuthorizerFunc(func(context.Context, policy.Request) (policy.Plan, error) {
		return policy.Plan{Kind: policy.Allowed}, assert.AnError
	})
	e := mounted(t, database, api.Config{Authorizer: broken}, func(rest *api.API) { api.Register(rest, api.Resource[note]{}) })
	client := apitest.New(t, e)
	client.Do("GET", "/rest/v1/notes", "").WantCode(http.StatusServiceUnavailable, "GW503").WantHeader("Retry-After", "1")
}

func TestRegisteringAfterMountIsAMistake(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	rest := api.New(database, api.Config{})
	e := echo.New()
	require.NoError(t, rest.Mount(e.Group("/rest/v1")))
	require.ErrorContains(t, rest.Mount(e.Group("/again")), "Mount was called twice")
}
