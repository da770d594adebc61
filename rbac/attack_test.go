package rbac_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// TestOraclesForHiddenColumns asks about scores of others in every way a request has.
func TestOraclesForHiddenColumns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		b := newBlog(t, database)
		for _, query := range []string{
			"score=gt.0", "score=is.null", "score=not.is.null", "not.or=(score.lt.0)", "or=(id.gt.0,score.gt.0)", "score=in.(10,30)",
			"order=score.desc", "order=id,score", "select=score", "select=id,score", "select=n:score", "select=score::text",
			"select=id&score=isdistinct.3", "secret=eq.x", "order=secret", "select=secret",
		} {
			answer := b.anon.Do("GET", "/rest/v1/posts?"+query, "", "Prefer", "count=exact")
			require.Contains(t, []int{400, 401}, answer.Status, "%s answered %s", query, answer.Body)
			require.NotContains(t, answer.Body, "public of")
			require.Empty(t, answer.Header.Get("Content-Range"))
		}
		// Ben's scores, asked by Ann: only her own rows answer.
		for query, ids := range map[string]string{
			"score=gt.0": `[{"id":1},{"id":2}]`, "score=eq.30": `[]`, "or=(id.gt.0,score.gt.0)": `[{"id":1},{"id":2}]`,
			"score=not.eq.30": `[{"id":1},{"id":2}]`, "or=(score.gt.25,id.gt.0)": `[{"id":1},{"id":2}]`,
		} {
			b.ann.Do("GET", "/rest/v1/posts?select=id&order=id&"+query, "").Want(200, ids)
		}
		// A variable in a request is plain text.
		b.ann.Do("GET", "/rest/v1/posts?select=id&title=eq.%7Bauth.email%7D", "").Want(200, `[]`)
		// Values of others behind a conflict on a hidden row stay where they are.
		b.ann.Do("DELETE", "/rest/v1/posts?id=eq.4", "").Want(204, "")
		b.svc.Do("GET", "/rest/v1/posts?id=eq.4&select=id", "").Want(200, `[{"id":4}]`)
	})
}

// TestRevocationIsSeenByTheNextRequest grants and revokes many times, with requests in between.
func TestRevocationIsSeenByTheNextRequest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		engine := newEngine(t, database, rbac.Config{Rules: []rbac.Rule{{Sub: rbac.Role("editor"), Obj: "posts", Act: "delete"}}})
		g := rbac.Grant{Sub: rbac.User(ann), Role: rbac.Role("editor")}
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() { // somebody who keeps asking must not keep an old answer alive
			defer close(done)
			for {
				select {
				case <-stop:
					return
				default:
					engine.Check(context.WithoutCancel(ctx), signedIn(ann), "main", "posts", "delete")
				}
			}
		}()
		for range 20 {
			_, err := engine.Grant(ctx, g)
			require.NoError(t, err)
			require.True(t, engine.Check(ctx, signedIn(ann), "main", "posts", "delete"))
			require.NoError(t, engine.Revoke(ctx, g))
			require.False(t, engine.Check(ctx, signedIn(ann), "main", "posts", "delete"))
		}
		close(stop)
		<-done
	})
}

// TestADatabaseThatDoesNotAnswerGrantsNothing closes the database under the engine.
func TestADatabaseThatDoesNotAnswerGrantsNothing(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	engine := newEngine(t, database, rbac.Config{Poll: time.Hour, Rules: []rbac.Rule{{Sub: rbac.Authenticated, Obj: "posts", Act: "select"}}})
	planOf(t, engine, signedIn(ann), policy.Select)
	engine.Close()
	_, err := database.ExecContext(t.Context(), "ALTER TABLE gw_grants RENAME TO elsewhere")
	require.NoError(t, err)
	_, err = engine.Plan(t.Context(), policy.Request{Who: signedIn(ben), Tenant: "main", Resource: "posts", Action: policy.Select})
	require.Error(t, err, "the grants of a user that nobody remembers cannot be read")
	require.False(t, engine.Check(t.Context(), signedIn(ben), "main", "posts", "select"))
	planOf(t, engine, signedIn(ann), policy.Select)
}

// TestNamesOfRolesAreNoSubjects: a user or role that is named like another kind of subject gets nothing by it.
func TestNamesOfRolesAreNoSubjects(t *testing.T) {
	t.Parallel()
	engine := engineOf(t, rbac.Config{Rules: []rbac.Rule{
		{Sub: rbac.User(ann), Obj: "posts", Act: "select"}, {Sub: rbac.Role("admin"), Obj: "posts", Act: "select"},
		{Sub: rbac.Authenticated, Obj: "posts", Act: "insert"},
	}})
	for _, who := range []auth.Identity{
		{Role: "user:" + ann.String()}, {Role: "role:admin"}, {Role: "admin\x00"}, {Role: "*"}, {ID: ben, Role: "role:admin"},
		{ID: ben, Roles: []string{"admin"}}, // roles of a token do not count unless the program says so
		{Role: auth.RoleAuthenticated}, {Role: "supabase_admin"},
	} {
		require.False(t, engine.Check(t.Context(), who, "main", "posts", "select"), "%+v", who)
	}
	require.False(t, engine.Check(t.Context(), auth.Identity{Role: auth.RoleAuthenticated}, "main", "posts", "insert"), "nobody signed in")
}

// TestAnEngineWithoutRulesDenies also with the seeded grant.
func TestAnEngineWithoutRulesDenies(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		engine := newEngine(t, database, rbac.Config{})
		for _, act := range everyAction {
			require.Equal(t, policy.Denied, planOf(t, engine, signedIn(ann), act).Kind)
			require.Equal(t, policy.Denied, planOf(t, engine, auth.Identity{}, act).Kind)
			require.Equal(t, policy.Denied, planOf(t, engine, auth.Identity{ID: uuid.Nil, Role: "x"}, act).Kind)
			require.Equal(t, policy.Allowed, planOf(t, engine, auth.Identity{Role: auth.RoleService}, act).Kind)
		}
		grants, err := engine.Grants(t.Context(), rbac.Authenticated)
		require.NoError(t, err)
		require.Len(t, grants, 1)
		require.NoError(t, engine.Revoke(t.Context(), grants[0]), "the seeded grant is a row like any other")
	})
}

var _ policy.Describer = (*rbac.Engine)(nil)
var _ = api.Config{Authorizer: (*rbac.Engine)(nil)}
