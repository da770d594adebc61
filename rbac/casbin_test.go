package rbac_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

func TestCasbinManagesTheSamePolicy(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		engine := newEngine(t, database, rbac.Config{Rules: []rbac.Rule{{Sub: rbac.Role("code"), Obj: "posts", Act: "select"}}})
		enforcer, err := engine.Casbin(ctx)
		require.NoError(t, err)
		can := func(act policy.Action) bool { return engine.Check(ctx, signedIn(ann), "main", "posts", act) }

		// Additions, one and many, and a user's grant.
		_, err = enforcer.AddPolicy("role:author", "*", "posts", "select", "", "", "allow", "", "")
		require.NoError(t, err)
		_, err = enforcer.AddPolicies([][]string{
			{"role:author", "*", "posts", "update", "owner_id=eq.{auth.uid}", "title,body", "allow", "", ""},
			{"role:author", "*", "posts", "update", "", "title,body", "allow", "", ""},
		})
		require.NoError(t, err)
		_, err = enforcer.AddGroupingPolicy("user:"+ann.String(), "role:author", "*")
		require.NoError(t, err)
		require.True(t, can("select"))
		require.True(t, can("update"))
		ok, err := enforcer.Enforce("user:"+ann.String(), "main", "posts", "update")
		require.NoError(t, err)
		require.True(t, ok)

		// What is no rule is refused, and nothing is stored: neither short lines nor effects that would never count.
		for _, line := range [][]any{
			{"role:author", "*", "posts", "select"},
			{"role:author", "*", "posts", "delete", "", "", "Deny", "", ""},
			{"role:author", "*", "posts", "delete", "", "", "", "", ""},
			{"author", "*", "posts", "delete", "", "", "allow", "", ""},
			{"role:author", "*", "posts", "delete", "gone=eq.1", "", "allow", "", ""},
		} {
			_, err = enforcer.AddPolicy(line...)
			require.ErrorIs(t, err, rbac.ErrInvalid, "%v", line)
		}
		before := engine.Version()
		_, err = enforcer.AddPolicies([][]string{
			{"role:author", "*", "posts", "delete", "", "", "allow", "", ""}, {"role:author", "*", "posts", "nothing", "", "", "allow", "", ""},
		})
		require.ErrorIs(t, err, rbac.ErrInvalid)
		require.Equal(t, before, engine.Version(), "all or none")
		require.False(t, can("delete"))

		// Removing the rule with an empty condition leaves the one that differs only there.
		_, err = enforcer.RemovePolicy("role:author", "*", "posts", "update", "", "title,body", "allow", "", "")
		require.NoError(t, err)
		require.Equal(t, policy.Conditional, planOf(t, engine, signedIn(ann), policy.Update, "title").Kind)

		_, err = enforcer.UpdatePolicy(
			[]string{"role:author", "*", "posts", "select", "", "", "allow", "", ""},
			[]string{"role:author", "*", "posts", "select", "published=is.true", "", "allow", "", ""},
		)
		require.NoError(t, err)
		require.Equal(t, policy.Conditional, planOf(t, engine, signedIn(ann), policy.Select).Kind)

		_, err = enforcer.RemovePolicy("role:code", "*", "posts", "select", "", "", "allow", "", "")
		require.ErrorIs(t, err, rbac.ErrInCode)
		_, err = enforcer.RemoveFilteredPolicy(0, "role:author", "", "posts", "update")
		require.NoError(t, err)
		require.False(t, can("update"))
		_, err = enforcer.RemoveGroupingPolicy("user:"+ann.String(), "role:author", "*")
		require.NoError(t, err)
		require.False(t, can("select"))

		// Saving what was loaded changes nothing.
		require.NoError(t, enforcer.LoadPolicy())
		before = engine.Version()
		require.NoError(t, enforcer.SavePolicy())
		require.Equal(t, before, engine.Version())
		require.NoError(t, enforcer.LoadFilteredPolicy(map[string][]string{"p": {"role:author"}, "g": {"nobody"}}))
		lines, err := enforcer.GetPolicy()
		require.NoError(t, err)
		require.Len(t, lines, 1)
		require.Error(t, enforcer.SavePolicy(), "a part is not saved over the whole")

		// An enforcer that forgot everything and saves takes the stored rules away, and not those of the program.
		require.NoError(t, enforcer.LoadPolicy())
		enforcer.ClearPolicy()
		require.NoError(t, enforcer.SavePolicy())
		rules, err := engine.Rules(ctx)
		require.NoError(t, err)
		require.Len(t, rules, 1)
		var logged int
		require.NoError(t, db.From(ctx, database).NewSelect().Table("gw_policy_log").ColumnExpr("count(*)").Scan(ctx, &logged))
		require.GreaterOrEqual(t, int64(logged), engine.Version())
	})
}

// TestNamesWithSeparators holds rules apart whose values, joined by commas or dollar signs, would look the same.
func TestNamesWithSeparators(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, dbtest.SQLite(t), rbac.Config{})
	ctx := t.Context()
	first, err := engine.AddRule(ctx, rbac.Rule{Sub: rbac.Role("a,b"), Dom: "c", Obj: "posts", Act: "select"})
	require.NoError(t, err)
	_, err = engine.AddRule(ctx, rbac.Rule{Sub: rbac.Role("a"), Dom: "b,c", Obj: "posts", Act: "select"})
	require.NoError(t, err)
	require.NoError(t, engine.RemoveRule(ctx, first.ID))
	who := signedIn(ann)
	who.Role, who.Tenant = "a", "b,c"
	require.True(t, engine.Check(ctx, who, "b,c", "posts", "select"))
	who.Role, who.Tenant = "a,b", "c"
	require.False(t, engine.Check(ctx, who, "c", "posts", "select"))
}

// TestLongChainsOfRoles reach as far as they go.
func TestLongChainsOfRoles(t *testing.T) {
	t.Parallel()
	cfg := rbac.Config{Rules: []rbac.Rule{{Sub: rbac.Role("r0"), Obj: "posts", Act: "select"}}}
	for i := range 50 {
		cfg.Grants = append(cfg.Grants, rbac.Inherits(role(i+1), role(i)))
	}
	engine := engineOf(t, cfg)
	who := signedIn(ann)
	who.Role = role(50)
	require.True(t, engine.Check(t.Context(), who, "main", "posts", "select"))
}

func role(i int) string { return "r" + strconv.Itoa(i) }
