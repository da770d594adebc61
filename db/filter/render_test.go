package filter_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

func TestRender(t *testing.T) {
	t.Parallel()
	table := posts(t)
	for _, tt := range []struct{ src, postgres, lite string }{
		{"n=eq.5", `("p"."n" = $1)`, `("p"."n" = ?1)`},
		{"n=not.in.(1,2)", `NOT (("p"."n" = ANY($1)))`, `NOT (("p"."n" IN (SELECT value FROM json_each(?1))))`},
		{"n=in.()", "FALSE", "FALSE"},
		{"t=like.a*", `("p"."t" ~~ $1)`, `gw_like(?1, "p"."t")`},
		{"t=ilike(all).{a}", `("p"."t" ~~* ALL($1))`, `(SELECT min(gw_ilike(value, "p"."t")) FROM json_each(?1))`},
		{"b=is.true", `("p"."b" IS TRUE)`, `("p"."b" IS TRUE)`},
		{"b=is.unknown", `("p"."b" IS NULL)`, `("p"."b" IS NULL)`},
		{"at=eq.2024-01-31", `("p"."at" = $1)`, `("p"."at" IN (?1, ?2))`},
		{"day=gt.2024-01-31", `("p"."day" > $1)`, `("p"."day" >= ?1)`},
		{"tags=cs.{a}", `("p"."tags" @> $1)`, `gw_json_contains("p"."tags", ?1)`},
		{"data->a->>b=eq.x", `(("p"."data"->$2->>$3) = $1)`, ""},
		{"data->-1=is.null", `(("p"."data"->$1::int4) IS NULL)`, `(json_type("p"."data", ?1) IS NULL)`},
		{`"a.b c"=eq.x`, `("p"."odd" = $1)`, `("p"."odd" = ?1)`},
		{
			"memberships.role=eq.x",
			`EXISTS (SELECT 1 FROM "memberships" AS "gw_e1" WHERE "gw_e1"."post_id" = "p"."id" AND ("gw_e1"."role" = $1))`,
			`EXISTS (SELECT 1 FROM "memberships" AS "gw_e1" WHERE "gw_e1"."post_id" = "p"."id" AND ("gw_e1"."role" = ?1))`,
		},
	} {
		expr, err := filter.Parse(table, tt.src)
		require.NoError(t, err)
		for d, want := range map[dialect.Name]string{dialect.PG: tt.postgres, dialect.SQLite: tt.lite} {
			b := filter.Builder{Dialect: d}
			require.NoError(t, filter.Render(&b, "p", expr))
			if want != "" && !strings.Contains(tt.src, "->>") {
				require.Equal(t, want, string(b.Buf), tt.src)
			}
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	table := posts(t)
	for _, tt := range []struct{ key, value, postgres, lite string }{
		{"n", "eq.abc", "", "22P02"},
		{"n", "in.(1,x)", "", "22P02"},
		{"t", "eq.a\x00", "22021", "22021"},
		{"n", "like.a", "42883", "42883"},
		{"n", "is.true", "42804", "42804"},
		{"n", "cs.{1}", "42883", "42883"},
		{"data", "ov.{a}", "42883", "42883"},
		{"data->a", "like.x", "42883", "42883"},
		{"t", "sl.[1,2)", "42883", "42883"},
		{"t", `like.a\`, "22025", "22025"},
		{"t", "fts.cat", "", "PGRST127"},
		{"during", "ov.[1,2)", "", "PGRST127"},
		{"during", "eq.[1,2)", "", "PGRST127"},
		{"tags", "gt.{a}", "", "PGRST127"},
		{"data", `eq.{"a":1}`, "", "PGRST127"},
		{"data", `in.({})`, "", "PGRST127"},
		{"n->a", "eq.1", "", "PGRST127"},
		{"n->a", "is.null", "", "PGRST127"},
	} {
		p := filter.Parser{Table: table}
		expr, err := p.ParseParam(tt.key, tt.value)
		require.NoError(t, err)
		for d, want := range map[dialect.Name]string{dialect.PG: tt.postgres, dialect.SQLite: tt.lite} {
			b := filter.Builder{Dialect: d}
			require.Equal(t, want, code(filter.Render(&b, "p", expr)), "%s=%s on %s", tt.key, tt.value, d)
		}
	}
	expr, err := filter.Parse(table, "t=eq.{auth.role}")
	require.NoError(t, err)
	b := filter.Builder{Dialect: dialect.PG}
	require.ErrorContains(t, filter.Render(&b, "p", expr), "not bound")
}

// TestTextDependsOnShapeOnly renders many values of one shape: were a value in the text, the texts would differ.
func TestTextDependsOnShapeOnly(t *testing.T) {
	t.Parallel()
	table := posts(t)
	g := generator{rand.New(rand.NewPCG(3, 4)), table}
	for _, d := range []dialect.Name{dialect.PG, dialect.SQLite} {
		texts := map[string]bool{}
		for range 500 {
			n := g.IntN(5) + 1
			src := fmt.Sprintf("n=in.(%s)&t=eq.%s&or=(data->%s->>%s.eq.x,tags.cs.{%s})&at=gt.20%02d-01-01&b=is.true",
				strings.TrimSuffix(strings.Repeat("7,", n), ","), pick(g, patterns), pick(g, []string{"a", "b", `"c'"`}),
				pick(g, []string{"x", "y"}), pick(g, []string{"a", "b"}), g.IntN(99))
			expr, err := filter.Parse(table, src)
			require.NoError(t, err)
			b := filter.Builder{Dialect: d}
			require.NoError(t, filter.Render(&b, "p", expr))
			texts[string(b.Buf)] = true
		}
		require.Len(t, texts, 1)
	}
}

func TestFullTextAndRangesOnPostgreSQL(t *testing.T) {
	t.Parallel()
	database := dbtest.Postgres(t)
	lane, err := db.LaneOf(database)
	require.NoError(t, err)
	_, err = database.ExecContext(t.Context(), `CREATE TABLE docs (id int, body text, vector tsvector, during int4range, plain json, tags int[]);
		INSERT INTO docs VALUES (1, 'The fat cats', to_tsvector('english', 'The fat cats'), '[1,5)', '{"a":{"b":1},"list":[5]}', '{1,2}'),
			(2, 'a dog', to_tsvector('english', 'a dog'), '[5,9)', '{"a":2}', NULL)`)
	require.NoError(t, err)
	table, err := schema.New(schema.Table{Name: "docs", Columns: []schema.Column{
		{Name: "id", Kind: schema.Int4}, {Name: "body", Kind: schema.Text}, {Name: "vector", Kind: schema.Other, Type: "tsvector"},
		{Name: "during", Kind: schema.Range, Type: "int4range"}, {Name: "plain", Kind: schema.JSON, Type: "json"},
		{Name: "tags", Kind: schema.Array, Elem: schema.Int4},
	}})
	require.NoError(t, err)
	for condition, want := range map[string][]int{
		"body=fts(english).cat":           {1},
		"body=not.plfts(english).fat cat": {2},
		"body=wfts.dog or cats":           {1, 2},
		"vector=phfts(english).fat cats":  {1},
		"during=cs.3":                     nil,
		"during=cs.[2,3)":                 {1},
		"during=ov.[4,6)":                 {1, 2},
		"during=sl.[5,6)":                 {1},
		"during=sr.[0,5)":                 {2},
		"during=nxr.[0,5)":                {1},
		"during=nxl.[2,5)":                {2},
		"during=adj.[5,6)":                {1},
		"plain->a=eq.2":                   {2},
		`plain->a=cs.{"b":1}`:             {1},
		`plain=cs.{"a":2}`:                {2},
		"plain->list->0=eq.5":             {1},
		"plain->list->-1=eq.5":            {1},
		"tags=in.(\"{1,2}\",\"{3}\")":     {1},
		"tags->0=eq.1":                    {1},
		"id->a=is.null":                   {1, 2},
	} {
		p := filter.Parser{Table: table}
		key, value, _ := strings.Cut(condition, "=")
		expr, err := p.ParseParam(key, value)
		require.NoError(t, err)
		b := filter.Builder{Dialect: dialect.PG}
		b.Raw("SELECT id FROM docs WHERE ")
		require.NoError(t, filter.Render(&b, "", expr))
		b.Raw(" ORDER BY id")
		var got []int
		_, err = lane.Query(t.Context(), db.Statement{Text: string(b.Buf)}, b.Args, func(v []db.Value) error {
			got = append(got, int(v[0].Bytes[0]-'0'))
			return nil
		})
		if condition == "during=cs.3" {
			require.Equal(t, "22P02", err.(*db.Error).Code)
			continue
		}
		require.NoError(t, err, condition)
		require.Equal(t, want, got, condition)
	}
}

func TestExistsOnBothDatabases(t *testing.T) {
	t.Parallel()
	table := posts(t)
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		lane, err := db.LaneOf(database)
		require.NoError(t, err)
		create(t, database)
		for i := range 4 {
			insert(t, lane, table, i, memory{"n": "1"})
		}
		_, err = database.ExecContext(t.Context(), `INSERT INTO memberships VALUES
			(1, '6f2b1c9e-0000-4000-8000-000000000001', 'admin'), (1, '6f2b1c9e-0000-4000-8000-000000000002', 'guest'),
			(2, '6f2b1c9e-0000-4000-8000-000000000001', NULL)`)
		require.NoError(t, err)
		const me = "6f2b1c9e-0000-4000-8000-000000000001"
		for src, want := range map[string]string{
			"memberships.user_id=eq." + me:                                           "12",
			"memberships.user_id=eq." + me + "&memberships.role=eq.guest":            "",
			"memberships.user_id=eq." + me + "&memberships.role=eq.admin":            "1",
			"memberships=is.null":                                                    "03",
			"memberships=not.is.null":                                                "12",
			"not.and=(memberships.role.eq.admin)":                                    "023",
			"or=(memberships.role.is.null,id.eq.0)":                                  "02",
			"memberships.or=(role.eq.guest,and(role.is.null,user_id.eq." + me + "))": "12",
		} {
			expr, err := filter.Parse(table, src)
			require.NoError(t, err)
			for _, alias := range []string{"", "posts"} {
				b := filter.Builder{Dialect: lane.Dialect()}
				b.Raw("SELECT CAST(id AS text) FROM posts WHERE ")
				require.NoError(t, filter.Render(&b, alias, expr))
				b.Raw(" ORDER BY id")
				got := ""
				_, err = lane.Query(t.Context(), db.Statement{Text: string(b.Buf)}, b.Args, func(v []db.Value) error {
					got += string(v[0].Bytes)
					return nil
				})
				require.NoError(t, err, src)
				require.Equal(t, want, got, src)
			}
			_, err = filter.Match(expr, memory{})
			require.ErrorIs(t, err, filter.ErrUndecided)
		}
	})
}

func TestMatchDecidesWithoutWhatItCannotDecide(t *testing.T) {
	t.Parallel()
	table := posts(t)
	for src, want := range map[string]filter.Tri{
		"n=eq.2&memberships=is.null":         filter.False,
		"or=(n.eq.1,memberships.is.null)":    filter.True,
		"or=(t.is.null,during.ov.\"[1,2)\")": filter.True,
	} {
		expr, err := filter.Parse(table, src)
		require.NoError(t, err)
		got, err := filter.Match(expr, memory{"n": "1", "during": "[1,2)"})
		require.NoError(t, err)
		require.Equal(t, want, got, src)
	}
	got, err := filter.Match(nil, memory{})
	require.NoError(t, err)
	require.Equal(t, "true", got.String())
}

func BenchmarkRender(b *testing.B) {
	expr, err := filter.Parse(posts(b), "n=eq.5&t=like.a*")
	require.NoError(b, err)
	builder := filter.Builder{Dialect: dialect.PG}
	b.ReportAllocs()
	for b.Loop() {
		builder.Reset()
		if err := filter.Render(&builder, "p", expr); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseParam(b *testing.B) {
	p := filter.Parser{Table: posts(b)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.ParseParam("n", "eq.5"); err != nil {
			b.Fatal(err)
		}
	}
}
