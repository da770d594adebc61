package rbac_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// engineOf is an engine without a database that knows the models.
func engineOf(t testing.TB, cfg rbac.Config) *rbac.Engine {
	t.Helper()
	engine, err := rbac.New(t.Context(), nil, cfg)
	require.NoError(t, err)
	require.NoError(t, engine.Describe(described(t, dbtest.SQLite(t))))
	return engine
}

func TestForcedValues(t *testing.T) {
	t.Parallel()
	insert := func(sub rbac.Subject, preset, chk string) rbac.Rule {
		return rbac.Rule{Sub: sub, Obj: "posts", Act: "insert", Fields: "title", Preset: preset, Chk: chk}
	}
	t.Run("every rule forces it", func(t *testing.T) {
		t.Parallel()
		engine := engineOf(t, rbac.Config{Rules: []rbac.Rule{insert(rbac.Authenticated, `owner_id={auth.uid}&status="in&out"&body=null`, "")}})
		plan := planOf(t, engine, signedIn(ann), policy.Insert, "title", "owner_id")
		require.Equal(t, policy.Allowed, plan.Kind)
		require.Equal(t, map[string]any{"owner_id": ann.String(), "status": "in&out", "body": nil}, plan.Preset)
		require.Nil(t, plan.Check)
		plan = planOf(t, engine, signedIn(ann), policy.Insert, "title", "score")
		require.Equal(t, policy.Denied, plan.Kind)
		require.Equal(t, "score", plan.Column)
	})
	t.Run("a missing value", func(t *testing.T) {
		t.Parallel()
		engine := engineOf(t, rbac.Config{Rules: []rbac.Rule{insert(rbac.Anon, "owner_id={auth.uid}", "")}})
		require.Equal(t, policy.Denied, planOf(t, engine, nobody(), policy.Insert, "title").Kind)
	})
	t.Run("a value that does not fit", func(t *testing.T) {
		t.Parallel()
		engine := engineOf(t, rbac.Config{Rules: []rbac.Rule{insert(rbac.Anon, "score={auth.claims.level}", "")}})
		for level, kind := range map[any]policy.Kind{"7": policy.Allowed, "high": policy.Denied, true: policy.Denied, 7: policy.Allowed} {
			who := auth.Identity{Claims: map[string]any{"level": level}}
			require.Equal(t, kind, planOf(t, engine, who, policy.Insert, "title").Kind, "%v", level)
		}
	})
	t.Run("some rules force it", func(t *testing.T) {
		t.Parallel()
		free := rbac.Rule{Sub: rbac.Authenticated, Obj: "posts", Act: "insert", Chk: "published=is.false"}
		engine := engineOf(t, rbac.Config{Rules: []rbac.Rule{insert(rbac.Authenticated, "owner_id={auth.uid}", ""), free}})
		// Who leaves the owner out gets it filled in.
		plan := planOf(t, engine, signedIn(ann), policy.Insert, "title")
		require.Equal(t, map[string]any{"owner_id": ann.String()}, plan.Preset)
		// Who sends it needs one of the rules: his own, or the one that does not care.
		plan = planOf(t, engine, signedIn(ann), policy.Insert, "title", "owner_id")
		require.Empty(t, plan.Preset)
		for _, c := range []struct {
			owner     uuid.UUID
			published bool
			ok        bool
		}{{ann, true, true}, {ben, false, true}, {ben, true, false}} {
			require.Equal(t, c.ok, matched(t, plan.Check, post{OwnerID: &c.owner, Published: c.published}), "%+v", c)
		}
	})
	t.Run("rules disagree", func(t *testing.T) {
		t.Parallel()
		engine := engineOf(t, rbac.Config{Rules: []rbac.Rule{insert(rbac.Anon, "score=1", ""), insert(rbac.Anon, "score=5", "")}})
		plan := planOf(t, engine, nobody(), policy.Insert, "title", "score")
		require.Empty(t, plan.Preset)
		for score, ok := range map[int64]bool{1: true, 5: true, 3: false} {
			require.Equal(t, ok, matched(t, plan.Check, post{Score: &score}))
		}
	})
}

func TestVariablesAreDataNotText(t *testing.T) {
	t.Parallel()
	engine := engineOf(t, rbac.Config{Rules: []rbac.Rule{
		{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "or=(title.eq.{auth.email},title.like.{auth.claims.like})"},
	}})
	who := auth.Identity{Email: "x),published.is.true", Claims: map[string]any{"like": "100%"}}
	plan := planOf(t, engine, who, policy.Select)
	either, ok := plan.Where.(filter.Or)
	require.True(t, ok)
	require.Len(t, either, 2)
	require.Equal(t, "x),published.is.true", either[0].(*filter.Cmp).Value.Text)
	require.Equal(t, `100\%`, either[1].(*filter.Cmp).Value.Text)

	// Values of the wrong type are missing, never an error.
	for _, claims := range []map[string]any{nil, {"like": nil}, {"like": []any{}}, {"like": map[string]any{"a": 1}}} {
		plan := planOf(t, engine, auth.Identity{Claims: claims}, policy.Select)
		require.Equal(t, policy.Conditional, plan.Kind)
	}
}

func TestTenants(t *testing.T) {
	t.Parallel()
	engine := engineOf(t, rbac.Config{
		TrustTokenRoles: true,
		Rules: []rbac.Rule{
			{Sub: rbac.Role("reader"), Obj: "posts", Act: "select"},
			{Sub: rbac.Role("visitor"), Obj: "posts", Act: "select"},
			{Sub: rbac.Role("owner"), Dom: "acme", Obj: "posts", Act: "delete"},
		},
		Grants: []rbac.Grant{
			{Sub: rbac.User(ann), Role: rbac.Role("reader"), Dom: "acme"}, {Sub: rbac.User(ann), Role: rbac.Role("owner")},
			{Sub: rbac.Anon, Role: rbac.Role("visitor"), Dom: "open"},
			{Sub: rbac.User(ben), Role: rbac.Role("reader"), Dom: "acme"},
		},
	})
	home := func(who auth.Identity, tenant string) auth.Identity { who.Tenant = tenant; return who }
	token := home(signedIn(uuid.MustParse("00000000-0000-4000-8000-00000000000c")), "acme")
	token.Roles = []string{"reader", "service", "service_role"}
	for _, c := range []struct {
		who    auth.Identity
		tenant string
		act    policy.Action
		vouch  bool
		want   bool
	}{
		{signedIn(ann), "acme", "select", false, true},
		{signedIn(ann), "acme", "delete", false, true},
		{signedIn(ann), "other", "delete", false, false}, // a grant everywhere opens the tenant, the rule counts in acme
		{signedIn(ann), "main", "select", false, false},
		{signedIn(ben), "acme", "select", false, true},
		{signedIn(ben), "other", "select", false, false},
		{home(signedIn(ben), "other"), "acme", "select", false, true},
		{nobody(), "open", "select", false, true},
		{nobody(), "acme", "select", false, false},
		{nobody(), "acme", "select", true, false}, // the tenant is open, but no rule is there for strangers
		{token, "acme", "select", false, true},
		{token, "main", "select", false, false},
		{auth.Identity{Role: auth.RoleService}, "anything", "delete", false, true},
		{auth.Identity{Role: auth.RoleService}, "*", "delete", false, true},
		{auth.Identity{Role: "service"}, "main", "select", false, false}, // the name alone is no key
		{auth.Identity{ID: ben, Role: auth.RoleService}, "main", "select", false, false},
		{auth.Identity{Role: "reader"}, "main", "select", false, true}, // a role of the program's own in the token
	} {
		plan, err := engine.Plan(t.Context(), policy.Request{
			Who: c.who, Tenant: c.tenant, TenantByProgram: c.vouch, Resource: "posts", Action: c.act,
		})
		require.NoError(t, err)
		require.Equal(t, c.want, plan.Kind != policy.Denied, "%s (home %q) in %s: %s", c.who.Subject(), c.who.Tenant, c.tenant, c.act)
	}
}

func TestStarsDoNotMeanAdministration(t *testing.T) {
	t.Parallel()
	admin := policy.Resource{Name: "gw.rules", Actions: everyAction}
	engine := engineOf(t, rbac.Config{Resources: []policy.Resource{admin}, Rules: []rbac.Rule{
		{Sub: rbac.Anon, Obj: "*", Act: "*"}, {Sub: rbac.Role("root"), Obj: "gw.rules", Act: "*"},
	}})
	require.True(t, engine.Check(t.Context(), nobody(), "main", "posts", "delete"))
	require.False(t, engine.Check(t.Context(), nobody(), "main", "gw.rules", "update"))
	require.True(t, engine.Check(t.Context(), auth.Identity{Role: "root"}, "main", "gw.rules", "update"))
}

func TestScopeKeysAreEqualForEqualAuthority(t *testing.T) {
	t.Parallel()
	engine := engineOf(t, rbac.Config{
		Rules: []rbac.Rule{
			{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "published=is.true"},
			{Sub: rbac.Role("team"), Obj: "posts", Act: "select", Cond: "title=in.{auth.claims.teams}"},
			{Sub: rbac.Role("mine"), Obj: "posts", Act: "select", Cond: "owner_id=eq.{auth.uid}"},
		},
		Grants: []rbac.Grant{rbac.Inherits("authenticated", "anon")},
	})
	key := func(who auth.Identity) [32]byte { return planOf(t, engine, who, policy.Select).ScopeKey }
	teams := func(id uuid.UUID, names ...any) auth.Identity {
		return auth.Identity{ID: id, Role: "team", Claims: map[string]any{"teams": names}}
	}
	mine := func(id uuid.UUID) auth.Identity { return auth.Identity{ID: id, Role: "mine"} }
	require.Equal(t, key(nobody()), key(signedIn(ann)), "both read what is published")
	require.Equal(t, key(teams(ann, "a", "b")), key(teams(ben, "a", "b")))
	require.NotEqual(t, key(teams(ann, "a", "b")), key(teams(ann, "a,b")))
	require.NotEqual(t, key(teams(ann, "ab", "c")), key(teams(ann, "a", "bc")))
	require.NotEqual(t, key(teams(ann)), key(signedIn(ann)))
	require.NotEqual(t, key(mine(ann)), key(mine(ben)))
	require.NotEqual(t, key(nobody()), key(auth.Identity{Role: auth.RoleService}))
	require.NotEqual(t, [32]byte{}, key(nobody()))
}

func TestStrangersDoNotFillTheMemory(t *testing.T) {
	t.Parallel()
	engine := engineOf(t, rbac.Config{Subjects: 500, Rules: []rbac.Rule{{Sub: rbac.Anon, Obj: "posts", Act: "select"}}})
	for i := range 20_000 {
		id := uuid.UUID{0: byte(i), 1: byte(i >> 8), 6: 0x40, 8: 0x80, 15: byte(i)}
		engine.Check(t.Context(), signedIn(id), fmt.Sprintf("t%d", i), "posts", "select")
	}
	require.LessOrEqual(t, rbac.Remembered(engine), 500+64)
}

// planEngine has three rules that apply to one caller, with variables.
func planEngine(t testing.TB) *rbac.Engine {
	t.Helper()
	return engineOf(t, rbac.Config{Rules: []rbac.Rule{
		{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "published=is.true"},
		{Sub: rbac.Authenticated, Obj: "posts", Act: "select", Cond: "owner_id=eq.{auth.uid}"},
		{Sub: rbac.Role("editor"), Obj: "posts", Act: "select", Cond: "status=eq.review"},
	}, Grants: []rbac.Grant{rbac.Inherits("authenticated", "anon"), rbac.Inherits("authenticated", "editor")}})
}

func TestAPlanAllocatesLittle(t *testing.T) {
	engine, who := planEngine(t), signedIn(ann)
	planOf(t, engine, who, policy.Select)
	ctx := t.Context()
	r := policy.Request{Who: who, Tenant: "main", Resource: "posts", Action: policy.Select}
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, _ = engine.Plan(ctx, r) }), 12.0)
}

func BenchmarkPlan(b *testing.B) {
	engine, ctx := planEngine(b), b.Context()
	r := policy.Request{Who: signedIn(ann), Tenant: "main", Resource: "posts", Action: policy.Select, Columns: []string{"id", "title"}}
	b.ReportAllocs()
	for b.Loop() {
		if plan, err := engine.Plan(ctx, r); err != nil || plan.Kind != policy.Conditional {
			b.Fatal(plan.Kind, err)
		}
	}
}
