package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Each test here closes a hole that an attacker found.

type (
	folder struct {
		bun.BaseModel `bun:"table:folders"`

		ID   int64    `bun:",pk" json:"id"`
		Docs []*paper `bun:"m2m:folder_papers,join:Folder=Paper" json:"-"`
	}
	paper struct {
		bun.BaseModel `bun:"table:papers"`

		ID     int64          `bun:",pk" json:"id"`
		Card   string         `bun:",nullzero" json:"card"`
		Secret *string        `bun:",unique:hidden" json:"secret"`
		Shown  *string        `bun:",unique:hidden" json:"shown"`
		Data   map[string]any `bun:"type:jsonb" json:"data"`
		At     *time.Time     `json:"at"`
	}
	folderPaper struct {
		bun.BaseModel `bun:"table:folder_papers"`

		FolderID int64   `bun:",pk" json:"folder_id"`
		PaperID  int64   `bun:",pk" json:"paper_id"`
		Tenant   string  `bun:",notnull,default:'main'" json:"tenant"`
		Visible  bool    `bun:",notnull" json:"visible"`
		Folder   *folder `bun:"rel:belongs-to,join:folder_id=id" json:"-"`
		Paper    *paper  `bun:"rel:belongs-to,join:paper_id=id" json:"-"`
	}
)

func shelf(t *testing.T, database *bun.DB, cfg api.Config, papers api.Resource[paper], joins api.Resource[folderPaper]) *apitest.Client {
	t.Helper()
	database.RegisterModel((*folderPaper)(nil))
	require.NoError(t, db.CreateTables(t.Context(), database, (*folder)(nil), (*paper)(nil), (*folderPaper)(nil)))
	for _, rows := range []any{
		&[]folder{{ID: 1}},
		&[]paper{{ID: 1, Card: "4111", Secret: new("s"), Data: map[string]any{"a": "deep"}}, {ID: 2, Card: "4222"}},
		&[]folderPaper{{FolderID: 1, PaperID: 1, Tenant: "red", Visible: true}, {FolderID: 1, PaperID: 2, Tenant: "blue", Visible: false}},
	} {
		_, err := database.NewInsert().Model(rows).Exec(t.Context())
		require.NoError(t, err)
	}
	e := mounted(t, database, cfg, func(rest *api.API) {
		api.Register(rest, api.Resource[folder]{})
		api.Register(rest, papers)
		api.Register(rest, joins)
	})
	return apitest.New(t, e)
}

func TestAManyToManyEmbedKeepsToTheTenantOfItsJoinTable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := shelf(t, database, api.Config{}, api.Resource[paper]{}, api.Resource[folderPaper]{Tenant: "tenant"}).
			With("Groundwork-Tenant", "red")
		client.Do("GET", "/rest/v1/folders?select=id,papers(id)", "").Want(http.StatusOK, `[{"id":1,"papers":[{"id":1}]}]`)
		client.Do("GET", "/rest/v1/folders?select=id,papers(count)", "").Want(http.StatusOK, `[{"id":1,"papers":[{"count":1}]}]`)
		client.Do("GET", "/rest/v1/papers?select=id,folders!inner(id)", "").Want(http.StatusOK, `[{"id":1,"folders":[{"id":1}]}]`)
		client.Do("GET", "/rest/v1/papers?select=id,folders()&folders=is.null", "").Want(http.StatusOK, `[{"id":2}]`)
	})
}

// joinPolicy allows everything but the rows of the join table that are not visible, or the join table altogether.
type joinPolicy struct {
	deny    bool
	visible filter.Expr
}

func (p *joinPolicy) Describe(resources []policy.Resource) (err error) {
	for _, r := range resources {
		if r.Name == "folder_papers" {
			p.visible, err = filter.Parse(r.Table, "visible=is.true")
		}
	}
	return err
}

func (p *joinPolicy) Plan(ctx context.Context, r policy.Request) (policy.Plan, error) {
	plan, err := api.AllowAll.Plan(ctx, r)
	if r.Resource == "folder_papers" {
		if p.deny {
			return policy.Plan{}, nil
		}
		plan.Kind, plan.Where = policy.Conditional, p.visible
	}
	if r.Resource == "papers" && r.Action != policy.Select {
		plan.Preset = map[string]any{"secret": "preset value"}
	}
	return plan, err
}

func TestAManyToManyEmbedKeepsToThePolicyOfItsJoinTable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		rules := new(joinPolicy)
		client := shelf(t, database, api.Config{Authorizer: rules}, api.Resource[paper]{}, api.Resource[folderPaper]{})
		client.Do("GET", "/rest/v1/folders?select=id,papers(id)", "").Want(http.StatusOK, `[{"id":1,"papers":[{"id":1}]}]`)
		client.Do("GET", "/rest/v1/papers?select=id,folders!inner()", "").Want(http.StatusOK, `[{"id":1}]`)
		rules.deny = true
		client.Do("GET", "/rest/v1/folders?select=id,papers(id)", "").WantCode(http.StatusUnauthorized, "42501")
		client.Do("GET", "/rest/v1/papers?select=id,folders!inner()", "").WantCode(http.StatusUnauthorized, "42501")
	})
}

func TestNothingPassesAnAfterReadHookBy(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := shelf(t, database, api.Config{}, api.Resource[paper]{AfterRead: func(_ context.Context, rows []paper) error {
			for i := range rows {
				rows[i].Card, rows[i].Data = "****", nil
			}
			return nil
		}}, api.Resource[folderPaper]{})
		client.Do("GET", "/rest/v1/papers?select=x:card,data&id=eq.1", "").Want(http.StatusOK, `[{"x":"****","data":null}]`)
		for _, path := range []string{
			"/papers?select=card::text", "/papers?select=data->a", "/papers?select=x:data->>a", "/papers/1?select=data::text",
			"/folders?select=id,papers(card)", "/folders?select=id,x:papers(card)", "/folder_papers?select=papers(card)",
			"/folder_papers?select=folders(papers(card))",
		} {
			answer := client.Do("GET", "/rest/v1"+path, "").WantCode(http.StatusBadRequest, "PGRST127")
			assert.NotContains(t, answer.Body, "4111")
		}
		client.Do("GET", "/rest/v1/folders?select=id,papers(count)", "").Want(http.StatusOK, `[{"id":1,"papers":[{"count":2}]}]`)
	})
}

func TestViolatedKeysShowOnlyWhatTheCallerSent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := shelf(t, database, api.Config{Authorizer: new(joinPolicy)}, api.Resource[paper]{}, api.Resource[folderPaper]{})
		client.Do("POST", "/rest/v1/papers", `{"id":7,"shown":"x"}`).Want(http.StatusCreated, "")
		answer := client.Do("POST", "/rest/v1/papers", `{"id":8,"shown":"x"}`).WantCode(http.StatusConflict, "23505")
		assert.NotContains(t, answer.Body, "preset value")
		assert.Contains(t, answer.Body, `"details":null`)
		client.Do("POST", "/rest/v1/papers", `{"id":7,"shown":"y"}`).WantCode(http.StatusConflict, "23505")
	})
}

func TestARowThatTheProgramCannotReadIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := shelf(t, database, api.Config{}, api.Resource[paper]{}, api.Resource[folderPaper]{})
		for _, body := range []string{`{"id":9,"data":5}`, `{"id":9,"data":[1]}`, `{"id":9,"at":"infinity"}`} {
			client.Do("POST", "/rest/v1/papers", body).WantCode(http.StatusBadRequest, "22P02")
			client.Do("PATCH", "/rest/v1/papers?id=eq.1", body).WantCode(http.StatusBadRequest, "22P02")
		}
		client.Do("POST", "/rest/v1/papers", `{"id":9,"data":{"n":1},"at":"2026-01-01T00:00:00Z"}`).Want(http.StatusCreated, "")
		var rows []paper
		require.NoError(t, database.NewSelect().Model(&rows).Scan(t.Context()))
		assert.Len(t, rows, 3)
	})
}

func TestAFilterThatLostItsValueWidensNoWrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := shelf(t, database, api.Config{}, api.Resource[paper]{}, api.Resource[folderPaper]{})
		client.Do("DELETE", "/rest/v1/folder_papers?folder_id=eq.1&paper_id%3Deq.1", "").WantCode(http.StatusBadRequest, "PGRST100")
		client.Do("PATCH", "/rest/v1/folder_papers?folder_id=eq.1&paper_id", `{"visible":true}`).WantCode(http.StatusBadRequest, "PGRST100")
		client.Do("GET", "/rest/v1/folder_papers?select=paper_id&order=paper_id&stray", "").
			Want(http.StatusOK, `[{"paper_id":1},{"paper_id":2}]`)
	})
}

func TestClosedResourcesTellNothingOfTheirColumns(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	client := shelf(t, database, api.Config{Authorizer: &joinPolicy{deny: true}}, api.Resource[paper]{}, api.Resource[folderPaper]{})
	for _, call := range [][3]string{
		{"GET", "?nope=eq.1", ""}, {"GET", "?select=nope(*)", ""}, {"PATCH", "?folder_id=eq.1", `{"nope":1}`},
		{"POST", "", `{"nope":1}`}, {"DELETE", "?nope=eq.1", ""},
	} {
		client.Do(call[0], "/rest/v1/folder_papers"+call[1], call[2]).WantCode(http.StatusUnauthorized, "42501")
	}
}

func TestListArgumentsTakeArrayLiterals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		type in struct {
			Names []string `json:"names,omitempty"`
			IDs   []int    `json:"ids,omitempty"`
		}
		e := mounted(t, database, api.Config{}, func(rest *api.API) {
			api.Func(rest, api.Function{Name: "echo", ReadOnly: true}, func(_ context.Context, args in) (map[string]any, error) {
				return map[string]any{"names": args.Names, "ids": args.IDs}, nil
			})
		})
		client := apitest.New(t, e)
		client.Do("GET", `/rest/v1/rpc/echo?names={a,"b,c"}&ids={1,2}`, "").Want(http.StatusOK, `{"names":["a","b,c"],"ids":[1,2]}`)
		client.Do("GET", `/rest/v1/rpc/echo?names=["a"]`, "").Want(http.StatusOK, `{"names":["a"],"ids":null}`)
		client.Do("GET", `/rest/v1/rpc/echo?ids={x}`, "").WantCode(http.StatusBadRequest, "22P02")
		client.Do("POST", `/rest/v1/rpc/echo`, `{"ids":[3]}`).Want(http.StatusOK, `{"names":null,"ids":[3]}`)
	})
}
