package plan_test

import (
	"testing"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// filtered gives a write a filter.
func filtered(column, value string) func(*plan.Write) {
	return func(w *plan.Write) { w.Query.Root.Where = eq(w.Query.Root.Table, column, value) }
}

func atMost(n int64) func(*plan.Write) { return func(w *plan.Write) { w.MaxAffected = &n } }

func TestUpdate(t *testing.T) {
	set := func(header string, values ...any) func(s *shelf) *plan.Write {
		return func(s *shelf) *plan.Write { return newWrite(plan.Update, s.posts, body(s.posts, header, values)) }
	}
	with := func(write func(s *shelf) *plan.Write, changes ...func(*plan.Write)) func(s *shelf) *plan.Write {
		return func(s *shelf) *plan.Write { return asking(write(s), changes...) }
	}
	planned := func(change func(s *shelf, w *plan.Write)) func(s *shelf) *plan.Write {
		return func(s *shelf) *plan.Write {
			w := newWrite(plan.Update, s.posts, body(s.posts, "title", row("new")))
			change(s, w)
			return w
		}
	}
	const (
		newOne   = "id=1 title=new author_id=1 slug=a published=true size=3"
		newThree = "id=3 title=new author_id=1 slug=c published=false size=3"
	)
	runCases(t, []writeCase{
		{
			name: "filtered", write: with(set("title", "new"), filtered("author_id", "1"), wantRows, wantImage),
			affected: 2, rows: []string{newOne, newThree}, images: []string{"update " + newOne, "update " + newThree},
			posts: []string{newOne, two, newThree},
		},
		{name: "minimal", write: with(set("title", "new"), filtered("id", "1")), affected: 1, posts: []string{newOne, two, three}},
		{name: "no match", write: with(set("title", "new"), filtered("id", "9"), wantRows)},
		{name: "empty body", write: with(set(""), filtered("id", "1"), wantRows)},
		{
			name: "two filters", affected: 1, posts: []string{one, two, newThree},
			write: planned(func(s *shelf, w *plan.Write) {
				w.Query.Root.Where, w.Extra = eq(s.posts, "author_id", "1"), eq(s.posts, "id", "3")
			}),
		},
		{
			name: "NULL", write: with(set("author_id data", nil, nil), filtered("id", "2")), affected: 1,
			posts: []string{one, "id=2 title=two slug=b published=false size=3", three},
		},
		{
			name: "missing is NULL", write: with(set("author_id", "-"), filtered("id", "2")), affected: 1,
			posts: []string{one, "id=2 title=two slug=b published=false size=3", three},
		},
		{
			name: "missing is the default", write: with(set("title slug", "-", "-"), filtered("id", "2"), missingDefault), affected: 1,
			posts: []string{one, "id=2 title=untitled author_id=2 published=false size=8", three},
		},
		{name: "generated column", write: with(set("size", 4), filtered("id", "2")), code: "428C9"},
		{name: "too long", write: with(set("title", "a title of many letters"), filtered("id", "2")), code: "22001"},
		{name: "within max-affected", write: with(set("title", "new"), filtered("id", "1"), atMost(1)), affected: 1,
			posts: []string{newOne, two, three}},
		{name: "beyond max-affected", write: with(set("title", "new"), filtered("author_id", "1"), atMost(1)), code: "PGRST124"},
		{name: "denied", code: "42501", write: planned(func(_ *shelf, w *plan.Write) { w.Update = policy.Plan{} })},
		{name: "select denied", code: "42501", write: planned(func(_ *shelf, w *plan.Write) { w.Query.Root.Plan = policy.Plan{} })},
		{name: "column denied", code: "42501", write: planned(func(_ *shelf, w *plan.Write) { w.Update.Writable = policy.Columns("slug") })},
		{
			name: "rows the plan does not let change, or see, stay", affected: 1, posts: []string{newOne, two, three},
			write: planned(func(s *shelf, w *plan.Write) {
				w.Update.Where = eq(s.posts, "author_id", "1")
				w.Query.Root.Plan.Where = eq(s.posts, "published", "true")
			}),
		},
		{
			name: "check fails on one of the rows", code: "42501",
			write: planned(func(s *shelf, w *plan.Write) { w.Update.Check = filter.Not{Expr: eq(s.posts, "id", "3")} }),
		},
		{
			name: "out of one's own sight", affected: 1, posts: []string{newOne, two, three},
			write: planned(func(s *shelf, w *plan.Write) { w.Query.Root.Plan.Where = eq(s.posts, "title", "one") }),
		},
		{
			name: "out of one's own sight, wanted back", code: "42501",
			write: planned(func(s *shelf, w *plan.Write) {
				w.Query.Root.Plan.Where = eq(s.posts, "title", "one")
				wantRows(w)
			}),
		},
		{
			name: "presets and the server's values", affected: 1,
			posts: []string{"id=1 title=new author_id=2 slug=s published=true size=3", two, three},
			write: planned(func(s *shelf, w *plan.Write) {
				w.Update.Preset = map[string]any{"slug": "s"}
				w.Set = map[int]wire.Cell{2: {State: wire.Set, Text: "2"}}
				w.Extra = eq(s.posts, "id", "1")
			}),
		},
	})
}

func TestDelete(t *testing.T) {
	remove := func(changes ...func(*plan.Write)) func(s *shelf) *plan.Write {
		return func(s *shelf) *plan.Write { return asking(newWrite(plan.Delete, s.posts, nil), changes...) }
	}
	runCases(t, []writeCase{
		{
			name: "filtered", write: remove(filtered("author_id", "1"), wantRows, wantImage), affected: 2,
			rows: []string{one, three}, images: []string{"delete " + one, "delete " + three}, posts: []string{two},
		},
		{name: "minimal", write: remove(filtered("id", "1")), affected: 1, posts: []string{two, three}},
		{name: "no match", write: remove(filtered("id", "9"), wantRows)},
		{name: "everything", write: remove(), affected: 3, posts: []string{}},
		{name: "beyond max-affected", write: remove(atMost(2)), code: "PGRST124"},
		{name: "denied", code: "42501", write: remove(func(w *plan.Write) { w.Delete = policy.Plan{} })},
		{name: "select denied", code: "42501", write: remove(func(w *plan.Write) { w.Query.Root.Plan = policy.Plan{} })},
		{
			name: "rows the plan does not let go, or see, stay", affected: 1, posts: []string{two, three},
			write: remove(func(w *plan.Write) {
				w.Delete.Where = eq(w.Query.Root.Table, "author_id", "1")
				w.Query.Root.Plan.Where = eq(w.Query.Root.Table, "published", "true")
			}),
		},
		{
			name: "still referred to", code: "23503",
			write: func(s *shelf) *plan.Write { return asking(newWrite(plan.Delete, s.authors, nil), filtered("id", "1")) },
		},
	})
}

// item is a plain column of a select list.
func item(w *plan.Write, name string) query.Item {
	return query.Item{Column: w.Query.Root.Table.Lookup(name), Name: name}
}

// selecting sets a write's select list: plain columns, and embeds of every relation of the table.
func selecting(s *shelf, inner bool, columns ...string) func(*plan.Write) {
	return func(w *plan.Write) {
		w.Query.Root.Items = nil
		for _, name := range columns {
			w.Query.Root.Items = append(w.Query.Root.Items, item(w, name))
		}
		for _, relation := range w.Query.Root.Table.Relations {
			e := &query.Embed{Name: relation.Target.Name, Relation: relation, Inner: inner}
			e.Table, e.Resource, e.Plan = relation.Target, relation.Target.Name, allow()
			e.Items = []query.Item{{Column: &relation.Target.Columns[1], Name: relation.Target.Columns[1].Name}}
			w.Query.Root.Embeds = append(w.Query.Root.Embeds, e)
		}
		wantRows(w)
	}
}

func ordered(column string) func(*plan.Write) {
	return func(w *plan.Write) {
		w.Query.Root.Order = []query.Order{{Column: w.Query.Root.Table.Lookup(column), Desc: true, NullsFirst: true}}
	}
}

func TestRepresentation(t *testing.T) {
	write := func(kind plan.WriteKind, rows func(s *shelf) *wire.Rows, changes ...func(*plan.Write)) func(s *shelf) *plan.Write {
		return func(s *shelf) *plan.Write {
			w := newWrite(kind, s.posts, nil)
			if rows != nil {
				w.Rows = rows(s)
			}
			selecting(s, false, "title")(w)
			return asking(w, changes...)
		}
	}
	titles := func(values ...[]any) func(s *shelf) *wire.Rows {
		return func(s *shelf) *wire.Rows { return body(s.posts, "title author_id", values...) }
	}
	const four = "id=4 title=four author_id=2 published=false size=4"
	inner := func(w *plan.Write) { w.Query.Root.Embeds[0].Inner = true }
	runCases(t, []writeCase{
		{
			name: "insert", write: write(plan.Insert, titles(row("four", 2)), wantImage), affected: 1, inserted: 1,
			rows: []string{`title=four authors={"name":"Ben"}`}, images: []string{"insert " + four},
			posts: []string{one, two, three, four},
		},
		{
			name: "insert many in their order", write: write(plan.Insert, titles(row("z", 2), row("a", nil), row("m", 1))),
			affected: 3, inserted: 3, rows: []string{`title=z authors={"name":"Ben"}`, "title=a", `title=m authors={"name":"Ann"}`},
			posts: []string{
				one, two, three, "id=4 title=z author_id=2 published=false size=1", "id=5 title=a published=false size=1",
				"id=6 title=m author_id=1 published=false size=1",
			},
		},
		{
			name:  "insert many in another order, inner",
			write: write(plan.Insert, titles(row("a", 2), row("b", nil), row("c", 1)), inner, ordered("title")), affected: 3, inserted: 3,
			rows: []string{`title=c authors={"name":"Ann"}`, `title=a authors={"name":"Ben"}`},
			posts: []string{
				one, two, three, "id=4 title=a author_id=2 published=false size=1", "id=5 title=b published=false size=1",
				"id=6 title=c author_id=1 published=false size=1",
			},
		},
		{
			name: "insert that fails its check", code: "42501",
			write: write(plan.Insert, titles(row("four", 2)), func(w *plan.Write) {
				w.Insert.Check = eq(w.Query.Root.Table, "author_id", "1")
			}),
		},
		{
			name: "insert of what may not be read", code: "42501",
			write: write(plan.Insert, titles(row("four", 2)), func(w *plan.Write) {
				w.Query.Root.Plan.Where = eq(w.Query.Root.Table, "author_id", "1")
			}),
		},
		{
			name: "update, embedded", affected: 2,
			write: write(plan.Update, func(s *shelf) *wire.Rows { return body(s.posts, "author_id", row(2)) },
				filtered("author_id", "1"), ordered("id")),
			rows: []string{`title=three authors={"name":"Ben"}`, `title=one authors={"name":"Ben"}`},
			posts: []string{
				"id=1 title=one author_id=2 slug=a published=true size=3", two, "id=3 title=three author_id=2 slug=c published=false size=5",
			},
		},
		{
			name: "delete, embedded", affected: 1, write: write(plan.Delete, nil, filtered("id", "3"), ordered("id"), wantImage),
			rows: []string{`title=three authors={"name":"Ann"}`}, images: []string{"delete " + three}, posts: []string{one, two},
		},
		{
			name: "upsert, embedded", affected: 2, inserted: 1,
			write: write(plan.Upsert, func(s *shelf) *wire.Rows {
				return body(s.posts, "id title author_id", row(5, "five", 1), row(2, "deux", 2))
			}, merging),
			rows: []string{`title=five authors={"name":"Ann"}`, `title=deux authors={"name":"Ben"}`},
			posts: []string{
				one, "id=2 title=deux author_id=2 slug=b published=false size=4", three, "id=5 title=five author_id=1 published=false size=4",
			},
		},
		{
			name: "key of two columns without row id", affected: 2, inserted: 2, rows: []string{"note=n", "note=m"},
			write: func(s *shelf) *plan.Write {
				w := newWrite(plan.Insert, s.pairs, body(s.pairs, "a b note", row(2, "5", "m"), row(2, "y", "n")))
				return asking(w, selecting(s, false, "note"), ordered("b"))
			},
			pairs: []string{"a=1 b=x note=old", "a=2 b=5 note=m", "a=2 b=y note=n"},
		},
	})
}

func merging(w *plan.Write)  { w.Query.Prefer.Resolution = query.MergeDuplicates }
func ignoring(w *plan.Write) { w.Query.Prefer.Resolution = query.IgnoreDuplicates }
