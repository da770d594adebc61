package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// TestOddlyStoredValues puts into SQLite what other programs and defaults leave there: embedded, it must read as it does on the root.
func TestOddlyStoredValues(t *testing.T) {
	t.Parallel()
	l := newLibrary(t, dbtest.SQLite(t))
	for column, values := range map[string][]string{
		"flag":  {"NULL", "0", "1"},
		"real":  {"NULL", "1", "-2.5", "9e999", "-9e999", "'NaN'", "'Infinity'", "0.30000000000000004", "123456789012345.0"},
		"exact": {"NULL", "7", "7.25", "9007199254740993", "'NaN'", "-9e999"},
		"ratio": {"NULL", "7", "7.25", "1e3", "9007199254740993"},
		"at": {
			"NULL", "'2024-01-31 10:00:00'", "'2024-01-31T10:00:00Z'", "'2024-01-31 10:00:00.123+02:00'", "'infinity'", "'-infinity'", "'2024-01-31'",
		},
		"local": {"NULL", "'2024-01-31 10:00:00'", "'2024-01-31T10:00:00.5'", "'2024-01-31 10:00:00+00:00'", "'infinity'", "'2024-01-31'"},
		"day":   {"NULL", "'2024-01-31'", "'2024-01-31 00:00:00+00:00'", "'infinity'"},
		"data":  {"NULL", "'null'", "'{\"a\" : 1}'", "'no json'", "'1'"},
		"raw":   {"NULL", "x''", "x'00ff'"},
		"key":   {"NULL", "x'00112233445566778899aabbccddeeff'", "'00112233-4455-6677-8899-aabbccddeeff'"},
		"text":  {"NULL", "''", "'x'", "x'6162'"},
	} {
		for _, value := range values {
			_, err := l.lane.Query(t.Context(), db.Statement{
				Text: `UPDATE portraits SET "` + column + `" = ` + value + " WHERE writer_id = 1", Write: true,
			}, nil, nil)
			require.NoError(t, err)
			root := pick(l.portraits, column)
			root.Where = cmp(l.portraits, "writer_id", filter.Eq, "1")
			want, _ := l.read(t, ask(root))
			writers := pick(l.writers)
			writers.Where = cmp(l.writers, "id", filter.Eq, "1")
			got, _ := l.read(t, ask(writers, embed(l.writers, l.portraits, schema.OneToOne, "", column)))
			require.Equal(t, `[{"portraits":`+strings.Trim(want, "[]")+"}]", strings.ReplaceAll(got, "[]", ""), "%s = %s", column, value)
		}
	}
}

func TestPresenceOfAnEmbed(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		novels := func(hide bool) (*query.Embed, *filter.Exists) {
			e := embed(l.writers, l.novels, schema.OneToMany, "novels_writer_id_fkey")
			e.Presence = &filter.Exists{Relation: e.Relation, Expr: filter.Const(false)}
			e.Where = cmp(l.novels, "id", filter.Neq, "3")
			if hide {
				e.Plan.Where = cmp(l.novels, "id", filter.Gt, "2")
			}
			return e, e.Presence
		}
		for _, test := range []struct {
			without, hide bool
			want          string
		}{
			{want: `[{"id":1}]`},
			{without: true, want: `[{"id":2},{"id":3}]`},
			{hide: true, want: `[]`},
			{without: true, hide: true, want: `[{"id":1},{"id":2},{"id":3}]`},
		} {
			e, presence := novels(test.hide)
			root := pick(l.writers, "id")
			sorted(&root, "id", false)
			root.Where = filter.IsTrue{Expr: presence}
			if test.without {
				root.Where = filter.Not{Expr: root.Where}
			}
			got, _ := l.read(t, ask(root, e))
			require.Equal(t, test.want, got)
		}
	})
}

// TestNamesThatCollide embeds a table whose alias would be its parent's name, and tables whose names are as long as names can be.
func TestNamesThatCollide(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 63)
	for _, names := range [][2]string{{"a_1", "a"}, {long, long[:62]}, {"gw row", `the "quoted"`}} {
		dbtest.Each(t, func(t *testing.T, database *bun.DB) {
			quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
			for _, statement := range []string{
				"CREATE TABLE " + quoted(names[0]) + " (id bigint PRIMARY KEY)",
				"CREATE TABLE " + quoted(names[1]) + ` (id bigint PRIMARY KEY, up bigint, "gw_row" bigint, j bigint)`,
				"INSERT INTO " + quoted(names[0]) + " VALUES (1), (2)",
				"INSERT INTO " + quoted(names[1]) + " VALUES (10, 1, 5, 6), (20, 2, 5, 6)",
			} {
				_, err := database.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
			parent, err := schema.New(schema.Table{Name: names[0], PrimaryKey: []int{0}, Columns: []schema.Column{{Name: "id", Kind: schema.Int8}}})
			require.NoError(t, err)
			child, err := schema.New(schema.Table{
				Name: names[1], PrimaryKey: []int{0}, Columns: []schema.Column{
					{Name: "id", Kind: schema.Int8}, {Name: "up", Kind: schema.Int8}, {Name: "gw_row", Kind: schema.Int8}, {Name: "j", Kind: schema.Int8},
				},
				ForeignKeys: []schema.ForeignKey{{Columns: []int{1}, RefTable: names[0], RefColumns: []string{"id"}}},
			})
			require.NoError(t, err)
			require.NoError(t, schema.Link([]*schema.Table{parent, child}))
			lane, err := db.LaneOf(database)
			require.NoError(t, err)
			l := &library{lane: lane, compiler: plan.New(plan.Config{Dialect: lane.Dialect()})}
			children := embed(parent, child, schema.OneToMany, "", "*")
			children.Name = "c"
			children.Embeds = []*query.Embed{with(embed(child, parent, schema.ManyToOne, "", "id"), func(e *query.Embed) { e.Name = "p" })}
			root := pick(parent, "id")
			sorted(&root, "id", false)
			got, _ := l.read(t, ask(root, children))
			require.JSONEq(t, `[{"id":1,"c":[{"id":10,"up":1,"gw_row":5,"j":6,"p":{"id":1}}]},`+
				`{"id":2,"c":[{"id":20,"up":2,"gw_row":5,"j":6,"p":{"id":2}}]}]`, got)
		})
	}
}

func TestOffsetsWithoutLimit(t *testing.T) {
	t.Parallel()
	eachLibrary(t, func(t *testing.T, l *library) {
		l.compiler = plan.New(plan.Config{Dialect: l.lane.Dialect()})
		root := pick(l.writers, "id")
		root.Plan = policy.Plan{Kind: policy.Conditional, Readable: policy.Columns("id"), Where: filter.Const(true)}
		sorted(&root, "id", false)
		root.Offset = 1
		got, _ := l.read(t, ask(root))
		require.Equal(t, `[{"id":2},{"id":3}]`, got)
		root.Limit = new(int64(0))
		got, _ = l.read(t, ask(root))
		require.Equal(t, `[]`, got)
	})
}
