package rbac_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac"
)

// byHeader takes the caller from headers: who is a user's id, "service", or nobody.
type byHeader struct{}

func (byHeader) Authenticate(r *http.Request) (auth.Identity, error) {
	who := auth.Identity{Role: auth.RoleAnon, Claims: map[string]any{}}
	if text := r.Header.Get("As"); text == "service" {
		who.Role = auth.RoleService
	} else if id, err := uuid.Parse(text); err == nil {
		who = signedIn(id)
	}
	return who, nil
}

// blogRules are the four lines of the tutorial, and what the doors of this test need besides.
func blogRules() []rbac.Rule {
	return []rbac.Rule{
		{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "published=is.true", Fields: "-score"},
		{Sub: rbac.Authenticated, Obj: "posts", Act: "select", Cond: "owner_id=eq.{auth.uid}"},
		{Sub: rbac.Authenticated, Obj: "posts", Act: "insert", Cond: "status=in.(draft,review)", Fields: "title,body,status", Preset: "owner_id={auth.uid}"},
		{
			Sub: rbac.Authenticated, Obj: "posts", Act: "update", Cond: "owner_id=eq.{auth.uid}", Fields: "title,body,status",
			Chk: "owner_id=eq.{auth.uid}&status=neq.final",
		},
		{Sub: rbac.Authenticated, Obj: "posts", Act: "delete", Cond: "owner_id=eq.{auth.uid}"},
		{Sub: rbac.Authenticated, Obj: "posts", Act: "delete", Cond: "locked=is.true", Eft: rbac.Deny},
		{Sub: rbac.Anon, Obj: "comments", Act: "select", Cond: "shown=is.true"},
		{Sub: rbac.Authenticated, Obj: "rpc.report", Act: "execute"},
	}
}

type blog struct {
	rules               *rbac.Engine
	anon, ann, ben, svc *apitest.Client
}

func newBlog(t *testing.T, database *bun.DB) blog {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, db.CreateTables(ctx, database, (*user)(nil), (*post)(nil), (*comment)(nil)))
	rules, err := rbac.New(ctx, database, rbac.Config{Rules: blogRules()})
	require.NoError(t, err)
	t.Cleanup(rules.Close)
	rest := api.New(database, api.Config{Auth: byHeader{}, Authorizer: rules, Logger: slog.New(slog.DiscardHandler)})
	api.Register(rest, api.Resource[post]{})
	api.Register(rest, api.Resource[comment]{})
	api.Register(rest, api.Resource[user]{})
	api.Func(rest, api.Function{Name: "report", ReadOnly: true}, func(context.Context, struct{}) (int64, error) { return 7, nil })
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group("/rest/v1")))

	for _, id := range []uuid.UUID{ann, ben} {
		_, err := database.NewInsert().Model(&user{ID: id, Name: "x"}).Exec(ctx)
		require.NoError(t, err)
	}
	posts := []post{
		{ID: 1, Title: "public of ann", Published: true, Status: "draft", OwnerID: &ann, Score: new(int64(10))},
		{ID: 2, Title: "private of ann", Status: "draft", OwnerID: &ann, Score: new(int64(20))},
		{ID: 3, Title: "public of ben", Published: true, Status: "draft", OwnerID: &ben, Score: new(int64(30)), Locked: new(true)},
		{ID: 4, Title: "private of ben", Status: "draft", OwnerID: &ben, Score: new(int64(40)), Locked: new(true)},
	}
	comments := []comment{
		{PostID: 1, Text: "one", Shown: true}, {PostID: 1, Text: "hidden", Shown: false}, {PostID: 4, Text: "four", Shown: true},
	}
	_, err = database.NewInsert().Model(&posts).Exec(ctx)
	require.NoError(t, err)
	_, err = database.NewInsert().Model(&comments).ExcludeColumn("id").Exec(ctx)
	require.NoError(t, err)
	if strings.Contains(database.Dialect().Name().String(), "pg") {
		_, err = database.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence('posts', 'id'), 100)")
		require.NoError(t, err)
	}
	client := apitest.New(t, e)
	return blog{
		rules: rules, anon: client, ann: client.With("As", ann.String()), ben: client.With("As", ben.String()),
		svc: client.With("As", "service"),
	}
}

func TestReadingThroughEveryDoor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		b := newBlog(t, database)
		const get, at = "GET", "/rest/v1/posts"

		// Lists: strangers see what is published; authors their own as well, and the column of their own rows alone.
		b.anon.Do(get, at+"?select=id&order=id", "").Want(200, `[{"id":1},{"id":3}]`)
		b.ann.Do(get, at+"?select=id,score&order=id", "").Want(200, `[{"id":1,"score":10},{"id":2,"score":20},{"id":3,"score":null}]`)
		b.svc.Do(get, at+"?select=id&order=id", "").Want(200, `[{"id":1},{"id":2},{"id":3},{"id":4}]`)
		require.NotContains(t, b.anon.Do(get, at, "").Body, "score", "all columns are the readable ones")
		require.NotContains(t, b.svc.Do(get, at, "").Body, "secret")

		// A column that is not readable: named, filtered, sorted by.
		b.anon.Do(get, at+"?select=score", "").WantCode(401, "42501")
		b.anon.Do(get, at+"?select=id&score=gt.1", "").WantCode(401, "42501")
		b.anon.Do(get, at+"?select=id&order=score", "").WantCode(401, "42501")
		b.anon.Do(get, at+"?select=id&or=(id.eq.1,score.gt.1)", "").WantCode(401, "42501")

		// A masked column is no oracle: filters on it reach only the rows that show it.
		b.ann.Do(get, at+"?select=id&score=gt.5&order=id", "").Want(200, `[{"id":1},{"id":2}]`)
		b.ann.Do(get, at+"?select=id&or=(score.gt.25,id.eq.3)", "").Want(200, `[]`)
		b.ann.Do(get, at+"?select=id&order=score.desc", "").Want(200, `[{"id":2},{"id":1}]`)

		// Counts and HEAD run under the same rules.
		b.anon.Do(get, at+"?select=id&limit=1&order=id", "", "Prefer", "count=exact").WantHeader("Content-Range", "0-0/2")
		b.ann.Do("HEAD", at+"?score=gt.5", "", "Prefer", "count=exact").WantHeader("Content-Range", "0-1/2")
		b.anon.Do("HEAD", at, "", "Prefer", "count=exact").WantHeader("Content-Range", "0-1/2")

		// Items: hidden and missing ones look the same.
		b.anon.Do(get, at+"/1?select=id", "").Want(200, `{"id":1}`)
		hidden, missing := b.anon.Do(get, at+"/2?select=id", ""), b.anon.Do(get, at+"/999?select=id", "")
		require.Equal(t, 404, hidden.Status)
		require.Equal(t, missing.Body, hidden.Body)

		// Embeds have their own rules, inside; a resource without a rule is refused.
		b.anon.Do(get, at+"?select=id,comments(text)&order=id", "").
			Want(200, `[{"id":1,"comments":[{"text":"one"}]},{"id":3,"comments":[]}]`)
		b.anon.Do(get, "/rest/v1/comments?select=text,posts(id)&order=id", "").
			Want(200, `[{"text":"one","posts":{"id":1}},{"text":"four","posts":null}]`)
		b.anon.Do(get, "/rest/v1/comments?select=text,posts!inner(id)", "").Want(200, `[{"text":"one","posts":{"id":1}}]`)
		b.anon.Do(get, "/rest/v1/comments?select=text,posts!inner(id)&posts.score=gt.1", "").WantCode(401, "42501")
		b.ann.Do(get, at+"?select=id,users(name)", "").WantCode(403, "42501")
		b.ann.Do(get, "/rest/v1/users", "").WantCode(403, "42501")

		// Functions.
		b.anon.Do(get, "/rest/v1/rpc/report", "").WantCode(401, "42501")
		b.ann.Do(get, "/rest/v1/rpc/report", "").Want(200, `7`)

		// Tenants that nobody gave the caller.
		for _, tenant := range []string{"other", "*", "a\tb", strings.Repeat("x", 300)} {
			b.ann.Do(get, at, "", "Groundwork-Tenant", tenant).WantCode(403, "42501")
		}
	})
}

func TestWritingThroughEveryDoor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		b := newBlog(t, database)
		const at = "/rest/v1/posts"
		back := []string{"Prefer", "return=representation"}
		const refused = `new row violates row-level security policy`

		// Insert: the owner is forced, columns and states are limited.
		b.anon.Do("POST", at, `{"title":"x"}`).WantCode(401, "42501")
		b.ann.Do("POST", at+"?select=title,owner_id", `{"title":"mine"}`, back...).
			Want(201, `[{"title":"mine","owner_id":"`+ann.String()+`"}]`)
		b.ann.Do("POST", at, `{"title":"x","owner_id":"`+ben.String()+`"}`).WantCode(403, "42501")
		b.ann.Do("POST", at, `{"title":"x","owner_id":"`+ann.String()+`"}`).Want(201, "")
		b.ann.Do("POST", at, `{"title":"x","score":5}`).WantCode(403, "42501")
		b.ann.Do("POST", at+"?columns=title,published", `[{"title":"x"},{"title":"y","published":true}]`).WantCode(403, "42501")
		require.Contains(t, b.ann.Do("POST", at, `{"title":"x","status":"final"}`).WantCode(403, "42501").Body, refused)
		require.Contains(t, b.ann.Do("POST", at, `[{"title":"bulk","status":"draft"},{"title":"bulk","status":"final"}]`).Body, refused)
		b.svc.Do("GET", at+"?select=id&title=eq.bulk", "").Want(200, `[]`) // all or nothing

		// Update: own rows, allowed columns, and the new row is checked.
		b.ann.Do("PATCH", at+"?id=eq.2&select=title", `{"title":"changed"}`, back...).Want(200, `[{"title":"changed"}]`)
		b.ann.Do("PATCH", at+"?id=eq.3&select=title", `{"title":"changed"}`, back...).Want(200, `[]`)
		b.ann.Do("PATCH", at+"?id=eq.2", `{"owner_id":"`+ben.String()+`"}`).WantCode(403, "42501")
		require.Contains(t, b.ann.Do("PATCH", at+"?id=eq.2", `{"status":"final"}`).WantCode(403, "42501").Body, refused)
		b.svc.Do("GET", at+"?select=status&id=eq.2", "").Want(200, `[{"status":"draft"}]`)
		b.ann.Do("PATCH", at+"/4", `{"title":"x"}`).WantCode(404, "PGRST116")

		// Upsert: both rights, for each kind of row.
		merge := []string{"Prefer", "resolution=merge-duplicates,return=minimal"}
		b.ann.Do("POST", at, `{"id":2,"title":"up","status":"review"}`, merge...).WantCode(403, "42501") // id is no column of insert
		_, err := b.rules.AddRule(t.Context(), rbac.Rule{
			Sub: rbac.Authenticated, Obj: "posts", Act: "insert", Cond: "owner_id=eq.{auth.uid}", Fields: "id,title,status,owner_id",
			Preset: "owner_id={auth.uid}",
		})
		require.NoError(t, err)
		if answer := b.ann.Do("POST", at, `{"id":2,"title":"up","status":"review"}`, merge...); answer.Status >= 300 {
			t.Errorf("upsert of an own row: %d %s", answer.Status, answer.Body)
		}
		b.svc.Do("GET", at+"?select=title,status&id=eq.2", "").Want(200, `[{"title":"up","status":"review"}]`)
		b.ann.Do("POST", at, `{"id":4,"title":"stolen","status":"review"}`, merge...).WantCode(403, "42501")
		b.svc.Do("GET", at+"?select=title,owner_id&id=eq.4", "").Want(200, `[{"title":"private of ben","owner_id":"`+ben.String()+`"}]`)

		// Delete: own rows, and none that is locked, even as the owner.
		b.ben.Do("DELETE", at+"?id=in.(1,3,4)&select=id", "", back...).Want(200, `[]`)
		b.ann.Do("DELETE", at+"?id=in.(1,3)&select=id", "", back...).WantCode(409, "23503")
		b.ann.Do("DELETE", at+"?id=in.(2,3)&select=id", "", back...).Want(200, `[{"id":2}]`)
		b.anon.Do("DELETE", at+"?id=eq.1", "").WantCode(401, "42501")
	})
}

func TestConditionsOnRelatedRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		b := newBlog(t, database)
		const at = "/rest/v1/comments"
		for _, r := range []rbac.Rule{
			{Sub: rbac.Role("moderator"), Obj: "comments", Act: "*", Cond: "posts.owner_id=eq.{auth.uid}"},
			{Sub: rbac.Role("moderator"), Obj: "posts", Act: "select", Cond: "comments.text=eq.four"},
		} {
			_, err := b.rules.AddRule(t.Context(), r)
			require.NoError(t, err)
		}
		comment := func(post string) string { return `{"post_id":` + post + `,"text":"new","shown":true}` }
		b.ann.Do("POST", at, comment("1")).WantCode(403, "42501")
		grant, err := b.rules.Grant(t.Context(), rbac.Grant{Sub: rbac.User(ann), Role: rbac.Role("moderator")})
		require.NoError(t, err)

		b.ann.Do("GET", at+"?select=text&order=id", "").Want(200, `[{"text":"one"},{"text":"hidden"},{"text":"four"}]`)
		b.ann.Do("GET", "/rest/v1/posts?select=id&order=id", "").Want(200, `[{"id":1},{"id":2},{"id":3},{"id":4}]`)
		b.ann.Do("PATCH", at+"?text=in.(one,four)&select=text", `{"text":"edited"}`, "Prefer", "return=representation").
			Want(200, `[{"text":"edited"}]`)
		b.ann.Do("PATCH", at+"?text=eq.edited", `{"post_id":4}`).WantCode(403, "42501") // out of her sight
		b.ann.Do("DELETE", at+"?text=in.(hidden,four)&select=text", "", "Prefer", "return=representation").Want(200, `[{"text":"hidden"}]`)
		b.ann.Do("POST", at+"?select=text", comment("2"), "Prefer", "return=representation").Want(201, `[{"text":"new"}]`)
		b.ann.Do("POST", at, comment("4")).WantCode(403, "42501")

		require.NoError(t, b.rules.Revoke(t.Context(), grant))
		b.ann.Do("POST", at, comment("1")).WantCode(403, "42501")
	})
}
