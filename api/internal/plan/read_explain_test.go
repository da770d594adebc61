package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// TestReadsUseIndexes looks at the plans that the databases make of the statements that matter most: whatever is written into
// them, NULLS LAST and the arguments of LIMIT included, must not keep an index from being used.
func TestReadsUseIndexes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		notes, authors := noteTables(t, database)
		lane, err := db.LaneOf(database)
		require.NoError(t, err)
		compiler := plan.New(plan.Config{Dialect: lane.Dialect(), MaxRows: 1000})
		list := func(column string, desc bool, limit int64) query.Node {
			n := pick(notes, "*")
			n.Where = cmp(notes, "author_id", filter.Eq, "3")
			n.Limit = new(limit)
			sorted(&n, column, desc)
			return n
		}
		byKey := pick(notes, "*")
		byKey.Where = cmp(notes, "id", filter.Eq, "7")
		everything := pick(notes, "*")
		sorted(&everything, "id", false)
		someAuthors := pick(authors, "*")
		sorted(&someAuthors, "id", false)
		someAuthors.Limit = new(int64(20))
		theirs := embed(authors, notes, schema.OneToMany, "", "*")
		sorted(&theirs.Node, "at", true)
		theirs.Limit = new(int64(3))
		for name, q := range map[string]*query.Query{
			"get":                       ask(byKey),
			"page, newest first":        ask(list("at", true, 20)),
			"page, oldest first":        ask(list("at", false, 20)),
			"all in order of the key":   ask(everything),
			"a page with its author":    ask(list("at", true, 20), embed(notes, authors, schema.ManyToOne, "", "name")),
			"authors with latest notes": ask(someAuthors, theirs),
		} {
			statement, args, err := compiler.Read(q, plan.ReadOptions{})
			require.NoError(t, err)
			steps := explain(t, lane, statement.Statement, args)
			require.NotEmpty(t, steps)
			for _, bad := range []string{"Seq Scan", "Sort", "SCAN notes\n", "SCAN notes_1\n", "SCAN authors_1\n", "TEMP B-TREE"} {
				require.NotContains(t, steps, bad, "%s\n%s", name, statement.Text)
			}
		}
	})
}

// noteTables makes authors of whom some have a hundred notes each: on PostgreSQL so many that its planner has a reason to use an index.
func noteTables(t *testing.T, database *bun.DB) (notes, authors *schema.Table) {
	t.Helper()
	pg := database.Dialect().Name() == dialect.PG
	size := map[bool]string{true: "10000", false: "500"}[pg]
	statements := []string{
		"CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL)",
		"CREATE TABLE notes (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES authors, title text, at timestamp)",
		"CREATE INDEX notes_by_author ON notes (author_id, at)",
		"INSERT INTO authors WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + size + " / 10 + 1) SELECT i, 'a' FROM n",
	}
	fill := "INSERT INTO notes WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + size + ") SELECT i, i / 100 + 1, 'title', "
	if pg {
		fill += "timestamp '2024-01-01' + i * interval '1 minute' FROM n"
	} else {
		fill += "datetime('2024-01-01', '+' || i || ' minutes') FROM n"
	}
	for _, statement := range append(statements, fill, "ANALYZE") {
		_, err := database.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	authors, err := schema.New(schema.Table{Name: "authors", PrimaryKey: []int{0}, Columns: []schema.Column{
		{Name: "id", Kind: schema.Int8}, {Name: "name", Kind: schema.Text},
	}})
	require.NoError(t, err)
	notes, err = schema.New(schema.Table{
		Name: "notes", PrimaryKey: []int{0},
		Columns: []schema.Column{
			{Name: "id", Kind: schema.Int8}, {Name: "author_id", Kind: schema.Int8},
			{Name: "title", Kind: schema.Text, Nullable: true}, {Name: "at", Kind: schema.Timestamp, Nullable: true},
		},
		ForeignKeys: []schema.ForeignKey{{Columns: []int{1}, RefTable: "authors", RefColumns: []string{"id"}}},
	})
	require.NoError(t, err)
	require.NoError(t, schema.Link([]*schema.Table{authors, notes}))
	return notes, authors
}

// explain returns the steps of a statement's plan, one a line.
func explain(t *testing.T, lane db.Lane, statement db.Statement, args []any) string {
	t.Helper()
	statement.Text = map[bool]string{true: "EXPLAIN ", false: "EXPLAIN QUERY PLAN "}[lane.Dialect() == dialect.PG] + statement.Text
	var steps strings.Builder
	_, err := lane.Query(t.Context(), statement, args, func(values []db.Value) error {
		steps.Write(values[len(values)-1].Bytes)
		steps.WriteByte('\n')
		return nil
	})
	require.NoError(t, err, statement.Text)
	return steps.String()
}
