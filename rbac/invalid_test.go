package rbac_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

func TestRulesThatAreNone(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, dbtest.SQLite(t), rbac.Config{})
	valid := rbac.Rule{Sub: rbac.Anon, Obj: "posts", Act: "select"}
	with := func(change func(*rbac.Rule)) rbac.Rule {
		r := valid
		change(&r)
		return r
	}
	for name, test := range map[string]struct {
		rule   rbac.Rule
		field  string
		reason string
	}{
		"subject without prefix":   {with(func(r *rbac.Rule) { r.Sub = "admin" }), "sub", "no subject"},
		"subject of a role, empty": {with(func(r *rbac.Rule) { r.Sub = "role:" }), "sub", "no subject"},
		"user without an id":       {with(func(r *rbac.Rule) { r.Sub = "user:bob" }), "sub", "UUID"},
		"service":                  {with(func(r *rbac.Rule) { r.Sub = rbac.Service }), "sub", "not asked"},
		"effect in capitals":       {with(func(r *rbac.Rule) { r.Eft = "Deny" }), "eft", "want"},
		"effect with a space":      {with(func(r *rbac.Rule) { r.Eft = " deny" }), "eft", "want"},
		"unknown resource":         {with(func(r *rbac.Rule) { r.Obj = "post" }), "obj", `did you mean "posts"`},
		"unknown action":           {with(func(r *rbac.Rule) { r.Act = "read" }), "act", "no action"},
		"empty action":             {with(func(r *rbac.Rule) { r.Act = "" }), "act", "empty"},
		"execute on a table":       {with(func(r *rbac.Rule) { r.Act = "execute" }), "act", "no action"},
		"pattern in a tenant":      {with(func(r *rbac.Rule) { r.Dom = "team-*" }), "dom", "star"},
		"pattern in an object":     {with(func(r *rbac.Rule) { r.Obj = "po*" }), "obj", "star"},
		"control byte":             {with(func(r *rbac.Rule) { r.Dom = "a\nb" }), "dom", "control"},
		"long name":                {with(func(r *rbac.Rule) { r.Dom = strings.Repeat("x", 257) }), "dom", "256"},
		"unknown column":           {with(func(r *rbac.Rule) { r.Cond = "titel=eq.x" }), "cond", "does not exist"},
		"hidden column":            {with(func(r *rbac.Rule) { r.Cond = "secret=eq.x" }), "cond", "does not exist"},
		"unknown operator":         {with(func(r *rbac.Rule) { r.Cond = "title=is_like.x" }), "cond", "column"},
		"operator of PostgreSQL":   {with(func(r *rbac.Rule) { r.Cond = "title=fts.x" }), "cond", "PostgreSQL"},
		"the same with a variable": {with(func(r *rbac.Rule) { r.Cond = "title=fts.{auth.email}" }), "cond", "PostgreSQL"},
		"value of another type":    {with(func(r *rbac.Rule) { r.Cond = "score=gt.many" }), "cond", "many"},
		"unknown variable":         {with(func(r *rbac.Rule) { r.Cond = "owner_id=eq.{auth.id}" }), "cond", "auth.uid"},
		"metadata of users":        {with(func(r *rbac.Rule) { r.Cond = "title=eq.{auth.claims.user_metadata.x}" }), "cond", "refused"},
		"not closed":               {with(func(r *rbac.Rule) { r.Cond = "or=(id.eq.1" }), "cond", "line 1, column"},
		"control byte in a cond":   {with(func(r *rbac.Rule) { r.Cond = "title=eq.\x00" }), "cond", "control"},
		"long cond":                {with(func(r *rbac.Rule) { r.Cond = "title=eq." + strings.Repeat("x", 4096) }), "cond", "4096"},
		"deep cond": {with(func(r *rbac.Rule) {
			r.Cond = "or=" + strings.Repeat("(id.eq.1,and(id.gt.0,or", 4) + "(id.eq.1,id.eq.2)" + strings.Repeat("))", 4)
		}), "cond", "deeper"},
		"long list":              {with(func(r *rbac.Rule) { r.Cond = "id=in.(" + strings.Repeat("1,", 1000) + "1)" }), "cond", "1000"},
		"unknown field":          {with(func(r *rbac.Rule) { r.Fields = "id,nmae" }), "fields", `"nmae"`},
		"hidden field":           {with(func(r *rbac.Rule) { r.Fields = "secret" }), "fields", "no column"},
		"mixed fields":           {with(func(r *rbac.Rule) { r.Fields = "id,-title" }), "fields", "minus"},
		"fields of a delete":     {with(func(r *rbac.Rule) { r.Act, r.Fields = "delete", "id" }), "fields", "no part"},
		"check of a select":      {with(func(r *rbac.Rule) { r.Chk = "id=gt.0" }), "chk", "new rows"},
		"preset of a select":     {with(func(r *rbac.Rule) { r.Preset = "title=x" }), "preset", "force"},
		"deny with a check only": {with(func(r *rbac.Rule) { r.Act, r.Eft, r.Chk = "update", rbac.Deny, "id=gt.0" }), "chk", "everything"},
		"check by other rows of the table": {with(func(r *rbac.Rule) {
			r.Act, r.Cond = "insert", "comments.shown=is.true"
		}), "", ""},
		"preset without value":                        {with(func(r *rbac.Rule) { r.Act, r.Preset = "insert", "title" }), "preset", "column=value"},
		"preset of no column":                         {with(func(r *rbac.Rule) { r.Act, r.Preset = "insert", "titel=x" }), "preset", `"title"`},
		"preset twice":                                {with(func(r *rbac.Rule) { r.Act, r.Preset = "insert", "title=x&title=y" }), "preset", "twice"},
		"preset of another type":                      {with(func(r *rbac.Rule) { r.Act, r.Preset = "insert", "score=x" }), "preset", "x"},
		"preset of null":                              {with(func(r *rbac.Rule) { r.Act, r.Preset = "insert", "title=null" }), "preset", "NULL"},
		"preset, odd variable":                        {with(func(r *rbac.Rule) { r.Act, r.Preset = "insert", "title={auth.name}" }), "preset", "auth.uid"},
		"preset, open end":                            {with(func(r *rbac.Rule) { r.Act, r.Preset = "insert", "title=x&" }), "preset", "&"},
		"star with a condition that does not fit all": {with(func(r *rbac.Rule) { r.Obj, r.Cond = "*", "owner_id=eq.{auth.uid}" }), "cond", "owner_id"},
		"star with an action nobody has":              {with(func(r *rbac.Rule) { r.Obj, r.Act = "*", "publish" }), "act", "no resource"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := engine.AddRule(t.Context(), test.rule)
			if test.field == "" {
				require.NoError(t, err, "another table may be looked at")
				return
			}
			var wrong *rbac.Error
			require.ErrorAs(t, err, &wrong)
			require.ErrorIs(t, err, rbac.ErrInvalid)
			require.Equal(t, test.field, wrong.Field, wrong.Error())
			require.Contains(t, wrong.Reason, test.reason)
			require.Equal(t, "GW-RBAC-"+strings.ToUpper(test.field), wrong.Code())
			require.Equal(t, 400, wrong.Status())
		})
	}
}

func TestMistakesInTheConfigurationComeAtOnce(t *testing.T) {
	t.Parallel()
	_, err := rbac.New(t.Context(), nil, rbac.Config{
		Rules:  []rbac.Rule{{Sub: rbac.Anon, Obj: "posts", Act: "select"}, {Sub: "anon", Obj: "posts", Act: "select"}, {Sub: rbac.Anon, Act: "select"}},
		Grants: []rbac.Grant{rbac.Inherits("a", "b"), rbac.Inherits("b", "c"), rbac.Inherits("c", "a"), {Sub: rbac.User(ann), Role: rbac.Service}},
	})
	for _, part := range []string{"Rules[1]: sub", "Rules[2]: obj", "Grants[2]: role", "a circle", "Grants[3]: role"} {
		require.ErrorContains(t, err, part)
	}
	engine, err := rbac.New(t.Context(), nil, rbac.Config{Rules: []rbac.Rule{
		{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "titel=eq.x"}, {Sub: rbac.Anon, Obj: "pots", Act: "select"},
	}})
	require.NoError(t, err)
	err = engine.Describe(described(t, dbtest.SQLite(t)))
	require.ErrorContains(t, err, "Rules[0]: cond")
	require.ErrorContains(t, err, "Rules[1]: obj")
}

func TestAskingWithNamesThatAreNone(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, dbtest.SQLite(t), rbac.Config{Rules: []rbac.Rule{{Sub: rbac.Authenticated, Obj: "*", Act: "*"}}})
	ask := func(tenant, resource string, action policy.Action) policy.Kind {
		plan, err := engine.Plan(t.Context(), policy.Request{Who: signedIn(ann), Tenant: tenant, Resource: resource, Action: action})
		require.NoError(t, err)
		require.Equal(t, plan.Kind != policy.Denied, engine.Check(t.Context(), signedIn(ann), tenant, resource, action))
		return plan.Kind
	}
	require.Equal(t, policy.Allowed, ask("main", "posts", "select"))
	long := strings.Repeat("x", 300)
	for _, bad := range []string{"", "*", "a*", "a\x00b", long, "\xff"} {
		require.Equal(t, policy.Denied, ask(bad, "posts", "select"), "tenant %q", bad)
		require.Equal(t, policy.Denied, ask("main", bad, "select"), "resource %q", bad)
		require.Equal(t, policy.Denied, ask("main", "posts", policy.Action(bad)), "action %q", bad)
	}
}
