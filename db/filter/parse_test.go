package filter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// posts is a table with a column of every kind, and relations for policies.
func posts(t testing.TB) *schema.Table {
	t.Helper()
	table := func(s schema.Table) *schema.Table {
		made, err := schema.New(s)
		require.NoError(t, err)
		return made
	}
	p := table(schema.Table{
		Name: "posts", PrimaryKey: []int{0},
		Columns: []schema.Column{
			{Name: "id", Kind: schema.Int8},
			{Name: "n", Kind: schema.Int8, Nullable: true},
			{Name: "t", Kind: schema.Text, Nullable: true},
			{Name: "b", Kind: schema.Bool, Nullable: true},
			{Name: "num", Kind: schema.Numeric, Nullable: true},
			{Name: "f", Kind: schema.Float8, Nullable: true},
			{Name: "at", Kind: schema.TimestampTZ, Nullable: true},
			{Name: "day", Kind: schema.Date, Nullable: true},
			{Name: "u", Kind: schema.UUID, Nullable: true},
			{Name: "data", Kind: schema.JSON, Nullable: true},
			{Name: "tags", Kind: schema.Array, Elem: schema.Text, Nullable: true},
			{Name: "raw", Kind: schema.Bytes, Nullable: true},
			{Name: "limit", Kind: schema.Int4, Nullable: true},
			{Name: "a.b c", SQLName: "odd", Kind: schema.Text, Nullable: true},
			{Name: "during", Kind: schema.Range, Nullable: true},
			{Name: "secret", Kind: schema.Text, Nullable: true, Hidden: true},
		},
	})
	m := table(schema.Table{
		Name: "memberships", PrimaryKey: []int{0, 1},
		Columns: []schema.Column{
			{Name: "post_id", Kind: schema.Int8}, {Name: "user_id", Kind: schema.UUID}, {Name: "role", Kind: schema.Text, Nullable: true},
		},
		ForeignKeys: []schema.ForeignKey{{Columns: []int{0}, RefTable: "posts", RefColumns: []string{"id"}}},
	})
	require.NoError(t, schema.Link([]*schema.Table{p, m}))
	return p
}

// code is the code of an error of this package or of a value, "" for nil.
func code(err error) string {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return ""
}

func TestParseParam(t *testing.T) {
	t.Parallel()
	table := posts(t)
	for _, tt := range []struct{ key, value, want string }{
		{"n", "eq.5", "n=eq.5"},
		{" n ", "not.eq.5", "n=not.eq.5"},
		{"t", `eq."x"`, `t=eq."x"`},
		{"t", "eq.", "t=eq."},
		{"t", "eq.a.b,c)d", "t=eq.a.b,c)d"},
		{"t", "eq.null", "t=eq.null"},
		{"t", "eq.{auth.uid}", `and=(t.eq."{auth.uid}")`},
		{"t", "is.NULL", "t=is.null"},
		{"t", "is.Not_Null", "t=is.not_null"},
		{"b", "not.is.true", "b=not.is.true"},
		{"n", "in.(1,2)", "n=in.(1,2)"},
		{"t", `in.( a b,"c,d","e\"f\\g\h", "x"y)`, `t=in.("a b","c,d","e\"f\\gh"," \"x\"y")`},
		{"t", "in.()", "t=in.()"},
		{"t", "in.(   )", "t=in.()"},
		{"t", `in.("")`, `t=in.("")`},
		{"t", "in.(,3)", `t=in.("",3)`},
		{"t", "not.in.()", "t=not.in.()"},
		{"t", "like(any).{O*,\"P,*\"}", `t=like(any).{"O*","P,*"}`},
		{"n", "gt(all).{}", "n=gt(all).{}"},
		{"t", "fts(english).cat & dog", "and=(t.fts(english).cat & dog)"},
		{"data->a->>b", "eq.x", "data->a->>b=eq.x"},
		{"data->-1->0", "gt.20", "data->-1->0=gt.20"},
		{`data->"1"->>"a.b"`, "eq.x", `data->"1"->>"a.b"=eq.x`},
		{`"a.b c"`, "isdistinct.1", `"a.b c"=isdistinct.1`},
		{"tags", "cs.{a,b}", "tags=cs.{a,b}"},
		{"or", "(n.lt.18,n.gt.21)", "or=(n.lt.18,n.gt.21)"},
		{"not.and", "( n.eq.1 , or( t.is.null,not.and(b.is.true,n.not.eq.3) ) )", "not.and=(n.eq.1 ,or(t.is.null,not.and(b.is.true,n.not.eq.3)))"},
		{"and", `(limit.eq.5,t.eq."x,)\"",tags.cs.{a,"b)"},data->>a.in.(1,"2,3"),t.eq.x"y)`, `limit=eq.5&t=eq.x,)"&tags=cs.{a,"b)"}&data->>a=in.(1,"2,3")&t=eq.x"y`},
	} {
		t.Run(tt.key+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			p := filter.Parser{Table: table}
			expr, err := p.ParseParam(tt.key, tt.value)
			require.NoError(t, err)
			require.Equal(t, tt.want, filter.Format(expr))
		})
	}
}

func TestParseParamErrors(t *testing.T) {
	t.Parallel()
	table := posts(t)
	many := "(" + strings.TrimSuffix(strings.Repeat("n.eq.1,", 201), ",") + ")"
	deep := strings.Repeat("(and", 11) + "(n.eq.1" + strings.Repeat(")", 12)
	for _, tt := range []struct{ key, value, code, message string }{
		{"foo", "eq.1", "42703", "column posts.foo does not exist"},
		{"secret", "eq.1", "42703", "column posts.secret does not exist"},
		{"memberships.user_id", "eq.1", "42703", "column posts.memberships does not exist"},
		{"n", "5", "PGRST100", `"failed to parse filter (5)" (line 1, column 1)`},
		{"n", "foo.5", "PGRST100", `"failed to parse filter (foo.5)" (line 1, column 1)`},
		{"n", "eq", "PGRST100", `"failed to parse filter (eq)" (line 1, column 1)`},
		{"n", "neq(any).{1}", "PGRST100", `"failed to parse filter (neq(any).{1})" (line 1, column 4)`},
		{"n", "eq(any).1", "PGRST100", `"failed to parse filter (eq(any).1)" (line 1, column 9)`},
		{"n", "is.nothing", "PGRST100", `"failed to parse filter (is.nothing)" (line 1, column 4)`},
		{"n", "is.nullx", "PGRST100", `"failed to parse filter (is.nullx)" (line 1, column 8)`},
		{"n", "in.1", "PGRST100", `"failed to parse filter (in.1)" (line 1, column 4)`},
		{"n", "in.(1", "PGRST100", `"failed to parse filter (in.(1)" (line 1, column 6)`},
		{"n", "in.(1)x", "PGRST100", `"failed to parse filter (in.(1)x)" (line 1, column 7)`},
		{"n.x", "eq.1", "PGRST100", `"failed to parse filter (n.x)" (line 1, column 2)`},
		{"data->>a->b", "eq.1", "PGRST100", `"failed to parse filter (data->>a->b)" (line 1, column 9)`},
		{"or", "()", "PGRST100", `"failed to parse logic tree (())" (line 1, column 2)`},
		{"or", "(n.eq.1", "PGRST100", `"failed to parse logic tree ((n.eq.1)" (line 1, column 8)`},
		{"or", "(n.eq.1)x", "PGRST100", ""},
		{"and", many, "PGRST100", "The filter has too many conditions"},
		{"and", deep, "PGRST100", "The logic tree is nested too deeply"},
		{"t", "match." + strings.Repeat("a", 257), "PGRST100", "The regular expression is too long"},
		{"n", "in.(" + strings.Repeat("1,", 10000) + "1)", "PGRST100", "The list has too many elements"},
		{"{auth.uid}", "eq.1", "PGRST100", ""},
	} {
		t.Run(tt.key+"="+tt.value[:min(40, len(tt.value))], func(t *testing.T) {
			t.Parallel()
			p := filter.Parser{Table: table}
			_, err := p.ParseParam(tt.key, tt.value)
			require.Error(t, err)
			require.Equal(t, tt.code, code(err))
			if tt.message != "" {
				require.Equal(t, tt.message, err.Error())
			}
		})
	}
}

func TestEmbeds(t *testing.T) {
	t.Parallel()
	table := posts(t)
	present := &filter.Exists{Relation: table.Relations[0]}
	p := filter.Parser{Table: table, Embed: func(name string) (filter.Expr, bool) { return present, name == "crew" }}
	expr, err := p.ParseParam("crew", "is.null")
	require.NoError(t, err)
	require.Equal(t, filter.Not{Expr: present}, expr)
	expr, err = p.ParseParam("or", "(crew.not.is.null,n.eq.1)")
	require.NoError(t, err)
	require.Same(t, present, expr.(filter.Or)[0])
	_, err = p.ParseParam("crew", "eq.1")
	require.Equal(t, "PGRST120", code(err))
}

func TestParsePolicies(t *testing.T) {
	t.Parallel()
	table := posts(t)
	for _, tt := range []struct{ src, want string }{
		{"", ""},
		{"n=eq.1&or=(n.gt.2,t.is.null)", "n=eq.1&or=(n.gt.2,t.is.null)"},
		{"u=eq.{auth.uid}", "u=eq.{auth.uid}"},
		{"t=eq.{auth.uidx", "t=eq.{auth.uidx"},
		{`or=(t.eq."{auth.uid}",u.eq.{auth.uid})`, `or=(t.eq."{auth.uid}",u.eq.{auth.uid})`},
		{"tags=cs.{a,b}", "tags=cs.{a,b}"},
		{"tags=cs.{{auth.claims.tag}}", "tags=cs.{{auth.claims.tag}}"},
		{"t=in.{auth.claims.teams}", "t=in.{auth.claims.teams}"},
		{"t=not.in.({auth.role})", "t=not.in.({auth.role})"},
		{"{auth.claims.aal}=eq.aal2", "{auth.claims.aal}=eq.aal2"},
		{"or=({auth.claims.is_anonymous}.is.false,at.lt.{now})", "or=({auth.claims.is_anonymous}.is.false,at.lt.{now})"},
		{`and=(t.eq."a&b")&n=eq.1`, `and=(t.eq.a&b)&n=eq.1`},
		{"memberships.user_id=eq.{auth.uid}", "memberships.user_id=eq.{auth.uid}"},
		{"memberships.user_id=eq.{auth.uid}&n=eq.1&memberships.role=eq.admin", "and=(memberships.user_id.eq.{auth.uid},memberships.role.eq.admin)&n=eq.1"},
		{"or=(memberships.user_id.eq.{auth.uid},memberships.role.eq.x)", "or=(memberships.user_id.eq.{auth.uid},memberships.role.eq.x)"},
		{"memberships.or=(role.eq.a,role.eq.b)", "memberships.or=(role.eq.a,role.eq.b)"},
		{"memberships=is.null", "and=(memberships.is.null)"},
		{"or=(memberships.not.is.null,n.eq.1)", "or=(memberships.is.not_null,n.eq.1)"},
		{"memberships_post_id_fkey.role=eq.x", "memberships.role=eq.x"},
	} {
		t.Run(tt.src, func(t *testing.T) {
			t.Parallel()
			expr, err := filter.Parse(table, tt.src)
			require.NoError(t, err)
			printed := filter.Format(expr)
			require.Equal(t, tt.want, printed)
			again, err := filter.Parse(table, printed)
			require.NoError(t, err)
			require.Equal(t, expr, again)
		})
	}
	for src, want := range map[string]string{
		"n":                                  "PGRST100",
		"n=eq.1&":                            "PGRST100",
		"or=(n.eq.1)n=eq.1":                  "PGRST100",
		"n=eq.abc":                           "22P02",
		"day=eq.2024-02-30":                  "22008",
		"or=(n.eq.1,u.eq.x)":                 "22P02",
		"x.user_id=eq.1":                     "42703",
		"memberships.x=eq.1":                 "42703",
		"memberships.posts.n=eq.1":           "PGRST100",
		"t=eq.{auth.foo}":                    "PGRST100",
		"t=not.in.({auth.foo})":              "PGRST100",
		"t=in.({auth.claims.user_metadata})": "PGRST100",
		"t=eq.{auth.claims.user_metadata.x}": "PGRST100",
		"t=in.({auth.role},x)":               "PGRST100",
		"{auth.nobody}=eq.1":                 "PGRST100",
	} {
		_, err := filter.Parse(table, src)
		require.Equal(t, want, code(err), src)
	}
	for _, src := range []string{"memberships.posts.n=eq.1", "or=(memberships.posts.n.eq.1,n.eq.1)"} {
		_, err := filter.Parse(table, src)
		var refused *filter.Error
		require.ErrorAs(t, err, &refused, src)
		require.Contains(t, refused.Details(), "conditions reach one relation", src)
	}
}
