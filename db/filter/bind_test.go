package filter_test

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db/filter"
)

func TestBind(t *testing.T) {
	t.Parallel()
	table := posts(t)
	variables := map[string]any{
		"auth.uid":                 uuid.MustParse("6f2b1c9e-0000-4000-8000-000000000001"),
		"auth.role":                "author",
		"auth.email":               `x),b.is.true&"%_@example.org`,
		"auth.tenant":              "",
		"auth.roles":               []string{"author", "editor"},
		"auth.claims.teams":        []any{"a", json.Number("2")},
		"auth.claims.none":         []any{},
		"auth.claims.level":        json.Number("7"),
		"auth.claims.aal":          "aal2",
		"auth.claims.is_anonymous": false,
		"auth.claims.object":       map[string]any{"a": json.Number("1")},
		"auth.claims.not_uuid":     "nobody",
		"auth.claims.nul":          nil,
		"auth.claims.star":         "a*b",
	}
	lookup := func(name string) (any, bool) {
		value, ok := variables[name]
		return value, ok
	}
	for _, tt := range []struct{ src, allow, deny string }{
		{"n=eq.1", "n=eq.1", "n=eq.1"},
		{"u=eq.{auth.uid}", "u=eq.6f2b1c9e-0000-4000-8000-000000000001", "u=eq.6f2b1c9e-0000-4000-8000-000000000001"},
		{"t=eq.{auth.email}", `and=(t.eq."x),b.is.true&\"%_@example.org")`, `and=(t.eq."x),b.is.true&\"%_@example.org")`},
		{"t=like.{auth.email}", `and=(t.like."x),b.is.true&\"\\%\\_@example.org")`, `and=(t.like."x),b.is.true&\"\\%\\_@example.org")`},
		{"t=like.{auth.claims.star}", "(FALSE)", "(TRUE)"},
		{"t=match.{auth.email}", `and=(t.match."x\\),b\\.is\\.true&\"%_@example\\.org")`, `and=(t.match."x\\),b\\.is\\.true&\"%_@example\\.org")`},
		{"t=in.{auth.roles}", "t=in.(author,editor)", "t=in.(author,editor)"},
		{"t=in.{auth.role}", "t=in.(author)", "t=in.(author)"},
		{"t=in.({auth.role})", "t=in.(author)", "t=in.(author)"},
		{"t=not.in.{auth.claims.teams}", "t=not.in.(a,2)", "t=not.in.(a,2)"},
		{"t=not.in.{auth.claims.none}", "(FALSE)", "(TRUE)"},
		{"t=eq(any).{auth.roles}", `t=eq(any).{"author","editor"}`, `t=eq(any).{"author","editor"}`},
		{"t=eq.{auth.roles}", "(FALSE)", "(TRUE)"},
		{"tags=cs.{{auth.role}}", `tags=cs.{"author"}`, `tags=cs.{"author"}`},
		{"tags=ov.{auth.roles}", `tags=ov.{"author","editor"}`, `tags=ov.{"author","editor"}`},
		{"data=cs.{auth.claims.object}", `data=cs.{"a":1}`, `data=cs.{"a":1}`},
		{"data->list=cs.{{auth.role}}", `data->list=cs.["author"]`, `data->list=cs.["author"]`},
		{"or=(u.eq.{auth.claims.not_uuid},b.is.true)", "b=is.true", "(TRUE)"},
		{"or=(u.eq.{auth.claims.gone},b.is.true)", "b=is.true", "(TRUE)"},
		{"u=neq.{auth.claims.gone}", "(FALSE)", "(TRUE)"},
		{"u=not.eq.{auth.claims.gone}", "(FALSE)", "(TRUE)"},
		{"not.or=(u.eq.{auth.claims.gone},n.eq.1)", "(FALSE)", "(TRUE)"},
		{"not.and=(u.eq.{auth.claims.gone},n.eq.1)", "n=not.eq.1", "(TRUE)"},
		{"not.and=(n.eq.1,or(t.is.null,not.and(b.is.true,n.eq.2)))", "or=(n.not.eq.1,and(t.not.is.null,and(b.is.true,n.eq.2)))", "or=(n.not.eq.1,and(t.not.is.null,and(b.is.true,n.eq.2)))"},
		{"{auth.claims.aal}=eq.aal2", "(TRUE)", "(TRUE)"},
		{"{auth.claims.aal}=eq.aal1&n=eq.1", "(FALSE)", "(FALSE)"},
		{"{auth.claims.is_anonymous}=is.false&n=eq.1", "n=eq.1", "n=eq.1"},
		{"{auth.claims.level}=gte.10", "(FALSE)", "(FALSE)"},
		{"{auth.claims.level}=in.(6,7)", "(TRUE)", "(TRUE)"},
		{"{auth.roles}=cs.{editor}", "(TRUE)", "(TRUE)"},
		{"{auth.claims.gone}=is.null", "(FALSE)", "(TRUE)"},
		{"{auth.claims.nul}=is.null", "(FALSE)", "(TRUE)"},
		{"{auth.tenant}=neq.x", "(FALSE)", "(TRUE)"},
		{"{auth.role}=eq.{auth.claims.aal}", "(FALSE)", "(FALSE)"},
		{"memberships.user_id=eq.{auth.uid}", "memberships.user_id=eq.6f2b1c9e-0000-4000-8000-000000000001", "memberships.user_id=eq.6f2b1c9e-0000-4000-8000-000000000001"},
		{"memberships.user_id=eq.{auth.claims.gone}", "(FALSE)", "(TRUE)"},
		{"not.and=(memberships.user_id.eq.{auth.claims.gone})", "(FALSE)", "(TRUE)"},
		{"not.and=(memberships.or(user_id.eq.{auth.claims.gone},role.eq.x))", "(FALSE)", "(TRUE)"},
		{"not.and=(memberships.role.eq.x)", "and=(not.and(memberships.role.eq.x))", "and=(not.and(memberships.role.eq.x))"},
		{"memberships=is.null", "and=(memberships.is.null)", "and=(memberships.is.null)"},
	} {
		t.Run(tt.src, func(t *testing.T) {
			t.Parallel()
			expr, err := filter.Parse(table, tt.src)
			require.NoError(t, err)
			before := filter.Format(expr)
			show := func(deny bool) string {
				text := filter.Format(filter.Bind(expr, lookup, deny))
				return text
			}
			constant := func(text string) string {
				if text == "and=(TRUE)" || text == "and=(FALSE)" {
					return text[4:]
				}
				return text
			}
			require.Equal(t, tt.allow, constant(show(false)))
			require.Equal(t, tt.deny, constant(show(true)))
			require.Equal(t, before, filter.Format(expr), "binding changed the original")
		})
	}
}

func TestColumnsAndWalk(t *testing.T) {
	t.Parallel()
	expr, err := filter.Parse(posts(t), "n=eq.1&or=(t.is.null,not.and(n.gt.2,data->a.eq.1),memberships.role.eq.x)&{auth.role}=eq.x")
	require.NoError(t, err)
	require.Equal(t, []string{"n", "t", "data", "id"}, filter.Columns(expr))
	seen := 0
	filter.Walk(expr, func(filter.Expr) bool { seen++; return true })
	require.Equal(t, 11, seen)
	filter.Walk(nil, func(filter.Expr) bool { t.Error("nil visited"); return true })
}
