package rbac_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/rbac"
)

const blogCSV = `# who may do what with posts
p, role:anon,   *, posts, select, published=is.true
p, role:author, *, posts, select, "or=(owner_id.eq.{auth.uid},published.is.true)"
p, role:author, acme, posts, insert, owner_id=eq.{auth.uid}, "title,body", allow, , owner_id={auth.uid}

p, role:author, *, posts, delete, locked=is.true, , deny
g, role:editor, role:author, *
`

func TestCSV(t *testing.T) {
	t.Parallel()
	rules, grants, err := rbac.ReadCSV(strings.NewReader(blogCSV))
	require.NoError(t, err)
	require.Equal(t, []rbac.Rule{
		{Sub: rbac.Anon, Dom: "*", Obj: "posts", Act: "select", Cond: "published=is.true", Eft: rbac.Allow},
		{Sub: rbac.Role("author"), Dom: "*", Obj: "posts", Act: "select", Cond: "or=(owner_id.eq.{auth.uid},published.is.true)", Eft: rbac.Allow},
		{
			Sub: rbac.Role("author"), Dom: "acme", Obj: "posts", Act: "insert", Cond: "owner_id=eq.{auth.uid}", Fields: "title,body",
			Eft: rbac.Allow, Preset: "owner_id={auth.uid}",
		},
		{Sub: rbac.Role("author"), Dom: "*", Obj: "posts", Act: "delete", Cond: "locked=is.true", Eft: rbac.Deny},
	}, rules)
	require.Equal(t, []rbac.Grant{rbac.Inherits("editor", "author")}, grants)
	engineOf(t, rbac.Config{Rules: rules, Grants: grants})
}

func TestCSVWithMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"p, role:anon, *, posts":                               "line 1: line: a rule has 4 to 9 values, not 3",
		"\np, anon, *, posts, select\nx, 1\ng, role:a, role:b": "line 2: sub: \"anon\" is no subject: want \"user:<id>\" or \"role:<name>\"\nrbac: line 3: line: it begins with \"x\"; want p for a rule or g for a grant\nrbac: line 4",
		"p, role:anon, , posts, select":                        "line 1: dom: it must not be empty",
		"p, role:anon, *, posts, select, , , Deny":             "line 1: eft",
		"p, role:anon, *, posts, select, \"a":                  "line 1, column",
		"p, role:anon, *, posts, select, , , , , , ":           "not 10",
	} {
		_, _, err := rbac.ReadCSV(strings.NewReader(text))
		require.ErrorIs(t, err, rbac.ErrInvalid, text)
		require.ErrorContains(t, err, want)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add(blogCSV)
	f.Add("p, role:anon, *, posts, select, \"a\"\"b\"")
	f.Add("g, role:a, role:b, *\ng, \"role:a\nb\", role:b, *")
	f.Fuzz(func(t *testing.T, text string) {
		rules, grants, err := rbac.ReadCSV(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, r := range rules {
			if strings.ContainsAny(string(r.Sub)+r.Dom+r.Obj+r.Cond, "\n\x00") || r.Eft != rbac.Allow && r.Eft != rbac.Deny {
				t.Fatalf("accepted %+v", r)
			}
		}
		for _, g := range grants {
			if !strings.HasPrefix(string(g.Role), "role:") {
				t.Fatalf("accepted %+v", g)
			}
		}
	})
}

func FuzzRule(f *testing.F) {
	engine := engineOf(f, rbac.Config{})
	f.Add("published=is.true", "id,title", "owner_id=eq.{auth.uid}", `status="a&b"&score=1`)
	f.Add("or=(owner_id.eq.{auth.uid},comments.shown.is.true)", "-score", "", "owner_id={auth.uid}&body=null")
	f.Fuzz(func(t *testing.T, cond, fields, chk, preset string) {
		rule := rbac.Rule{Sub: rbac.Authenticated, Obj: "posts", Act: "update", Cond: cond, Fields: fields, Chk: chk, Preset: preset}
		if rbac.Tried(engine, rule) != nil {
			return
		}
		tried, err := rbac.New(t.Context(), nil, rbac.Config{Rules: []rbac.Rule{rule}, Resources: rbac.Resources(engine)})
		if err != nil {
			t.Fatal(err)
		}
		if err := tried.Describe(nil); err != nil {
			t.Fatal(err)
		}
		planOf(t, tried, signedIn(ann), "update", "title") // whatever it decides, it decides
	})
}
