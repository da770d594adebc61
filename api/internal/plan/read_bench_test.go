package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// typical returns the two requests that matter most: one row by its key, and a page of a filtered and sorted list.
func typical(t testing.TB) (byKey, page *query.Query) {
	t.Helper()
	table, err := schema.New(schema.Table{Name: "notes", PrimaryKey: []int{0}, Columns: []schema.Column{
		{Name: "id", Kind: schema.Int8}, {Name: "title", Kind: schema.Text}, {Name: "body", Kind: schema.Text},
		{Name: "author_id", Kind: schema.Int8}, {Name: "published", Kind: schema.Bool}, {Name: "created_at", Kind: schema.TimestampTZ},
	}})
	require.NoError(t, err)
	root := pick(table, "*")
	root.Where = cmp(table, "id", filter.Eq, "7")
	root.Limit = new(int64(2))
	list := pick(table, "*")
	list.Where = filter.And{cmp(table, "author_id", filter.Eq, "7"), cmp(table, "published", filter.Is, "true")}
	list.Limit = new(int64(20))
	sorted(&list, "created_at", true)
	return ask(root), ask(list)
}

// allocations a compiled read may cost, arguments included.
const allocations = 6

func TestReadCostsFewAllocations(t *testing.T) {
	byKey, page := typical(t)
	for _, name := range []dialect.Name{dialect.PG, dialect.SQLite} {
		compiler := plan.New(plan.Config{Dialect: name, MaxRows: 1000})
		for _, q := range []*query.Query{byKey, page} {
			got := testing.AllocsPerRun(100, func() {
				if _, _, err := compiler.Read(q, plan.ReadOptions{}); err != nil {
					t.Error(err)
				}
			})
			require.LessOrEqual(t, got, float64(allocations), name.String())
		}
	}
}

func BenchmarkRead(b *testing.B) {
	byKey, page := typical(b)
	compiler := plan.New(plan.Config{Dialect: dialect.PG, MaxRows: 1000})
	for name, q := range map[string]*query.Query{"get": byKey, "list20": page} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := compiler.Read(q, plan.ReadOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
