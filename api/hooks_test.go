package api_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

func TestBeforeWriteSeesAndChangesRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client, _ := notes(t, database, api.Resource[note]{BeforeWrite: func(_ context.Context, w *api.Write[note]) error {
			for _, row := range w.Rows {
				if w.Sends("title") {
					row.Title = strings.TrimSpace(row.Title)
					row.Tags = []string{string(w.Action)}
				}
			}
			return nil
		}})
		client.Do("POST", "/rest/v1/notes?select=title,tags", `[{"title":" a "},{"title":" b "}]`, "Prefer", "return=representation").
			Want(http.StatusCreated, `[{"title":"a","tags":["insert"]},{"title":"b","tags":["insert"]}]`)
		client.Do("PATCH", "/rest/v1/notes?title=eq.a&select=title,tags", `{"title":" c "}`, "Prefer", "return=representation").
			Want(http.StatusOK, `[{"title":"c","tags":["update"]}]`)
		client.Do("PATCH", "/rest/v1/notes?title=eq.c&select=title,tags,stars", `{"stars":2}`, "Prefer", "return=representation").
			Want(http.StatusOK, `[{"title":"c","tags":["update"],"stars":2}]`)
	})
}

func TestAHookThatRefusesUndoesTheWrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		for _, stage := range []string{"before", "after"} {
			refuse := func(ctx context.Context, w *api.Write[note]) error {
				_, err := db.From(ctx, database).NewInsert().Model(&note{Title: "by the hook"}).Exec(ctx)
				require.NoError(t, err)
				return api.Errorf(http.StatusTeapot, "", "no %s", w.Action)
			}
			resource := api.Resource[note]{Name: "notes", BeforeWrite: refuse}
			if stage == "after" {
				resource = api.Resource[note]{Name: "notes", AfterWrite: refuse}
			}
			client, collection := notes(t, database, resource)
			answer := client.Do("POST", "/rest/v1/notes", `{"title":"a"}`)
			answer.Want(http.StatusTeapot, `{"code":"GW418","message":"no insert","details":null,"hint":null}`)
			count, err := collection.Count(t.Context(), "")
			require.NoError(t, err)
			assert.Zero(t, count, "%s: neither the row nor what the hook wrote may stay", stage)
		}
	})
}

func TestAfterWriteSeesStoredRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		var seen []string
		client, _ := notes(t, database, api.Resource[note]{AfterWrite: func(_ context.Context, w *api.Write[note]) error {
			for _, row := range w.Rows {
				require.NotZero(t, row.ID)
				seen = append(seen, string(w.Action)+" "+row.Title+" "+row.Tenant)
			}
			return nil
		}})
		client.Do("POST", "/rest/v1/notes", `[{"title":"a"},{"title":"b"}]`).Want(http.StatusCreated, "")
		client.Do("PATCH", "/rest/v1/notes?title=eq.a", `{"title":"c"}`).Want(http.StatusNoContent, "")
		client.Do("DELETE", "/rest/v1/notes?title=eq.b", "").Want(http.StatusNoContent, "")
		assert.Equal(t, []string{"insert a main", "insert b main", "update c main", "delete b main"}, seen)
	})
}

func TestAfterReadChangesEveryAnswer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client, collection := notes(t, database, api.Resource[note]{AfterRead: func(_ context.Context, rows []note) error {
			for i := range rows {
				rows[i].Title = strings.ToUpper(rows[i].Title)
				rows[i].Done = true
				rows[i].Tags = append(rows[i].Tags, "seen")
			}
			return nil
		}})
		client.Do("POST", "/rest/v1/notes?select=title,done,tags", `{"title":"a"}`, "Prefer", "return=representation").
			Want(http.StatusCreated, `[{"title":"A","done":true,"tags":["seen"]}]`)
		client.Do("GET", "/rest/v1/notes?select=tags,id,t:title,done&order=id", "").
			Want(http.StatusOK, `[{"tags":["seen"],"id":1,"t":"A","done":true}]`)
		client.Do("GET", "/rest/v1/notes/1?select=title", "").Want(http.StatusOK, `{"title":"A"}`)
		rows, err := collection.List(t.Context(), "")
		require.NoError(t, err)
		assert.Equal(t, "A", rows[0].Title)
	})
}

func TestHooksThatPanicAreErrors(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client, _ := notes(t, database, api.Resource[note]{BeforeWrite: func(context.Context, *api.Write[note]) error { panic("oops") }})
		for range 30 { // more than any pool has connections
			client.Do("POST", "/rest/v1/notes", `{"title":"a"}`).WantCode(http.StatusInternalServerError, "XX000")
		}
		client.Do("GET", "/rest/v1/notes", "").Want(http.StatusOK, "[]")
	})
}

func TestChangesAreToldAfterTheCommit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		var mu sync.Mutex
		var told []string
		e := mounted(t, database, api.Config{}, func(rest *api.API) {
			api.Register(rest, api.Resource[note]{AllowUnfiltered: true})
			rest.OnChange(func(_ context.Context, c *api.Change) {
				mu.Lock()
				defer mu.Unlock()
				title, _ := c.Row.Text("title")
				stars, given := c.Row.Text("stars")
				if !given {
					stars = "null"
				}
				told = append(told, strings.Join([]string{c.Resource, string(c.Action), c.Row.Key()[0], title, stars}, " "))
			})
			rest.OnChange(func(context.Context, *api.Change) { panic("a listener that fails harms nobody") })
		})
		client := apitest.New(t, e)
		client.Do("POST", "/rest/v1/notes", `{"title":"a","stars":4}`).Want(http.StatusCreated, "")
		client.Do("POST", "/rest/v1/notes", `[{"title":"b"},{"title":null}]`).WantCode(http.StatusBadRequest, "23514")
		client.Do("POST", "/rest/v1/notes", `{"title":"nope","owner":"no uuid"}`).WantCode(http.StatusBadRequest, "22P02")
		client.Do("POST", "/rest/v1/notes", `{"id":1,"title":"c"}`, "Prefer", "resolution=merge-duplicates").Want(http.StatusOK, "")
		client.Do("DELETE", "/rest/v1/notes", "").Want(http.StatusNoContent, "")
		assert.Equal(t, []string{"notes insert 1 a 4", "notes update 1 c 4", "notes delete 1 c 4"}, told)
	})
}

func TestTenantColumnHoldsOutsideAllPolicies(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client, _ := notes(t, database, api.Resource[note]{Tenant: "tenant", AllowUnfiltered: true})
		red, blue := client.With("Groundwork-Tenant", "red"), client.With("Groundwork-Tenant", "blue")
		red.Do("POST", "/rest/v1/notes?select=tenant", `{"title":"r"}`, "Prefer", "return=representation").
			Want(http.StatusCreated, `[{"tenant":"red"}]`)
		blue.Do("POST", "/rest/v1/notes", `{"title":"b","tenant":"red"}`).WantCode(http.StatusUnauthorized, "42501")
		blue.Do("GET", "/rest/v1/notes", "").Want(http.StatusOK, "[]")
		blue.Do("GET", "/rest/v1/notes/1", "").WantCode(http.StatusNotFound, "PGRST116")
		blue.Do("PATCH", "/rest/v1/notes", `{"title":"x"}`, "Prefer", "count=exact").WantHeader("Content-Range", "*/0")
		blue.Do("DELETE", "/rest/v1/notes", "", "Prefer", "count=exact").WantHeader("Content-Range", "*/0")
		blue.Do("POST", "/rest/v1/notes", `{"id":1,"title":"mine now"}`, "Prefer", "resolution=merge-duplicates").
			WantCode(http.StatusUnauthorized, "42501")
		red.Do("PATCH", "/rest/v1/notes", `{"tenant":"blue"}`).WantCode(http.StatusUnauthorized, "42501")
		red.Do("PATCH", "/rest/v1/notes?select=title,tenant", `{"title":"still red"}`, "Prefer", "return=representation").
			Want(http.StatusOK, `[{"title":"still red","tenant":"red"}]`)
	})
}

func TestTypedAccessInAHookStaysInTheRequestsTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		var collection *api.Collection[note]
		var seen []int64
		e := mounted(t, database, api.Config{}, func(rest *api.API) {
			collection = api.Register(rest, api.Resource[note]{
				Tenant: "tenant", AfterWrite: func(ctx context.Context, _ *api.Write[note]) error {
					count, err := collection.Count(ctx, "")
					seen = append(seen, count)
					return err
				},
			})
		})
		client := apitest.New(t, e)
		for _, tenant := range []string{"red", "blue", "red", ""} {
			var headers []string
			if tenant != "" {
				headers = []string{"Groundwork-Tenant", tenant}
			}
			client.Do("POST", "/rest/v1/notes", `{"title":"a"}`, headers...).Want(http.StatusCreated, "")
		}
		assert.Equal(t, []int64{1, 1, 2, 1}, seen)
		red, err := collection.Count(api.WithTenant(t.Context(), "red"), "")
		require.NoError(t, err)
		assert.EqualValues(t, 2, red)
		row := note{Title: "b"}
		require.NoError(t, collection.Create(api.WithTenant(t.Context(), "green"), &row))
		assert.Equal(t, "green", row.Tenant)
		require.ErrorIs(t, collection.Delete(t.Context(), row.ID), db.ErrNotFound)
	})
}

func TestBeforeWriteCanLookAtExistingRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client, collection := notes(t, database, api.Resource[note]{BeforeWrite: func(ctx context.Context, w *api.Write[note]) error {
			rows, err := w.Existing(ctx)
			if err != nil {
				return err
			}
			for _, row := range rows {
				if row.Done {
					return api.Errorf(http.StatusConflict, "", "%s is done", row.Title)
				}
			}
			return nil
		}})
		client.Do("POST", "/rest/v1/notes", `[{"title":"a","done":true},{"title":"b","done":false}]`).Want(http.StatusCreated, "")
		client.Do("PATCH", "/rest/v1/notes?title=in.(a,b)", `{"stars":1}`).WantCode(http.StatusConflict, "GW409")
		client.Do("DELETE", "/rest/v1/notes/1", "").WantCode(http.StatusConflict, "GW409")
		client.Do("PATCH", "/rest/v1/notes?title=eq.b&order=id&limit=1&select=stars", `{"stars":1}`, "Prefer", "return=representation").
			Want(http.StatusOK, `[{"stars":1}]`)
		client.Do("DELETE", "/rest/v1/notes/2", "").Want(http.StatusNoContent, "")
		count, err := collection.Count(t.Context(), "")
		require.NoError(t, err)
		assert.EqualValues(t, 1, count)
	})
}

func TestATenantIsAskedForOnlyWhereTenantsAreGuarded(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	careless := policy.AuthorizerFunc(api.AllowAll.Plan)
	e := mounted(t, database, api.Config{
		Authorizer: careless,
		Tenant:     func(r *http.Request) string { return strings.TrimSuffix(r.Host, ".example.com") },
	}, func(rest *api.API) { api.Register(rest, api.Resource[note]{Tenant: "tenant"}) })
	client := apitest.New(t, e)
	client.Do("GET", "/rest/v1/notes", "", "Groundwork-Tenant", "red").WantCode(http.StatusUnauthorized, "42501")
	client.Do("GET", "/rest/v1/notes", "").Want(http.StatusOK, "[]")
}

func TestAnUpsertThatMeetsADefaultKeyChangesTheRow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client, _ := notes(t, database, api.Resource[note]{})
		_, err := database.ExecContext(t.Context(), "CREATE UNIQUE INDEX notes_by_tenant ON notes (title, tenant)")
		require.NoError(t, err)
		const merge = "resolution=merge-duplicates"
		client.Do("POST", "/rest/v1/notes?on_conflict=title,tenant", `{"title":"a","stars":1}`, "Prefer", merge).Want(http.StatusCreated, "")
		client.Do("POST", "/rest/v1/notes?on_conflict=title,tenant", `{"title":"a","stars":2}`, "Prefer", merge).Want(http.StatusOK, "")
		client.Do("GET", "/rest/v1/notes?select=title,stars,tenant", "").Want(http.StatusOK, `[{"title":"a","stars":2,"tenant":"main"}]`)
	})
}

func TestAHookCanWriteAZeroValue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client, _ := notes(t, database, api.Resource[note]{BeforeWrite: func(_ context.Context, w *api.Write[note]) error {
			if w.Action == policy.Update {
				w.Set("stars", "done")
			}
			return nil
		}})
		client.Do("POST", "/rest/v1/notes", `{"title":"a","stars":3,"done":true}`).Want(http.StatusCreated, "")
		client.Do("PATCH", "/rest/v1/notes/1?select=title,stars,done", `{"title":"b"}`).
			Want(http.StatusOK, `{"title":"b","stars":null,"done":false}`)
	})
}

func TestConstraintErrorsShowNoRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client, _ := notes(t, database, api.Resource[note]{})
		client.Do("POST", "/rest/v1/notes", `{"title":"secret"}`).Want(http.StatusCreated, "")
		answer := client.Do("PATCH", "/rest/v1/notes?id=eq.1", `{"done":null}`).WantCode(http.StatusBadRequest, "23502")
		assert.NotContains(t, answer.Body, "secret")
	})
}
