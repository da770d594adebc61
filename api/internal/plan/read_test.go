package plan_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

const (
	inner = true
)

func TestReadPlainColumns(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		for name, test := range map[string]struct {
			ask   func() *query.Query
			want  string
			total int64
		}{
			"star leaves hidden columns out": {
				ask: func() *query.Query {
					root := pick(l.novels, "*")
					root.Where = cmp(l.novels, "id", filter.Eq, "2")
					return ask(root)
				},
				want: `[{"id":2,"title":"Two","writer_id":1,"editor_id":null,"out":false,"price":3.00,"facts":null}]`, total: -1,
			},
			"aliases, order, limit, offset, total": {
				ask: func() *query.Query {
					root := pick(l.writers, "n:name", "id")
					sorted(&root, "born", true)
					root.Limit, root.Offset = new(int64(1)), 1
					q := ask(root)
					q.Prefer.Count = query.Exact
					return q
				},
				want: `[{"n":"Ann","id":1}]`, total: 3,
			},
			"nulls last": {
				ask: func() *query.Query {
					root := pick(l.writers, "born")
					sorted(&root, "born", false)
					return ask(root)
				},
				want: `[{"born":1950},{"born":1970},{"born":null}]`, total: -1,
			},
			"star shows readable columns": {
				ask: func() *query.Query {
					root := pick(l.writers, "*")
					root.Plan.Readable = policy.AllBut("born")
					root.Plan.Where = cmp(l.writers, "id", filter.Gt, "2")
					return ask(root)
				},
				want: `[{"id":3,"name":"Cléo"}]`, total: -1,
			},
			"masked": {
				ask: func() *query.Query {
					root := pick(l.writers, "id", "name")
					root.Plan.Mask = map[string]filter.Expr{"name": cmp(l.writers, "id", filter.Eq, "2")}
					sorted(&root, "id", false)
					return ask(root)
				},
				want: `[{"id":1,"name":null},{"id":2,"name":"B\"o\\b"},{"id":3,"name":null}]`, total: -1,
			},
			"no columns": {
				ask:  func() *query.Query { return ask(pick(l.writers)) },
				want: `[{},{},{}]`, total: -1,
			},
		} {
			t.Run(name, func(t *testing.T) {
				got, total := l.read(t, test.ask())
				require.Equal(t, test.want, got)
				require.Equal(t, test.total, total)
			})
		}
	})
}

func TestReadEmbeds(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		byWriter, byEditor := "novels_writer_id_fkey", "novels_editor_id_fkey"
		root := func(table *schema.Table, names ...string) query.Node {
			n := pick(table, names...)
			sorted(&n, "id", false)
			return n
		}
		novelsOf := func(names ...string) *query.Embed {
			e := embed(l.writers, l.novels, schema.OneToMany, byWriter, names...)
			sorted(&e.Node, "id", false)
			return e
		}
		tagsOf := func(names ...string) *query.Embed {
			e := embed(l.novels, l.tags, schema.ManyToMany, "", names...)
			sorted(&e.Node, "id", false)
			return e
		}
		for name, test := range map[string]struct {
			ask  *query.Query
			want string
		}{
			"to-one": {
				ask:  ask(root(l.novels, "id"), embed(l.novels, l.writers, schema.ManyToOne, byEditor, "name")),
				want: `[{"id":1,"writers":{"name":"B\"o\\b"}},{"id":2,"writers":null},{"id":3,"writers":{"name":"Ann"}}]`,
			},
			"to-many": {
				ask:  ask(root(l.writers, "id"), novelsOf("id", "out")),
				want: `[{"id":1,"novels":[{"id":1,"out":true},{"id":2,"out":false}]},{"id":2,"novels":[{"id":3,"out":true}]},{"id":3,"novels":[]}]`,
			},
			"many-to-many": {
				ask:  ask(root(l.novels, "id"), tagsOf("name")),
				want: `[{"id":1,"tags":[{"name":"crime"},{"name":"noir"}]},{"id":2,"tags":[]},{"id":3,"tags":[{"name":"noir"}]}]`,
			},
			"one-to-one from the other side": {
				ask:  ask(root(l.writers, "id"), embed(l.writers, l.portraits, schema.OneToOne, "", "flag")),
				want: `[{"id":1,"portraits":{"flag":true}},{"id":2,"portraits":{"flag":false}},{"id":3,"portraits":{"flag":null}}]`,
			},
			"self reference": {
				ask: ask(root(l.tags, "id"),
					with(embed(l.tags, l.tags, schema.ManyToOne, "", "name"), func(e *query.Embed) { e.Name = "up" }),
					with(embed(l.tags, l.tags, schema.OneToMany, "", "name"), func(e *query.Embed) { e.Name = "down" })),
				want: `[{"id":1,"up":null,"down":[{"name":"crime"}]},{"id":2,"up":{"name":"all"},"down":[{"name":"noir"}]},` +
					`{"id":3,"up":{"name":"crime"},"down":[]}]`,
			},
			"nested": {
				ask: ask(root(l.writers, "id"), with(novelsOf("id"), func(e *query.Embed) {
					e.Embeds = []*query.Embed{tagsOf("id"), embed(l.novels, l.writers, schema.ManyToOne, byEditor, "id")}
				})),
				want: `[{"id":1,"novels":[{"id":1,"tags":[{"id":2},{"id":3}],"writers":{"id":2}},{"id":2,"tags":[],"writers":null}]},` +
					`{"id":2,"novels":[{"id":3,"tags":[{"id":3}],"writers":{"id":1}}]},{"id":3,"novels":[]}]`,
			},
			"nested under names of the request": {
				ask: ask(root(l.writers, "id"), with(novelsOf("n:id"), func(e *query.Embed) {
					e.Name = `the "books"`
					e.Embeds = []*query.Embed{with(tagsOf("t:id"), func(e *query.Embed) { e.Name = "its tags" })}
				})),
				want: `[{"id":1,"the \"books\"":[{"n":1,"its tags":[{"t":2},{"t":3}]},{"n":2,"its tags":[]}]},` +
					`{"id":2,"the \"books\"":[{"n":3,"its tags":[{"t":3}]}]},{"id":3,"the \"books\"":[]}]`,
			},
			"filter, order, limit, offset": {
				ask: ask(root(l.writers, "id"), with(embed(l.writers, l.novels, schema.OneToMany, byWriter, "id"), func(e *query.Embed) {
					e.Where = cmp(l.novels, "id", filter.Gt, "0")
					sorted(&e.Node, "price", true)
					e.Limit, e.Offset = new(int64(1)), 1
				})),
				want: `[{"id":1,"novels":[{"id":2}]},{"id":2,"novels":[]},{"id":3,"novels":[]}]`,
			},
			"inner": {
				ask: ask(root(l.writers, "id"), with(novelsOf("id"), func(e *query.Embed) {
					e.Inner, e.Where = inner, cmp(l.novels, "id", filter.Gt, "1")
				})),
				want: `[{"id":1,"novels":[{"id":2}]},{"id":2,"novels":[{"id":3}]}]`,
			},
			"inner below": {
				ask: ask(root(l.writers, "id"), with(novelsOf("id"), func(e *query.Embed) {
					e.Embeds = []*query.Embed{with(tagsOf("id"), func(e *query.Embed) { e.Inner = inner })}
				})),
				want: `[{"id":1,"novels":[{"id":1,"tags":[{"id":2},{"id":3}]}]},{"id":2,"novels":[{"id":3,"tags":[{"id":3}]}]},{"id":3,"novels":[]}]`,
			},
			"inner and inner below": {
				ask: ask(root(l.writers, "id"), with(novelsOf("id"), func(e *query.Embed) {
					e.Inner = inner
					e.Embeds = []*query.Embed{with(tagsOf(), func(e *query.Embed) { e.Inner, e.Where = inner, cmp(l.tags, "id", filter.Eq, "2") })}
				})),
				want: `[{"id":1,"novels":[{"id":1}]}]`,
			},
			"count": {
				ask:  ask(root(l.writers, "id"), with(novelsOf(), func(e *query.Embed) { e.Hidden, e.Count = false, true })),
				want: `[{"id":1,"novels":[{"count":2}]},{"id":2,"novels":[{"count":1}]},{"id":3,"novels":[{"count":0}]}]`,
			},
			"count of one, nested": {
				ask: ask(root(l.writers, "id"), with(novelsOf("id"), func(e *query.Embed) {
					e.Where = cmp(l.novels, "id", filter.Lt, "3")
					e.Embeds = []*query.Embed{with(embed(l.novels, l.writers, schema.ManyToOne, byEditor), func(e *query.Embed) { e.Hidden, e.Count = false, true })}
				})),
				want: `[{"id":1,"novels":[{"id":1,"writers":{"count":1}},{"id":2,"writers":{"count":0}}]},{"id":2,"novels":[]},{"id":3,"novels":[]}]`,
			},
			"hidden": {
				ask:  ask(root(l.writers, "id"), novelsOf()),
				want: `[{"id":1},{"id":2},{"id":3}]`,
			},
			"policy and mask of the embedded": {
				ask: ask(root(l.writers, "id"), with(novelsOf("*"), func(e *query.Embed) {
					e.Plan.Where = cmp(l.novels, "out", filter.Is, "true")
					e.Plan.Readable = policy.Columns("id", "price", "out")
					e.Plan.Mask = map[string]filter.Expr{"price": cmp(l.novels, "id", filter.Eq, "3"), "out": cmp(l.novels, "id", filter.Eq, "3")}
				})),
				want: `[{"id":1,"novels":[{"id":1,"out":null,"price":null}]},{"id":2,"novels":[{"id":3,"out":true,"price":7.25}]},{"id":3,"novels":[]}]`,
			},
			"an embed of nothing but hidden embeds": {
				ask: ask(root(l.writers, "id"), with(novelsOf("id"), func(e *query.Embed) {
					e.Items = nil
					e.Embeds = []*query.Embed{tagsOf()}
				})),
				want: `[{"id":1,"novels":[{},{}]},{"id":2,"novels":[{}]},{"id":3,"novels":[]}]`,
			},
		} {
			t.Run(name, func(t *testing.T) {
				got, _ := l.read(t, test.ask)
				require.Equal(t, test.want, got)
			})
		}
	})
}

func TestEmbeddedValuesReadLikeTheRoots(t *testing.T) {
	t.Parallel()
	const (
		first = `{"writer_id":1,"flag":true,"small":-3,"big":9007199254740993,"real":0.1,"exact":12.5000,"ratio":3,"text":"a\n\t\"é",` +
			`"key":"ab000000-0000-0000-0000-000000000001","day":"2024-01-31","at":"2024-01-31T10:00:00.5+00:00",` +
			`"local":"2024-01-31T10:00:00.5","data":{"a":[1,null,"x"]},"raw":"\\x00ff","words":["a","b\"c"]}`
		second = `{"writer_id":2,"flag":false,"small":0,"big":0,"real":5,"exact":0.0000,"ratio":0.125,"text":"",` +
			`"key":"00000000-0000-0000-0000-000000000000","day":"2024-01-31","at":"2024-01-31T10:00:00+00:00",` +
			`"local":"2024-01-31T10:00:00","data":"text","raw":"\\x","words":[]}`
	)
	eachLibrary(t, func(t *testing.T, l *library) {
		root := pick(l.portraits, "*")
		sorted(&root, "writer_id", false)
		root.Where = cmp(l.portraits, "writer_id", filter.Lt, "3")
		got, _ := l.read(t, ask(root))
		require.Equal(t, "["+first+","+second+"]", got)

		whole := embed(l.writers, l.portraits, schema.OneToOne, "", "*")
		named := embed(l.writers, l.portraits, schema.OneToOne, "", "*", "again:small")
		named.Name = "named"
		writers := pick(l.writers)
		writers.Where = cmp(l.writers, "id", filter.Lt, "3")
		sorted(&writers, "id", false)
		got, _ = l.read(t, ask(writers, whole, named))
		again := func(s, more string) string { return s[:len(s)-1] + more + "}" }
		require.Equal(t, `[{"portraits":`+first+`,"named":`+again(first, `,"again":-3`)+`},{"portraits":`+second+
			`,"named":`+again(second, `,"again":0`)+`}]`, got)
	})
}

func TestReadPathsAndCasts(t *testing.T) {
	t.Parallel()
	key := func(keys ...any) []filter.Step {
		var path []filter.Step
		for _, k := range keys {
			switch k := k.(type) {
			case string:
				path = append(path, filter.Step{Key: k})
			case int:
				path = append(path, filter.Step{Index: k, IsIndex: true})
			case bool:
				path[len(path)-1].AsText = k
			}
		}
		return path
	}
	eachLibrary(t, func(t *testing.T, l *library) {
		item := func(table *schema.Table, column string, path []filter.Step, cast string, kind schema.Kind) query.Item {
			return query.Item{Column: table.Lookup(column), Path: path, Name: "v", Cast: cast, CastKind: kind}
		}
		for _, test := range []struct {
			item query.Item
			want string
		}{
			{item(l.novels, "facts", key("by"), "", 0), `{"press":"P"}`},
			{item(l.novels, "facts", key("by", "press"), "", 0), `"P"`},
			{item(l.novels, "facts", key("by", "press", true), "", 0), `"P"`},
			{item(l.novels, "facts", key("pages"), "", 0), `90`},
			{item(l.novels, "facts", key("pages", true), "", 0), `"90"`},
			{item(l.novels, "facts", key("pages", true), "integer", schema.Int4), `90`},
			{item(l.novels, "facts", key("good"), "", 0), `true`},
			{item(l.novels, "facts", key("good", true), "", 0), `"true"`},
			{item(l.novels, "facts", key("good", true), "boolean", schema.Bool), `true`},
			{item(l.novels, "facts", key("none", true), "", 0), `null`},
			{item(l.novels, "facts", key("nope"), "", 0), `null`},
			{item(l.novels, "facts", key("list", -1), "", 0), `9`},
			{item(l.novels, "facts", key("list", 0, true), "", 0), `"7"`},
			{item(l.novels, "facts", key("list", true), "", 0), `"[7,8,9]"`},
			{item(l.novels, "facts", key(`q"k`, true), "", 0), `"quoted"`},
			{item(l.novels, "id", nil, "text", schema.Text), `"1"`},
			{item(l.novels, "out", nil, "text", schema.Text), `"true"`},
			{item(l.novels, "out", nil, "integer", schema.Int4), `1`},
			{item(l.novels, "price", nil, "integer", schema.Int4), `13`},
			{item(l.novels, "price", nil, "double precision", schema.Float8), `12.5`},
			{item(l.novels, "id", nil, "numeric", schema.Numeric), `1`},
			{item(l.novels, "title", nil, "character varying", schema.Text), `"One"`},
		} {
			root := pick(l.novels)
			root.Items = []query.Item{test.item}
			root.Where = cmp(l.novels, "id", filter.Eq, "1")
			got, _ := l.read(t, ask(root))
			if l.lane.Dialect() == dialect.PG && test.want == `"[7,8,9]"` {
				test.want = `"[7, 8, 9]"` // jsonb prints spaces
			}
			require.Equal(t, `[{"v":`+test.want+`}]`, got, "%s %v %s", test.item.Column.Name, test.item.Path, test.item.Cast)

			novels := embed(l.writers, l.novels, schema.OneToMany, "novels_writer_id_fkey")
			novels.Hidden, novels.Node = false, root
			novels.Name = "n"
			writers := pick(l.writers)
			writers.Where = cmp(l.writers, "id", filter.Eq, "1")
			got, _ = l.read(t, ask(writers, novels))
			require.Equal(t, `[{"n":[{"v":`+test.want+`}]}]`, got, "embedded %s %v %s", test.item.Column.Name, test.item.Path, test.item.Cast)
		}
		root := pick(l.portraits)
		root.Items = []query.Item{
			item(l.portraits, "at", nil, "text", schema.Text), item(l.portraits, "local", nil, "text", schema.Text),
			item(l.portraits, "at", nil, "date", schema.Date), item(l.portraits, "real", nil, "text", schema.Text),
		}
		root.Where = cmp(l.portraits, "writer_id", filter.Lt, "3")
		sorted(&root, "writer_id", false)
		got, _ := l.read(t, ask(root))
		require.JSONEq(t, `[{"v":"2024-01-31 10:00:00.5+00","v":"2024-01-31 10:00:00.5","v":"2024-01-31","v":"0.1"},`+
			`{"v":"2024-01-31 10:00:00+00","v":"2024-01-31 10:00:00","v":"2024-01-31","v":"5"}]`, got)
	})
}

func TestReadSortsByPaths(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		root := pick(l.novels, "id")
		root.Order = []query.Order{{Column: l.novels.Lookup("facts"), Path: []filter.Step{{Key: "pages"}}, Desc: true}}
		got, _ := l.read(t, ask(root))
		require.Equal(t, `[{"id":3},{"id":1},{"id":2}]`, got)
	})
}

func TestCountHeadEstimate(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		root := pick(l.writers, "id")
		root.Limit = new(int64(1))
		novels := embed(l.writers, l.novels, schema.OneToMany, "novels_writer_id_fkey", "id")
		novels.Inner = inner
		q := ask(root, novels)
		run := func(compile func(*query.Query, plan.ReadOptions) (*plan.Statement, []any, error)) (values []int64) {
			statement, args, err := compile(q, plan.ReadOptions{})
			require.NoError(t, err)
			_, err = l.lane.Query(t.Context(), statement.Statement, args, func(row []db.Value) error {
				for _, v := range row {
					values = append(values, number(v))
				}
				return nil
			})
			require.NoError(t, err, statement.Text)
			return values
		}
		require.Equal(t, []int64{2}, run(l.compiler.Count))
		require.Equal(t, []int64{1}, run(l.compiler.Head))
		q.Prefer.Count = query.Exact
		require.Equal(t, []int64{1, 2}, run(l.compiler.Head))
		_, total := l.read(t, q)
		require.Equal(t, int64(2), total)
		if l.lane.Dialect() == dialect.SQLite {
			require.Equal(t, []int64{2}, run(l.compiler.Estimate))
			return
		}
		require.NotEmpty(t, run(l.compiler.Estimate))
	})
}

func TestReadCapsRows(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		l.compiler = plan.New(plan.Config{Dialect: l.lane.Dialect(), MaxRows: 1})
		root := pick(l.writers, "id")
		sorted(&root, "id", false)
		root.Limit = new(int64(50))
		novels := embed(l.writers, l.novels, schema.OneToMany, "novels_writer_id_fkey", "id")
		sorted(&novels.Node, "id", false)
		q := ask(root, novels)
		got, _ := l.read(t, q)
		require.JSONEq(t, `[{"id":1,"novels":[{"id":1}]}]`, got)

		statement, args, err := l.compiler.Read(q, plan.ReadOptions{MaxRows: -1, Where: cmp(l.writers, "id", filter.Gt, "1")})
		require.NoError(t, err)
		rows := 0
		_, err = l.lane.Query(t.Context(), statement.Statement, args, func([]db.Value) error { rows++; return nil })
		require.NoError(t, err)
		require.Equal(t, 2, rows)
	})
}

func TestReadManyKeys(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		names := make([]string, 0, 130)
		var members strings.Builder
		for i := range 130 {
			names = append(names, fmt.Sprintf("k%d:name", i))
			fmt.Fprintf(&members, `,"k%d":"Ann"`, i)
		}
		want := members.String()
		root := pick(l.novels, "id")
		root.Where = cmp(l.novels, "id", filter.Eq, "1")
		got, _ := l.read(t, ask(root, embed(l.novels, l.writers, schema.ManyToOne, "novels_writer_id_fkey", names...)))
		require.Equal(t, `[{"id":1,"writers":{`+want[1:]+`}}]`, got)
	})
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		hide := policy.AllBut("name")
		for name, q := range map[string]*query.Query{
			"root":   ask(func() query.Node { n := pick(l.writers, "id"); n.Plan = policy.Plan{}; return n }()),
			"column": ask(func() query.Node { n := pick(l.writers, "name"); n.Plan.Readable = hide; return n }()),
			"embed":  ask(pick(l.novels, "id"), with(embed(l.novels, l.writers, schema.ManyToOne, "", "id"), func(e *query.Embed) { e.Plan = policy.Plan{} })),
			"column of an embed": ask(pick(l.novels, "id"), with(embed(l.novels, l.writers, schema.ManyToOne, "", "name"),
				func(e *query.Embed) { e.Plan.Readable = hide })),
		} {
			_, _, err := l.compiler.Read(q, plan.ReadOptions{})
			require.ErrorIs(t, err, policy.ErrDenied, name)
			require.EqualError(t, err, "42501: permission denied for table writers", name)
			_, _, err = l.compiler.Count(q, plan.ReadOptions{})
			require.ErrorIs(t, err, policy.ErrDenied, name)
		}
	})
}

func TestReadTextsAreFinite(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		random := rand.New(rand.NewPCG(1, 2))
		word := func() string { return fmt.Sprintf(`x'"%d`, random.Int64()) }
		texts := map[string]bool{}
		for range 200 {
			root := pick(l.novels, word()+":id")
			root.Items = append(root.Items, query.Item{
				Column: l.novels.Lookup("facts"), Name: word(),
				Path: []filter.Step{{Key: word()}, {Index: random.IntN(100) - 50, IsIndex: true}},
			})
			root.Where = cmp(l.novels, "title", filter.Eq, word())
			root.Plan.Where = cmp(l.novels, "id", filter.Gt, strconv.Itoa(int(random.Int32())))
			root.Limit, root.Offset = new(11+random.Int64N(4)), 1+random.Int64N(1000)
			writers := embed(l.novels, l.writers, schema.ManyToOne, "novels_writer_id_fkey", word()+":name")
			writers.Name, writers.Where = word(), cmp(l.writers, "name", filter.Neq, word())
			tags := embed(l.novels, l.tags, schema.ManyToMany, "", word()+":name")
			tags.Name, tags.Limit = word(), new(51+random.Int64N(4))
			q := ask(root, writers, tags)
			q.Prefer.Count = query.Exact
			statement, args, err := l.compiler.Read(q, plan.ReadOptions{})
			require.NoError(t, err)
			texts[statement.Text] = true
			require.Equal(t, root.Items[0].Name, statement.Columns[0].Name)
			require.Equal(t, tags.Name, statement.Columns[3].Name)
			_, err = l.lane.Query(t.Context(), statement.Statement, args, func([]db.Value) error { return nil })
			require.NoError(t, err, statement.Text)
		}
		require.Len(t, texts, 1)
	})
}

func TestLimitsMakeFewTexts(t *testing.T) {
	t.Parallel()
	byKey, _ := typical(t)
	texts := map[string]bool{}
	compiler := plan.New(plan.Config{Dialect: dialect.PG, MaxRows: 1000})
	for limit := range int64(3000) {
		byKey.Root.Limit = new(limit)
		statement, _, err := compiler.Read(byKey, plan.ReadOptions{})
		require.NoError(t, err)
		texts[statement.Text] = true
	}
	require.LessOrEqual(t, len(texts), 50)
}

func TestReadSharesStatements(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		compile := func(id string) (*plan.Statement, []any) {
			root := pick(l.novels, "*")
			root.Where = cmp(l.novels, "id", filter.Eq, id)
			statement, args, err := l.compiler.Read(ask(root), plan.ReadOptions{})
			require.NoError(t, err)
			return statement, args
		}
		first, firstArgs := compile("1")
		second, secondArgs := compile("2")
		require.Same(t, first, second)
		require.NotEqual(t, firstArgs, secondArgs)
	})
}
