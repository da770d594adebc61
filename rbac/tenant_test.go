package rbac_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac"
)

// page belongs to a tenant.
type page struct {
	bun.BaseModel `bun:"table:pages"`

	ID     int64  `bun:",pk,autoincrement" json:"id"`
	Title  string `bun:",notnull" json:"title"`
	Tenant string `bun:",notnull" json:"tenant"`
}

func TestTenantsThroughTheDoors(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		require.NoError(t, db.CreateTables(ctx, database, (*page)(nil)))
		rules, err := rbac.New(ctx, database, rbac.Config{
			Rules: []rbac.Rule{
				{Sub: rbac.Anon, Obj: "pages", Act: "select"},
				{Sub: rbac.Role("editor"), Obj: "pages", Act: "insert"},
			},
			Grants: []rbac.Grant{{Sub: rbac.User(ann), Role: rbac.Role("editor"), Dom: "red"}},
		})
		require.NoError(t, err)
		t.Cleanup(rules.Close)
		rest := api.New(database, api.Config{
			Auth: byHeader{}, Authorizer: rules, Logger: slog.New(slog.DiscardHandler),
			Tenant: func(r *http.Request) string {
				name, _, _ := strings.Cut(r.Header.Get("Site"), ".")
				return name
			},
		})
		api.Register(rest, api.Resource[page]{Tenant: "tenant"})
		e := api.Server(rest)
		require.NoError(t, rest.Mount(e.Group("/rest/v1")))
		rows := []page{{Title: "r", Tenant: "red"}, {Title: "b", Tenant: "blue"}}
		_, err = database.NewInsert().Model(&rows).ExcludeColumn("id").Exec(ctx)
		require.NoError(t, err)

		const at = "/rest/v1/pages"
		stranger := apitest.New(t, e)
		editor := stranger.With("As", ann.String())
		// The program names the tenant by host: strangers are served there, and see only that tenant.
		stranger.Do("GET", at+"?select=title", "", "Site", "red.example.com").Want(200, `[{"title":"r"}]`)
		stranger.Do("GET", at+"?select=title", "", "Site", "blue.example.com").Want(200, `[{"title":"b"}]`)
		stranger.Do("GET", at+"?select=title", "").Want(200, `[]`)
		// A stranger who asks for a tenant by header gets none.
		stranger.Do("GET", at, "", "Groundwork-Tenant", "red").WantCode(401, "42501")
		// A caller may ask for a tenant where a grant is held, and has the rights of that grant only there.
		editor.Do("GET", at+"?select=title", "", "Groundwork-Tenant", "red").Want(200, `[{"title":"r"}]`)
		editor.Do("POST", at, `{"title":"n"}`, "Groundwork-Tenant", "red").Want(201, "")
		editor.Do("GET", at, "", "Groundwork-Tenant", "blue").WantCode(403, "42501")
		editor.Do("POST", at, `{"title":"n"}`, "Site", "blue.example.com").WantCode(403, "42501")
		editor.Do("POST", at, `{"title":"n"}`).WantCode(403, "42501")
	})
}
