package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// cinema makes tables without models; each statement is understood by both databases.
func cinema(t *testing.T, database *bun.DB) {
	t.Helper()
	for _, statement := range []string{
		`CREATE TABLE directors (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE)`,
		`CREATE TABLE films (id INTEGER PRIMARY KEY, director_id INTEGER REFERENCES directors (id), title TEXT NOT NULL,
			slug TEXT, seen BOOLEAN NOT NULL DEFAULT FALSE, price NUMERIC(6,2), tenant TEXT NOT NULL DEFAULT 'main')`,
		`CREATE TABLE secrets (id INTEGER PRIMARY KEY, film_id INTEGER REFERENCES films (id))`,
		`CREATE VIEW cheap AS SELECT id, title FROM films WHERE price < 10`,
		`INSERT INTO directors VALUES (1, 'Agnès Varda'), (2, 'Yasujirō Ozu')`,
		`INSERT INTO films VALUES (1, 1, 'Cléo', 'cleo', TRUE, 8.5, 'main'), (2, 2, 'Late Spring', 'late', FALSE, 12, 'main')`,
	} {
		_, err := database.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// screening serves what register adds.
func screening(t *testing.T, database *bun.DB, cfg api.Config, register func(*api.API)) *apitest.Client {
	t.Helper()
	cinema(t, database)
	cfg.Logger = slog.New(slog.DiscardHandler)
	rest := api.New(database, cfg)
	register(rest)
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group(mount)))
	return apitest.New(t, e)
}

func TestTableIsServedAsAModelIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := screening(t, database, api.Config{Authorizer: api.AllowAll}, func(rest *api.API) {
			api.Table(rest, "films", api.TableOptions{})
			api.Table(rest, "directors", api.TableOptions{Name: "people", Description: "Who makes films."})
			api.Table(rest, "cheap", api.TableOptions{})
		})
		client.Do("GET", mount+"/films?select=title,price,seen,people(name)&order=id", "").Want(http.StatusOK,
			`[{"title":"Cléo","price":8.50,"seen":true,"people":{"name":"Agnès Varda"}},
			  {"title":"Late Spring","price":12.00,"seen":false,"people":{"name":"Yasujirō Ozu"}}]`)
		client.Do("GET", mount+"/people/2?select=films!films_director_id_fkey(id)", "").Want(http.StatusOK, `{"films":[{"id":2}]}`)
		client.Do("POST", mount+"/people", `{"id":3,"name":"Agnès Varda"}`).WantCode(http.StatusConflict, "23505")
		client.Do("POST", mount+"/people", `{"id":3,"name":"a name that is far longer than its forty characters"}`).WantCode(http.StatusBadRequest, "22001")
		client.Do("GET", mount+"/cheap", "").Want(http.StatusOK, `[{"id":1,"title":"Cléo"}]`)
		client.Do("POST", mount+"/cheap", `{"id":3}`).WantCode(http.StatusMethodNotAllowed, "PGRST117").WantHeader("Allow", "OPTIONS,GET,HEAD")

		client.Do("GET", mount+"/secrets", "").WantCode(http.StatusNotFound, "PGRST205") // not named, not exposed
		client.Do("GET", mount+"/films?select=secrets(id)", "").WantCode(http.StatusBadRequest, "PGRST200")

		var document struct {
			Paths map[string]map[string]any
			Tags  []struct{ Name, Description string }
		}
		require.NoError(t, json.Unmarshal([]byte(client.Do("GET", mount+"/", "").Body), &document))
		require.Contains(t, document.Paths["/films"], "post")
		require.Contains(t, document.Paths, "/people/{id}")
		require.NotContains(t, document.Paths["/cheap"], "post")
		require.NotContains(t, document.Paths, "/secrets")
	})
}

func TestTableNeedsAPolicy(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := screening(t, database, api.Config{}, func(rest *api.API) { api.Table(rest, "films", api.TableOptions{}) })
		client.Do("GET", mount+"/films", "").WantCode(http.StatusUnauthorized, "42501")
		client.Do("POST", mount+"/films", `{"id":3,"title":"x"}`).WantCode(http.StatusUnauthorized, "42501")
	})
}

// viewer lets everybody see and change the films that are seen, without their price.
type viewer struct{ seen filter.Expr }

func (v *viewer) Describe(resources []policy.Resource) (err error) {
	v.seen, err = filter.Parse(resources[0].Table, "seen=is.true")
	return err
}

func (v *viewer) Plan(_ context.Context, r policy.Request) (policy.Plan, error) {
	if r.Resource != "films" {
		return policy.Plan{}, nil
	}
	return policy.Plan{
		Kind: policy.Conditional, Where: v.seen, Check: v.seen, Readable: policy.AllBut("price"), Writable: policy.Columns("id", "title", "seen"),
		Preset: map[string]any{"slug": "given"},
	}, nil
}

func TestTableIsUnderThePolicy(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := screening(t, database, api.Config{Authorizer: &viewer{}}, func(rest *api.API) {
			api.Table(rest, "films", api.TableOptions{})
			api.Table(rest, "directors", api.TableOptions{})
		})
		client.Do("GET", mount+"/films", "").
			Want(http.StatusOK, `[{"id":1,"director_id":1,"title":"Cléo","slug":"cleo","seen":true,"tenant":"main"}]`)
		client.Do("GET", mount+"/films?price=gt.1", "").WantCode(http.StatusUnauthorized, "42501")
		client.Do("GET", mount+"/films?select=directors(name)", "").WantCode(http.StatusUnauthorized, "42501")
		client.Do("PATCH", mount+"/films?id=eq.2", `{"title":"x"}`, "Prefer", "return=representation").Want(http.StatusOK, `[]`)
		client.Do("POST", mount+"/films", `{"id":3,"title":"x","seen":false}`).WantCode(http.StatusUnauthorized, "42501")
		client.Do("POST", mount+"/films?select=slug", `{"id":3,"title":"x","seen":true}`, "Prefer", "return=representation").
			Want(http.StatusCreated, `[{"slug":"given"}]`)
		client.Do("POST", mount+"/films", `{"id":4,"title":"x","seen":true,"tenant":"other"}`).WantCode(http.StatusUnauthorized, "42501")
	})
}

func TestTableHooksSeeRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		var stored []string
		client := screening(t, database, api.Config{Authorizer: api.AllowAll}, func(rest *api.API) {
			api.Table(rest, "films", api.TableOptions{
				Tenant: "tenant",
				BeforeWrite: func(_ context.Context, w *api.Write[api.Row]) error {
					for _, row := range w.Rows {
						if title, ok := row.Text("title"); ok {
							row.Set("slug", "s-"+title)
						}
						if price, ok := row.Text("price"); ok && price == "0" {
							row.SetNull("price")
						}
						if row.Has("seen") && w.Action == policy.Update {
							row.Set("screen", "1") // there is no such column
						}
					}
					return nil
				},
				AfterWrite: func(_ context.Context, w *api.Write[api.Row]) error {
					for _, row := range w.Rows {
						tenant, _ := row.Text("tenant")
						slug, ok := row.Text("slug")
						if !ok {
							return errors.New("no slug")
						}
						stored = append(stored, string(w.Action)+" "+tenant+" "+slug)
					}
					return nil
				},
				AfterRead: func(_ context.Context, rows []api.Row) error {
					for i := range rows {
						if title, ok := rows[i].Text("title"); ok {
							rows[i].Set("title", title+"!")
						}
					}
					return nil
				},
			})
		})
		back := []string{"Prefer", "return=representation"}
		client.Do("POST", mount+"/films?select=id,title,slug,price,tenant", `[{"id":3,"title":"Ran","price":0},{"id":4,"title":"Ikiru","price":3}]`, back...).
			Want(http.StatusCreated, `[{"id":3,"title":"Ran!","slug":"s-Ran","price":null,"tenant":"main"},
				{"id":4,"title":"Ikiru!","slug":"s-Ikiru","price":3.00,"tenant":"main"}]`)
		client.Do("PATCH", mount+"/films?id=eq.4", `{"title":"Kagemusha"}`).Want(http.StatusNoContent, "")
		client.Do("DELETE", mount+"/films?id=eq.3", "").Want(http.StatusNoContent, "")
		require.Equal(t, []string{"insert main s-Ran", "insert main s-Ikiru", "update main s-Kagemusha", "delete main s-Ran"}, stored)
		client.Do("GET", mount+"/films?select=title,price&id=eq.4", "").Want(http.StatusOK, `[{"title":"Kagemusha!","price":3.00}]`)
		client.Do("PATCH", mount+"/films?id=eq.4", `{"seen":true}`).WantCode(http.StatusInternalServerError, "XX000")
		client.Do("GET", mount+"/films?select=seen&id=eq.4", "").Want(http.StatusOK, `[{"seen":false}]`)
	})
}

func TestTableFromGo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		var films *api.Collection[api.Row]
		var changes []string
		screening(t, database, api.Config{Authorizer: api.AllowAll}, func(rest *api.API) {
			films = api.Table(rest, "films", api.TableOptions{})
			rest.OnChange(func(_ context.Context, change *api.Change) {
				title, _ := change.Row.Text("title")
				changes = append(changes, string(change.Action)+" "+title)
			})
		})
		ctx := t.Context()
		var row api.Row
		row.Set("id", "7")
		row.Set("title", "Tokyo Story")
		row.SetNull("director_id")
		require.NoError(t, films.Create(ctx, &row))
		seen, ok := row.Text("seen")
		require.True(t, ok, "the row holds what the database holds: %v", row.Columns())
		require.Equal(t, "false", seen)

		var patch api.Row
		patch.Set("id", "7")
		patch.Set("slug", "tokyo")
		require.NoError(t, films.Update(ctx, &patch))
		title, _ := patch.Text("title")
		require.Equal(t, "Tokyo Story", title, "columns that the row does not have stay")

		found, err := films.Get(ctx, 7)
		require.NoError(t, err)
		slug, _ := found.Text("slug")
		require.Equal(t, "tokyo", slug)
		require.True(t, found.Has("director_id"))
		_, ok = found.Text("director_id")
		require.False(t, ok)
		listed, err := films.List(ctx, "order=id.desc&limit=2")
		require.NoError(t, err)
		require.Len(t, listed, 2)
		require.NoError(t, films.Delete(ctx, "7"))
		require.ErrorIs(t, films.Delete(ctx, "7"), db.ErrNotFound)
		require.Equal(t, []string{"insert Tokyo Story", "update Tokyo Story", "delete Tokyo Story"}, changes)

		patch.Set("screen", "1")
		require.ErrorContains(t, films.Update(ctx, &patch), `has no column "screen"`)
		require.ErrorContains(t, films.Update(ctx, new(api.Row), "slug"), `no value for "id"`)
	})
}

func TestTableMistakes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		cinema(t, database)
		rest := api.New(database, api.Config{Authorizer: api.AllowAll})
		api.Table(rest, "flims", api.TableOptions{})
		api.Table(rest, "nothing.like.it", api.TableOptions{})
		api.Table(rest, "films", api.TableOptions{Source: api.SourceFunc[api.Row](nil)})
		api.Table(rest, "cheap", api.TableOptions{Actions: []policy.Action{policy.Insert}})
		api.Table(rest, "films", api.TableOptions{Tenant: "nobody"})
		api.Tables(rest, nil, api.TableOptions{Name: "many"})
		api.Tables(rest, []*schema.Table{{Name: "made", Columns: []schema.Column{{}}}}, api.TableOptions{})
		err := rest.Mount(api.Server(rest).Group(mount))
		for _, part := range []string{
			`table "flims": the database has no such table: did you mean "films"`, `table "nothing.like.it"`, "a table has no Source",
			`resource "cheap" cannot insert`, `tenant column "nobody" does not exist`, "Name is for one resource", `table "made"`,
		} {
			require.ErrorContains(t, err, part)
		}
	})
}

func TestTablesAreCopied(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		cinema(t, database)
		tables, err := schema.Inspect(t.Context(), database, schema.InspectOptions{Tables: []string{"films", "directors"}})
		require.NoError(t, err)
		for range 2 { // two APIs over one description
			rest := api.New(database, api.Config{Authorizer: api.AllowAll})
			api.Tables(rest, tables, api.TableOptions{ReadOnly: true})
			e := api.Server(rest)
			require.NoError(t, rest.Mount(e.Group(mount)))
			apitest.New(t, e).Do("DELETE", mount+"/films?id=eq.1", "").WantCode(http.StatusMethodNotAllowed, "PGRST117")
		}
		require.Nil(t, tables[0].Relations)
	})
}

func TestTimesKeepTheFormOfTheirColumn(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	require.Equal(t, dialect.SQLite, database.Dialect().Name())
	_, err := database.ExecContext(t.Context(), `CREATE TABLE events (id INTEGER PRIMARY KEY, at DATETIME, seen DATETIME);
		INSERT INTO events VALUES (1, '2024-01-31 10:00:00', '2024-01-31T10:00:00.000Z'), (2, '2024-02-01 00:00:00', NULL)`)
	require.NoError(t, err)
	rest := api.New(database, api.Config{Authorizer: api.AllowAll, Logger: slog.New(slog.DiscardHandler)})
	api.Table(rest, "events", api.TableOptions{})
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group(mount)))
	client := apitest.New(t, e)
	client.Do("GET", mount+"/events?at=eq.2024-01-31T10:00:00", "").
		Want(http.StatusOK, `[{"id":1,"at":"2024-01-31T10:00:00","seen":"2024-01-31T10:00:00+00:00"}]`)
	client.Do("GET", mount+"/events?seen=eq.2024-01-31T12:00:00%2B02:00&select=id", "").Want(http.StatusOK, `[{"id":1}]`)
	client.Do("POST", mount+"/events", `{"id":3,"at":"2024-03-01","seen":"2024-03-01T05:06:07+01:00"}`).Want(http.StatusCreated, "")
	client.Do("GET", mount+"/events?at=gt.2024-01-31T10:00:00&order=at&select=id", "").Want(http.StatusOK, `[{"id":2},{"id":3}]`)
	var at, seen string
	require.NoError(t, database.NewRaw(`SELECT CAST(at AS TEXT), CAST(seen AS TEXT) FROM events WHERE id = 3`).Scan(t.Context(), &at, &seen))
	require.Equal(t, "2024-03-01 00:00:00 2024-03-01T04:06:07.000Z", at+" "+seen)
}
