package plan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// spy is a lane that notes the texts it runs.
type spy struct {
	db.Lane
	mu    sync.Mutex
	texts map[string]int
}

func (s *spy) Query(ctx context.Context, st db.Statement, args []any, row func([]db.Value) error) (int64, error) {
	s.mu.Lock()
	s.texts[st.Text]++
	s.mu.Unlock()
	return s.Lane.Query(ctx, st, args, row)
}

// TestWriteTextsAreFinite runs writes of every kind with values that differ each time: no new text may come up, and none may
// hold a value.
func TestWriteTextsAreFinite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		lane := &spy{Lane: s.lane, texts: map[string]int{}}
		s.lane = lane
		everyWrite := func(round int) {
			value := fmt.Sprintf("zq%d'", round)
			rows := make([][]any, round+2)
			for i := range rows {
				rows[i] = row(1000*round+i, value, i%2+1)
			}
			many := body(s.posts, "id title author_id", rows...)
			condition := eq(s.posts, "slug", value)
			for _, w := range []*plan.Write{
				newWrite(plan.Insert, s.posts, body(s.posts, "title", row(value))),
				asking(newWrite(plan.Insert, s.posts, many), selecting(s, false, "title"), wantImage),
				asking(newWrite(plan.Upsert, s.posts, many), merging, func(w *plan.Write) { w.Update.Check = filter.Not{Expr: condition} }),
				asking(newWrite(plan.Upsert, s.posts, many), ignoring),
				newWrite(plan.Put, s.posts, body(s.posts, "id title", row(1000*round, value))),
				asking(newWrite(plan.Update, s.posts, body(s.posts, "title", row(value))), filtered("title", value), wantRows),
				asking(newWrite(plan.Delete, s.posts, nil), filtered("title", value), selecting(s, true, "id"), ordered("id")),
			} {
				a := s.run(t.Context(), w)
				require.True(t, a.err == nil || w.Kind == plan.Upsert, "%v", a.err)
			}
		}
		everyWrite(1)
		known := len(lane.texts)
		for round := 2; round < 6; round++ {
			everyWrite(round)
		}
		require.Len(t, lane.texts, known)
		for text := range lane.texts {
			require.NotContains(t, text, "zq")
		}
	})
}

// TestOneStatement shows which writes are a single statement, and that a transaction is asked for where they are not.
func TestOneStatement(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		pg := s.lane.Dialect() == dialect.PG
		check := func(w *plan.Write) {
			w.Insert.Check, w.Update.Check = eq(s.posts, "published", "false"), eq(s.posts, "id", "2")
		}
		one, two := body(s.posts, "id title", row(2, "x")), body(s.posts, "title", row("x"), row("y"))
		for name, tt := range map[string]struct {
			write *plan.Write
			tx    bool
		}{
			"insert":           {asking(newWrite(plan.Insert, s.posts, body(s.posts, "title", row("x"))), check, wantRows, wantImage), false},
			"insert many":      {asking(newWrite(plan.Insert, s.posts, two), check), !pg},
			"insert defaults":  {newWrite(plan.Insert, s.posts, body(s.posts, "", row(), row())), true},
			"insert embedded":  {asking(newWrite(plan.Insert, s.posts, body(s.posts, "title", row("x"))), selecting(s, false, "id")), !pg},
			"update":           {asking(newWrite(plan.Update, s.posts, one), filtered("id", "2"), check, wantRows), false},
			"update in order":  {asking(newWrite(plan.Update, s.posts, one), filtered("id", "2"), wantRows, ordered("id")), !pg},
			"delete":           {asking(newWrite(plan.Delete, s.posts, nil), filtered("id", "3"), wantRows), false},
			"delete, bounded":  {asking(newWrite(plan.Delete, s.posts, nil), filtered("id", "3"), atMost(1)), true},
			"merge":            {asking(newWrite(plan.Upsert, s.posts, one), merging, func(w *plan.Write) { w.Update.Where = eq(s.posts, "id", "2") }), !pg},
			"ignore":           {asking(newWrite(plan.Upsert, s.posts, one), ignoring), false},
			"put":              {newWrite(plan.Put, s.posts, one), !pg},
			"upsert, no merge": {newWrite(plan.Upsert, s.posts, body(s.posts, "title", row("x"))), false},
		} {
			require.Equal(t, tt.tx, s.compiler.NeedsTx(tt.write), name)
			s.reset(t)
			lane := &spy{Lane: s.lane, texts: map[string]int{}}
			counting := *s
			counting.lane = lane
			require.NoError(t, counting.run(t.Context(), tt.write).err, name)
			total := 0
			for _, n := range lane.texts {
				total += n
			}
			if !tt.tx {
				require.Equal(t, 1, total, name)
			}
		}
	})
}

// TestRowsThatFailUndoTheStatement proves, without a transaction, that no part of a statement stays when its last row fails.
func TestRowsThatFailUndoTheStatement(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		s.exec(t, "DELETE FROM posts")
		for i := range 500 {
			s.exec(t, fmt.Sprintf("INSERT INTO posts (id, title) VALUES (%d, 'old')", i+1))
		}
		w := newWrite(plan.Update, s.posts, body(s.posts, "title", row("new")))
		w.Update.Check = filter.Not{Expr: eq(s.posts, "id", "500")}
		require.False(t, s.compiler.NeedsTx(w))
		a := s.run(t.Context(), w)
		require.Equal(t, "42501", codeOf(a.err), "%v", a.err)
		require.ErrorIs(t, a.err, policy.ErrDenied)
		require.NotContains(t, strings.Join(s.dump(t, s.posts), "\n"), "title=new")
	})
}

// TestMarkerCannotBeForged sends the text that a failed check is known by.
func TestMarkerCannotBeForged(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		for _, text := range []string{"gw:check 1", `invalid input syntax for type tid: "gw:check 1"`, "'gw:check 1'"} {
			a := s.run(t.Context(), newWrite(plan.Insert, s.posts, body(s.posts, "title author_id", row("x", text))))
			require.Equal(t, "22P02", codeOf(a.err), "%v", a.err)
		}
	})
}

func TestHasFilter(t *testing.T) {
	t.Parallel()
	posts := table(t, schema.Table{Name: "posts", Columns: []schema.Column{{Name: "id", Kind: schema.Int8}}})
	w := newWrite(plan.Delete, posts, nil)
	require.False(t, w.HasFilter())
	w.Query.Root.Where = filter.And{filter.Const(true), filter.And{}}
	require.False(t, w.HasFilter())
	w.Extra = eq(posts, "id", "1")
	require.True(t, w.HasFilter())
	w.Extra, w.Query.Root.Where = nil, filter.Const(false)
	require.True(t, w.HasFilter())
}

// FuzzInsertMany checks that the JSON in which many rows travel to PostgreSQL holds exactly the values of the body.
func FuzzInsertMany(f *testing.F) {
	for _, seed := range []string{"", "plain", `"`, `\`, "\u0000", "a\nb\t\x1f", "ü€😀", "'; DROP TABLE posts; --", `{"a":1}`, "\u2028"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, title, slug string) {
		lane := &recorder{}
		posts := table(t, schema.Table{Name: "posts", Columns: []schema.Column{
			{Name: "title", Kind: schema.Text}, {Name: "slug", Kind: schema.Text},
		}})
		w := newWrite(plan.Insert, posts, body(posts, "title slug", row(title, slug), row(slug, nil)))
		_, err := plan.New(plan.Config{Dialect: dialect.PG}).Write(t.Context(), lane, w)
		if err != nil {
			return // NUL and invalid UTF-8 are refused
		}
		var rows []map[string]*string
		require.NoError(t, json.Unmarshal([]byte(lane.args[0].(string)), &rows))
		require.Len(t, rows, 2)
		if title != "-" && slug != "-" {
			require.Equal(t, map[string]*string{"title": &title, "slug": &slug}, rows[0])
			require.Equal(t, map[string]*string{"title": &slug, "slug": nil}, rows[1])
		}
	})
}

// recorder is a lane that keeps the arguments of its last statement and runs none.
type recorder struct{ args []any }

func (*recorder) Dialect() dialect.Name    { return dialect.PG }
func (*recorder) Classify(err error) error { return err }
func (r *recorder) Query(_ context.Context, _ db.Statement, args []any, _ func([]db.Value) error) (int64, error) {
	r.args = append([]any(nil), args...)
	return 0, nil
}

func BenchmarkWriteInsert(b *testing.B) {
	posts := table(b, schema.Table{Name: "posts", PrimaryKey: []int{0}, Columns: []schema.Column{
		{Name: "id", Kind: schema.Int8}, {Name: "title", Kind: schema.Text}, {Name: "slug", Kind: schema.Text},
	}})
	w := newWrite(plan.Insert, posts, body(posts, "id title slug", row(1, "a title", "a-slug")))
	w.Insert.Check = eq(posts, "title", "a title")
	compiler, lane := plan.New(plan.Config{Dialect: dialect.PG}), &recorder{}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compiler.Write(b.Context(), lane, w); err != nil {
			b.Fatal(err)
		}
	}
}
