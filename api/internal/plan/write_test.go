package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// writeCase is one write and what it must do, on both databases.
type writeCase struct {
	name  string
	write func(s *shelf) *plan.Write
	code  string // of the error; the tables are then as they were
	// affected, inserted, key, rows and images are what comes back.
	affected, inserted int64
	key                []string
	rows, images       []string
	// posts and pairs are the tables afterwards; nil: as they were.
	posts, pairs []string
}

const (
	one   = "id=1 title=one author_id=1 slug=a published=true size=3"
	two   = "id=2 title=two author_id=2 slug=b published=false size=3"
	three = "id=3 title=three author_id=1 slug=c published=false size=5"
)

func runCases(t *testing.T, cases []writeCase) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		s := newShelf(t, database)
		for _, tt := range cases {
			t.Run(tt.name, func(t *testing.T) { // one after the other: they share the tables
				s.reset(t)
				a := s.run(t.Context(), tt.write(s))
				require.Equal(t, tt.code, codeOf(a.err), "%v", a.err)
				if tt.code == "" {
					require.Equal(t, plan.Outcome{Affected: tt.affected, Inserted: tt.inserted, Key: tt.key}, a.out)
					require.Equal(t, tt.rows, a.rows)
					require.Equal(t, tt.images, a.images)
				}
				orElse(&tt.posts, []string{one, two, three})
				orElse(&tt.pairs, []string{"a=1 b=x note=old"})
				require.Equal(t, tt.posts, s.dump(t, s.posts))
				require.Equal(t, tt.pairs, s.dump(t, s.pairs))
			})
		}
	})
}

func orElse(field *[]string, fallback []string) {
	if *field == nil {
		*field = fallback
	}
}

// asking returns w after the changes.
func asking(w *plan.Write, changes ...func(*plan.Write)) *plan.Write {
	for _, change := range changes {
		change(w)
	}
	return w
}

func missingDefault(w *plan.Write) { w.Query.Prefer.MissingDefault = true }
func headersOnly(w *plan.Write)    { w.Query.Prefer.Return = query.ReturnHeadersOnly }

func TestInsert(t *testing.T) {
	const four = "id=4 title=four published=false size=4"
	runCases(t, []writeCase{
		{
			name: "one row",
			write: func(s *shelf) *plan.Write {
				return newWrite(plan.Insert, s.posts, body(s.posts, "title", row("four")))
			},
			affected: 1, inserted: 1, posts: []string{one, two, three, four},
		},
		{
			name: "one row back, with image and key",
			write: func(s *shelf) *plan.Write {
				w := newWrite(plan.Insert, s.posts, body(s.posts, "title data tags", row("four", `{"a": [1, null]}`, "{x,y}")))
				return asking(w, wantRows, wantImage, headersOnly)
			},
			affected: 1, inserted: 1, key: []string{"4"},
			rows:   []string{`id=4 title=four published=false tags={x,y} data={"a":[1,null]} size=4`},
			images: []string{`insert id=4 title=four published=false tags={x,y} data={"a":[1,null]} size=4`},
			posts:  []string{one, two, three, `id=4 title=four published=false tags={x,y} data={"a":[1,null]} size=4`},
		},
		{
			name: "defaults alone",
			write: func(s *shelf) *plan.Write {
				return asking(newWrite(plan.Insert, s.posts, body(s.posts, "", row())), wantRows)
			},
			affected: 1, inserted: 1, rows: []string{"id=4 title=untitled published=false size=8"},
			posts: []string{one, two, three, "id=4 title=untitled published=false size=8"},
		},
		{
			name:     "defaults twice",
			write:    func(s *shelf) *plan.Write { return newWrite(plan.Insert, s.posts, body(s.posts, "", row(), row())) },
			affected: 2, inserted: 2,
			posts: []string{
				one, two, three, "id=4 title=untitled published=false size=8", "id=5 title=untitled published=false size=8",
			},
		},
		{
			name:  "no row",
			write: func(s *shelf) *plan.Write { return newWrite(plan.Insert, s.posts, body(s.posts, "title")) },
		},
		{
			name: "many rows keep their order, and everything in them",
			write: func(s *shelf) *plan.Write {
				rows := body(s.posts, "id title tags data published", row(9, `a"b\c`, "{x,y}", `["z"]`, "true"),
					row(7, "ü\n'; --", nil, nil, "false"), row(8, "{}", "{}", "1.50", "true"))
				return asking(newWrite(plan.Insert, s.posts, rows), wantRows, wantImage)
			},
			affected: 3, inserted: 3,
			rows: []string{
				`id=9 title=a"b\c published=true tags={x,y} data=["z"] size=5`,
				"id=7 title=ü\n'; -- published=false size=7",
				"id=8 title={} published=true tags={} data=1.5 size=2",
			},
			images: []string{
				`insert id=9 title=a"b\c published=true tags={x,y} data=["z"] size=5`,
				"insert id=7 title=ü\n'; -- published=false size=7",
				"insert id=8 title={} published=true tags={} data=1.5 size=2",
			},
			posts: []string{
				one, two, three, "id=7 title=ü\n'; -- published=false size=7", "id=8 title={} published=true tags={} data=1.5 size=2",
				`id=9 title=a"b\c published=true tags={x,y} data=["z"] size=5`,
			},
		},
		{
			name: "one bad row undoes all",
			write: func(s *shelf) *plan.Write {
				return newWrite(plan.Insert, s.posts, body(s.posts, "title slug", row("four", "d"), row("five", "a")))
			},
			code: "23505",
		},
		{
			name: "a value that does not fit",
			write: func(s *shelf) *plan.Write {
				return newWrite(plan.Insert, s.posts, body(s.posts, "title author_id", row("four", "abc")))
			},
			code: "22P02",
		},
		{
			name: "broken JSON among many rows",
			write: func(s *shelf) *plan.Write {
				rows := body(s.posts, "title data", row("four", "1"), row("five", `1},{"published":true`))
				return newWrite(plan.Insert, s.posts, rows)
			},
			code: "22P02",
		},
		{
			name: "missing is NULL",
			write: func(s *shelf) *plan.Write {
				return newWrite(plan.Insert, s.posts, body(s.posts, "slug title", row("d", "-")))
			},
			code: "23502",
		},
		{
			name: "missing is the default, row by row",
			write: func(s *shelf) *plan.Write {
				rows := body(s.posts, "slug title", row("d", "-"), row("-", "five"), row("-", "six"), row("-", "-"), row("-", "-"))
				return asking(newWrite(plan.Insert, s.posts, rows), missingDefault, wantRows)
			},
			affected: 5, inserted: 5,
			rows: []string{
				"id=4 title=untitled slug=d published=false size=8", "id=5 title=five published=false size=4",
				"id=6 title=six published=false size=3", "id=7 title=untitled published=false size=8",
				"id=8 title=untitled published=false size=8",
			},
			posts: []string{
				one, two, three, "id=4 title=untitled slug=d published=false size=8", "id=5 title=five published=false size=4",
				"id=6 title=six published=false size=3", "id=7 title=untitled published=false size=8",
				"id=8 title=untitled published=false size=8",
			},
		},
		{
			name: "a generated column",
			write: func(s *shelf) *plan.Write {
				return newWrite(plan.Insert, s.posts, body(s.posts, "title size", row("four", "1")))
			},
			code: "428C9",
		},
		{
			name: "two key columns",
			write: func(s *shelf) *plan.Write {
				return asking(newWrite(plan.Insert, s.pairs, body(s.pairs, "b a", row("y,z", 2))), headersOnly)
			},
			affected: 1, inserted: 1, key: []string{"2", "y,z"}, pairs: []string{"a=1 b=x note=old", "a=2 b=y,z"},
		},
	})
}

func TestInsertUnderPlans(t *testing.T) {
	insertPlan := func(change func(s *shelf, p *policy.Plan)) func(s *shelf) *plan.Write {
		return func(s *shelf) *plan.Write {
			w := newWrite(plan.Insert, s.posts, body(s.posts, "title author_id", row("four", 1)))
			change(s, &w.Insert)
			return w
		}
	}
	many := func(s *shelf) *plan.Write {
		return newWrite(plan.Insert, s.posts, body(s.posts, "title author_id", row("four", 1), row("five", 2), row("six", 1)))
	}
	const four = "id=4 title=four author_id=1 published=false size=4"
	runCases(t, []writeCase{
		{name: "denied", write: insertPlan(func(_ *shelf, p *policy.Plan) { *p = policy.Plan{} }), code: "42501"},
		{
			name: "a column", code: "42501",
			write: insertPlan(func(_ *shelf, p *policy.Plan) { p.Writable = policy.Columns("title") }),
		},
		{
			name: "a column of the program's own",
			write: func(s *shelf) *plan.Write {
				w := newWrite(plan.Insert, s.posts, body(s.posts, "title author_id", row("four", 1)))
				w.Insert.Writable, w.Own = policy.Columns("title"), []bool{false, true}
				return w
			},
			affected: 1, inserted: 1, posts: []string{one, two, three, four},
		},
		{
			name: "check passes", affected: 1, inserted: 1, posts: []string{one, two, three, four},
			write: insertPlan(func(s *shelf, p *policy.Plan) { p.Check = eq(s.posts, "author_id", "1") }),
		},
		{
			name: "check fails", code: "42501",
			write: insertPlan(func(s *shelf, p *policy.Plan) { p.Check = eq(s.posts, "author_id", "2") }),
		},
		{
			name: "check on NULL fails", code: "42501",
			write: insertPlan(func(s *shelf, p *policy.Plan) { p.Check = eq(s.posts, "slug", "x") }),
		},
		{
			name: "check on a default", affected: 1, inserted: 1, posts: []string{one, two, three, four},
			write: insertPlan(func(s *shelf, p *policy.Plan) { p.Check = eq(s.posts, "published", "false") }),
		},
		{
			name: "check fails for one of many", code: "42501",
			write: func(s *shelf) *plan.Write {
				w := many(s)
				w.Insert.Check = eq(s.posts, "author_id", "1")
				return w
			},
		},
		{
			name: "check over a relation", code: "42501",
			write: insertPlan(func(s *shelf, p *policy.Plan) {
				p.Check = &filter.Exists{Relation: s.posts.Relations[0], Expr: eq(s.authors, "name", "Ben")}
			}),
		},
		{
			name: "unreadable row, minimal", affected: 1, inserted: 1, posts: []string{one, two, three, four},
			write: func(s *shelf) *plan.Write {
				w := newWrite(plan.Insert, s.posts, body(s.posts, "title author_id", row("four", 1)))
				w.Query.Root.Plan = policy.Plan{}
				return w
			},
		},
		{
			name: "unreadable row, wanted back", code: "42501",
			write: func(s *shelf) *plan.Write {
				w := newWrite(plan.Insert, s.posts, body(s.posts, "title author_id", row("four", 1)))
				w.Query.Root.Plan = allow(func(p *policy.Plan) { p.Where = eq(s.posts, "author_id", "2") })
				return asking(w, wantRows)
			},
		},
		{
			name: "readable columns come back", affected: 1, inserted: 1, posts: []string{one, two, three, four},
			rows: []string{"title=four author_id=1"},
			write: func(s *shelf) *plan.Write {
				w := newWrite(plan.Insert, s.posts, body(s.posts, "title author_id", row("four", 1)))
				w.Query.Root.Plan = allow(func(p *policy.Plan) { p.Readable = policy.Columns("title", "author_id") })
				return asking(w, wantRows)
			},
		},
		{
			name: "preset is set", affected: 1, inserted: 1,
			posts: []string{one, two, three, "id=4 title=four author_id=1 slug=p published=false size=4"},
			write: insertPlan(func(_ *shelf, p *policy.Plan) { p.Preset = map[string]any{"slug": "p", "author_id": "1"} }),
		},
		{
			name: "preset may be sent although not writable", affected: 1, inserted: 1, posts: []string{one, two, three, four},
			write: insertPlan(func(_ *shelf, p *policy.Plan) {
				p.Preset, p.Writable = map[string]any{"author_id": 1}, policy.Columns("title")
			}),
		},
		{
			name: "another value than the preset", code: "42501",
			write: insertPlan(func(_ *shelf, p *policy.Plan) { p.Preset = map[string]any{"author_id": "2"} }),
		},
		{
			name: "the server's value wins", affected: 1, inserted: 1,
			posts: []string{one, two, three, "id=4 title=four author_id=2 published=false size=4"},
			write: func(s *shelf) *plan.Write {
				w := newWrite(plan.Insert, s.posts, body(s.posts, "title author_id", row("four", 1)))
				w.Set = map[int]wire.Cell{2: {State: wire.Set, Text: "2"}}
				return w
			},
		},
	})
}
