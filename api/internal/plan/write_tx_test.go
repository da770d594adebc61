package plan_test

import (
	"context"
	"errors"
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

// TestWriteInTransaction shows that a write takes part in the transaction of its context, and goes with it.
func TestWriteInTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		undo := errors.New("undo")
		err := db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
			_, err := s.compiler.Write(ctx, s.lane, newWrite(plan.Insert, s.authors, body(s.authors, "id name", row(9, "Zoe"))))
			require.NoError(t, err)
			var name string
			require.NoError(t, tx.NewRaw("SELECT name FROM authors WHERE id = 9").Scan(ctx, &name))
			require.Equal(t, "Zoe", name)
			merge := asking(newWrite(plan.Upsert, s.authors, body(s.authors, "id name", row(9, "Zoë"), row(10, "Xi"))), merging)
			out, err := s.compiler.Write(ctx, s.lane, merge)
			require.NoError(t, err)
			require.Equal(t, plan.Outcome{Affected: 2, Inserted: 1}, out)
			return undo
		})
		require.ErrorIs(t, err, undo)
		require.Len(t, s.dump(t, s.authors), 2)
	})
}

// TestRepresentationIsTheReaders shows that what comes back is named, cut and masked as in a read.
func TestRepresentationIsTheReaders(t *testing.T) {
	runCases(t, []writeCase{
		{
			name: "aliases, paths and masks", affected: 1, inserted: 1, rows: []string{"t=four b=1"},
			posts: []string{one, two, three, `id=4 title=four author_id=2 published=false data={"a":{"b":1}} size=4`},
			write: func(s *shelf) *plan.Write {
				w := newWrite(plan.Insert, s.posts, body(s.posts, "title author_id data", row("four", 2, `{"a":{"b":1}}`)))
				w.Query.Root.Items = []query.Item{
					{Column: s.posts.Lookup("title"), Name: "t"},
					{Column: s.posts.Lookup("author_id"), Name: "author_id"},
					{Column: s.posts.Lookup("data"), Path: steps("a", "b"), Name: "b"},
				}
				w.Query.Root.Plan.Mask = map[string]filter.Expr{"author_id": eq(s.posts, "published", "true")}
				return asking(w, wantRows)
			},
		},
		{
			name: "a column that may not be read", code: "42501",
			write: func(s *shelf) *plan.Write {
				w := asking(newWrite(plan.Insert, s.posts, body(s.posts, "title", row("four"))), selecting(s, false, "slug"))
				w.Query.Root.Plan.Readable = policy.AllBut("slug")
				return w
			},
		},
		{
			name: "an embed that may not be read", code: "42501",
			write: func(s *shelf) *plan.Write {
				w := asking(newWrite(plan.Insert, s.posts, body(s.posts, "title", row("four"))), selecting(s, false, "slug"))
				w.Query.Root.Embeds[0].Plan = policy.Plan{}
				return w
			},
		},
		{
			name: "nothing but a join", affected: 1, inserted: 1, rows: []string{""}, posts: []string{one, two, three, "id=4 title=four published=false size=4"},
			write: func(s *shelf) *plan.Write {
				w := asking(newWrite(plan.Insert, s.posts, body(s.posts, "title", row("four"))), selecting(s, false))
				w.Query.Root.Embeds[0].Hidden = true
				return w
			},
		},
		{
			name: "nothing but an inner join without match", affected: 1, inserted: 1,
			posts: []string{one, two, three, "id=4 title=four published=false size=4"},
			write: func(s *shelf) *plan.Write {
				w := asking(newWrite(plan.Insert, s.posts, body(s.posts, "title", row("four"))), selecting(s, true))
				w.Query.Root.Embeds[0].Hidden = true
				return w
			},
		},
	})
}

// TestChildrenOfDeleted shows the children of a row that goes away together with them.
func TestChildrenOfDeleted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		s.exec(t, "CREATE TABLE notes (id bigint PRIMARY KEY, text text, author_id bigint REFERENCES authors ON DELETE CASCADE)")
		s.exec(t, "INSERT INTO authors VALUES (3, 'Cy')")
		s.exec(t, "INSERT INTO notes VALUES (1, 'n', 3)")
		notes := table(t, schema.Table{
			Name: "notes", PrimaryKey: []int{0},
			Columns:     []schema.Column{{Name: "id", Kind: schema.Int8}, {Name: "text", Kind: schema.Text}, {Name: "author_id", Kind: schema.Int8}},
			ForeignKeys: []schema.ForeignKey{{Columns: []int{2}, RefTable: "authors", RefColumns: []string{"id"}}},
		})
		require.NoError(t, schema.Link([]*schema.Table{s.authors, notes}))
		a := s.run(t.Context(), asking(newWrite(plan.Delete, s.authors, nil), selecting(s, false, "name"), filtered("id", "3")))
		require.NoError(t, a.err)
		require.Equal(t, []string{`name=Cy notes=[{"text":"n"}]`}, a.rows)
		require.Empty(t, s.dump(t, notes))
	})
}

// TestBulkKeepsTypes inserts every kind of column alone and among others: the rows are the same.
func TestBulkKeepsTypes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		s.exec(t, `CREATE TABLE kinds (id integer PRIMARY KEY, flag boolean, small smallint, amount numeric(12,2), ratio double precision,
			day date, moment `+map[bool]string{true: "timestamptz", false: "timestamp"}[s.pg()]+`, code char(3), ident uuid, raw `+
			map[bool]string{true: "bytea", false: "blob"}[s.pg()]+`)`)
		kinds := table(t, schema.Table{Name: "kinds", PrimaryKey: []int{0}, Columns: []schema.Column{
			{Name: "id", Kind: schema.Int4}, {Name: "flag", Kind: schema.Bool}, {Name: "small", Kind: schema.Int2},
			{Name: "amount", Kind: schema.Numeric, Precision: 12, Scale: 2}, {Name: "ratio", Kind: schema.Float8},
			{Name: "day", Kind: schema.Date}, {Name: "moment", Kind: schema.TimestampTZ}, {Name: "code", Kind: schema.Text},
			{Name: "ident", Kind: schema.UUID}, {Name: "raw", Kind: schema.Bytes},
		}})
		header := "id flag small amount ratio day moment code ident raw"
		values := func(id int) []any {
			return row(id, "yes", "-7", "1234.50", "1.5e3", "2024-02-29", "2024-02-29T10:00:00+02:00", "abc",
				"0B8F1D5C-7C3E-4C57-9C83-3C3A4D3C9C11", `\x00ff`)
		}
		require.NoError(t, s.run(t.Context(), newWrite(plan.Insert, kinds, body(kinds, header, values(1)))).err)
		require.NoError(t, s.run(t.Context(), newWrite(plan.Insert, kinds, body(kinds, header, values(2), values(3)))).err)
		dump := s.dump(t, kinds)
		require.Len(t, dump, 3)
		require.Equal(t, dump[0][len("id=1"):], dump[1][len("id=2"):])
		require.Equal(t, dump[0][len("id=1"):], dump[2][len("id=3"):])
		long := body(kinds, "id small", row(4, "40000"), row(5, "1"))
		require.Equal(t, "22003", codeOf(s.run(t.Context(), newWrite(plan.Insert, kinds, long)).err))
	})
}

// TestTableWithoutKey writes to a table that has nothing to find a row again by.
func TestTableWithoutKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		s.exec(t, "CREATE TABLE loose (text text, author_id bigint REFERENCES authors)")
		loose := table(t, schema.Table{
			Name:        "loose",
			Columns:     []schema.Column{{Name: "text", Kind: schema.Text}, {Name: "author_id", Kind: schema.Int8}},
			ForeignKeys: []schema.ForeignKey{{Columns: []int{1}, RefTable: "authors", RefColumns: []string{"id"}}},
		})
		require.NoError(t, schema.Link([]*schema.Table{s.authors, loose}))
		rows := body(loose, "text author_id", row("same", 2), row("same", 1))
		w := asking(newWrite(plan.Upsert, loose, rows), merging, headersOnly, selecting(s, false, "text"))
		a := s.run(t.Context(), w)
		require.NoError(t, a.err)
		require.Equal(t, []string{`text=same authors={"name":"Ben"}`, `text=same authors={"name":"Ann"}`}, a.rows)
		require.Equal(t, plan.Outcome{Affected: 2, Inserted: 2}, a.out)
		a = s.run(t.Context(), newWrite(plan.Put, loose, body(loose, "text", row("more"))))
		require.NoError(t, a.err)
		require.EqualValues(t, 1, a.out.Inserted)
	})
}
