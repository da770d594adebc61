package plan_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

func onConflict(columns ...string) func(*plan.Write) {
	return func(w *plan.Write) { w.Query.OnConflict = columns }
}

func TestUpsert(t *testing.T) {
	upsert := func(rows func(s *shelf) *wire.Rows, changes ...func(*plan.Write)) func(s *shelf) *plan.Write {
		return func(s *shelf) *plan.Write { return asking(newWrite(plan.Upsert, s.posts, rows(s)), changes...) }
	}
	rows := func(header string, values ...[]any) func(s *shelf) *wire.Rows {
		return func(s *shelf) *wire.Rows { return body(s.posts, header, values...) }
	}
	both := rows("id title author_id", row(5, "five", 2), row(2, "deux", 2))
	const (
		deux = "id=2 title=deux author_id=2 slug=b published=false size=4"
		five = "id=5 title=five author_id=2 published=false size=4"
	)
	insertPlan := func(change func(w *plan.Write, p *policy.Plan)) func(*plan.Write) {
		return func(w *plan.Write) { change(w, &w.Insert) }
	}
	updatePlan := func(change func(w *plan.Write, p *policy.Plan)) func(*plan.Write) {
		return func(w *plan.Write) { change(w, &w.Update) }
	}
	runCases(t, []writeCase{
		{
			name: "merge", write: upsert(both, merging, wantRows, wantImage), affected: 2, inserted: 1,
			rows: []string{five, deux}, images: []string{"insert " + five, "update " + deux},
			posts: []string{one, deux, three, five},
		},
		{name: "merge only updates", write: upsert(rows("id title", row(2, "deux")), merging), affected: 1, posts: []string{one, deux, three}},
		{
			name: "merge only inserts", write: upsert(rows("id title author_id", row(5, "five", 2)), merging, headersOnly),
			affected: 1, inserted: 1, key: []string{"5"}, posts: []string{one, two, three, five},
		},
		{name: "no key on update", write: upsert(rows("id title", row(2, "deux")), merging, headersOnly), affected: 1,
			posts: []string{one, deux, three}},
		{
			name: "ignore", write: upsert(both, ignoring, wantRows, wantImage), affected: 1, inserted: 1,
			rows: []string{five}, images: []string{"insert " + five}, posts: []string{one, two, three, five},
		},
		{name: "ignore one", write: upsert(rows("id title", row(2, "deux")), ignoring)},
		{
			name: "ignore twins", affected: 1, inserted: 1, posts: []string{one, two, three, five},
			write: upsert(rows("id title author_id", row(5, "five", 2), row(5, "six", 2)), ignoring),
		},
		{name: "merge twins", code: "21000", write: upsert(rows("id title", row(5, "five"), row(5, "six")), merging)},
		{
			name: "merge twins that differ in columns", code: "21000",
			write: upsert(rows("id title slug", row(5, "five", "-"), row(5, "six", "x")), merging, missingDefault),
		},
		{
			name: "by another key", affected: 1, posts: []string{one, "id=2 title=deux author_id=2 slug=b published=false size=4", three},
			write: upsert(rows("slug title", row("b", "deux")), merging, onConflict("slug")),
		},
		{name: "by no key", code: "42P10", write: upsert(both, merging, onConflict("title"))},
		{name: "by no column", code: "42703", write: upsert(both, merging, onConflict("nope"))},
		{name: "another key is taken", code: "23505", write: upsert(rows("id slug", row(5, "a")), merging)},
		{
			name: "keys alone", affected: 1, inserted: 1, rows: []string{"id=9 title=untitled published=false size=8"},
			posts: []string{one, two, three, "id=9 title=untitled published=false size=8"},
			write: upsert(rows("id", row(2), row(9)), merging, wantRows),
		},
		{
			name: "without key in the rows", affected: 1, inserted: 1, posts: []string{one, two, three, "id=4 title=x published=false size=1"},
			write: upsert(rows("title", row("x")), merging),
		},
		{
			name: "missing is the default", affected: 2, inserted: 1, write: upsert(rows("id title", row(2, "-"), row(5, "five")), merging, missingDefault),
			posts: []string{one, "id=2 title=untitled author_id=2 slug=b published=false size=8", three, "id=5 title=five published=false size=4"},
		},
		{
			name: "no resolution", code: "23505", write: upsert(rows("id title", row(2, "deux"))),
		},
		{name: "insert denied", code: "42501", write: upsert(both, merging, insertPlan(func(_ *plan.Write, p *policy.Plan) { *p = policy.Plan{} }))},
		{name: "update denied", code: "42501", write: upsert(both, merging, updatePlan(func(_ *plan.Write, p *policy.Plan) { *p = policy.Plan{} }))},
		{
			name: "update denied, ignoring", affected: 1, inserted: 1, posts: []string{one, two, three, five},
			write: upsert(both, ignoring, updatePlan(func(_ *plan.Write, p *policy.Plan) { *p = policy.Plan{} })),
		},
		{
			name: "the key need not be writable for an update", affected: 2, inserted: 1, posts: []string{one, deux, three, five},
			write: upsert(both, merging, updatePlan(func(_ *plan.Write, p *policy.Plan) { p.Writable = policy.Columns("title", "author_id") })),
		},
		{
			name: "a column that may not be updated", code: "42501",
			write: upsert(both, merging, updatePlan(func(_ *plan.Write, p *policy.Plan) { p.Writable = policy.Columns("title") })),
		},
		{
			name: "the existing row may not be changed", code: "42501",
			write: upsert(both, merging, updatePlan(func(w *plan.Write, p *policy.Plan) { p.Where = eq(w.Query.Root.Table, "published", "true") })),
		},
		{
			name: "the existing row may not be seen", code: "42501",
			write: upsert(both, merging, func(w *plan.Write) { w.Query.Root.Plan.Where = eq(w.Query.Root.Table, "published", "true") }),
		},
		{
			name: "the existing row is another tenant's", code: "42501",
			write: upsert(both, merging, func(w *plan.Write) { w.Extra = eq(w.Query.Root.Table, "slug", "x") }),
		},
		{
			name: "the existing row may be changed", affected: 2, inserted: 1, posts: []string{one, deux, three, five},
			write: upsert(both, merging, updatePlan(func(w *plan.Write, p *policy.Plan) { p.Where = eq(w.Query.Root.Table, "slug", "b") })),
		},
		{
			name: "insert's check is for the new row", affected: 2, inserted: 1, posts: []string{one, deux, three, five},
			write: upsert(both, merging, insertPlan(func(w *plan.Write, p *policy.Plan) { p.Check = eq(w.Query.Root.Table, "title", "five") })),
		},
		{
			name: "insert's check fails", code: "42501",
			write: upsert(both, merging, insertPlan(func(w *plan.Write, p *policy.Plan) { p.Check = eq(w.Query.Root.Table, "title", "deux") })),
		},
		{
			name: "update's check is for the changed row", affected: 2, inserted: 1, posts: []string{one, deux, three, five},
			write: upsert(both, merging, updatePlan(func(w *plan.Write, p *policy.Plan) { p.Check = eq(w.Query.Root.Table, "title", "deux") })),
		},
		{
			name: "update's check fails", code: "42501",
			write: upsert(both, merging, updatePlan(func(w *plan.Write, p *policy.Plan) { p.Check = eq(w.Query.Root.Table, "title", "five") })),
		},
		{
			name: "presets of both plans", affected: 2, inserted: 1,
			posts: []string{
				one, "id=2 title=deux author_id=1 slug=b published=false size=4", three, "id=5 title=five author_id=2 slug=new published=false size=4",
			},
			write: upsert(rows("id title", row(5, "five"), row(2, "deux")), merging,
				insertPlan(func(_ *plan.Write, p *policy.Plan) { p.Preset = map[string]any{"slug": "new", "author_id": "2"} }),
				updatePlan(func(_ *plan.Write, p *policy.Plan) { p.Preset = map[string]any{"author_id": "1"} })),
		},
		{
			name: "the server's values stay off existing rows", affected: 2, inserted: 1,
			posts: []string{one, "id=2 title=deux author_id=2 slug=b published=false size=4", three, "id=5 title=five author_id=1 published=false size=4"},
			write: upsert(rows("id title author_id", row(5, "five", 2), row(2, "deux", 2)), merging, func(w *plan.Write) {
				w.Set = map[int]wire.Cell{2: {State: wire.Set, Text: "1"}}
			}),
		},
		{
			name: "nothing but key and preset", affected: 1,
			write: upsert(rows("id author_id", row(2, 2)), merging,
				insertPlan(func(_ *plan.Write, p *policy.Plan) { p.Preset = map[string]any{"author_id": "2"} })),
		},
	})
}

func TestPut(t *testing.T) {
	put := func(header string, values []any, changes ...func(*plan.Write)) func(s *shelf) *plan.Write {
		return func(s *shelf) *plan.Write {
			return asking(newWrite(plan.Put, s.posts, body(s.posts, header, values)), changes...)
		}
	}
	runCases(t, []writeCase{
		{
			name: "creates", write: put("id title", row(5, "five"), wantRows), affected: 1, inserted: 1,
			rows:  []string{"id=5 title=five published=false size=4"},
			posts: []string{one, two, three, "id=5 title=five published=false size=4"},
		},
		{
			name: "replaces and keeps what is not sent", write: put("id title", row(2, "deux"), wantRows), affected: 1,
			rows:  []string{"id=2 title=deux author_id=2 slug=b published=false size=4"},
			posts: []string{one, "id=2 title=deux author_id=2 slug=b published=false size=4", three},
		},
		{name: "key alone", write: put("id", row(2), wantRows), affected: 1, rows: []string{two}},
		{
			name: "of a row that may not be changed", code: "42501",
			write: put("id title", row(2, "deux"), func(w *plan.Write) { w.Update.Where = eq(w.Query.Root.Table, "published", "true") }),
		},
		{name: "needs both rights", code: "42501", write: put("id title", row(5, "five"), func(w *plan.Write) { w.Update = policy.Plan{} })},
	})
}

// TestUpsertsRace lets many upserts of few keys run at once: every one succeeds, each key is inserted once, and every increment
// of Inserted is a row.
func TestUpsertsRace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		var inserted, affected atomic.Int64
		var group sync.WaitGroup
		failures := make(chan error, 8*20)
		for worker := range 8 {
			group.Go(func() {
				for i := range 20 {
					w := newWrite(plan.Upsert, s.pairs, body(s.pairs, "a b note", row(100, i%5, strconv.Itoa(worker))))
					a := s.run(t.Context(), asking(w, merging))
					if a.err != nil {
						failures <- a.err
					}
					inserted.Add(a.out.Inserted)
					affected.Add(a.out.Affected)
				}
			})
		}
		group.Wait()
		close(failures)
		for err := range failures {
			require.NoError(t, err)
		}
		require.EqualValues(t, 5, inserted.Load())
		require.EqualValues(t, 8*20, affected.Load())
		require.Len(t, s.dump(t, s.pairs), 6)
	})
}
