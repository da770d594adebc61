package rbac_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// This file holds the definition of a decision, written once more without any of the engine's code: conditions are Go functions over
// rows with three truth values, and rules are asked one by one for one row.

type truth int

const (
	no truth = iota
	unknown
	yes
)

func is(ok bool) truth {
	if ok {
		return yes
	}
	return no
}

func not(t truth) truth            { return yes - t }
func or(a, b truth) truth          { return max(a, b) }
func and(a, b truth) truth         { return min(a, b) }
func known(ok bool, t truth) truth { return map[bool]truth{true: t, false: unknown}[ok] }

// modelCond is a condition of a rule and what it means. lacks says that a variable in it has no value.
type modelCond struct {
	text  string
	holds func(p post, who auth.Identity) truth
	lacks func(who auth.Identity) bool
}

func never(auth.Identity) bool        { return false }
func stranger(who auth.Identity) bool { return who.ID == uuid.Nil }

func owns(p post, who auth.Identity) truth {
	return known(p.OwnerID != nil && !stranger(who), is(p.OwnerID != nil && *p.OwnerID == who.ID))
}

func scores(who auth.Identity) []any  { list, _ := who.Claims["scores"].([]any); return list }
func noScores(who auth.Identity) bool { return len(scores(who)) == 0 }

func scored(p post, who auth.Identity) truth {
	return known(p.Score != nil && !noScores(who), is(p.Score != nil && slices.Contains(scores(who), any(float64(*p.Score)))))
}

func locked(p post, _ auth.Identity) truth    { return is(p.Locked != nil && *p.Locked) }
func published(p post, _ auth.Identity) truth { return is(p.Published) }

var modelConds = []modelCond{
	{"", func(post, auth.Identity) truth { return yes }, never},
	{"published=is.true", published, never},
	{"locked=is.true", locked, never},
	{"locked=eq.true", func(p post, _ auth.Identity) truth { return known(p.Locked != nil, is(p.Locked != nil && *p.Locked)) }, never},
	{"score=gt.4", func(p post, _ auth.Identity) truth { return known(p.Score != nil, is(p.Score != nil && *p.Score > 4)) }, never},
	{"owner_id=eq.{auth.uid}", owns, stranger},
	{"owner_id=neq.{auth.uid}", func(p post, w auth.Identity) truth { return not(owns(p, w)) }, stranger},
	{"or=(owner_id.eq.{auth.uid},published.is.true)", func(p post, w auth.Identity) truth {
		return or(owns(p, w), published(p, w))
	}, stranger},
	{"not.or=(owner_id.eq.{auth.uid},published.is.true)", func(p post, w auth.Identity) truth {
		return not(or(owns(p, w), published(p, w)))
	}, stranger},
	{"not.and=(owner_id.eq.{auth.uid},locked.is.true)", func(p post, w auth.Identity) truth {
		return not(and(owns(p, w), locked(p, w)))
	}, stranger},
	{"score=in.{auth.claims.scores}", scored, noScores},
	{"score=not.in.{auth.claims.scores}", func(p post, w auth.Identity) truth { return not(scored(p, w)) }, noScores},
	{"{auth.claims.aal}=eq.aal2", func(_ post, w auth.Identity) truth {
		return known(w.Claims["aal"] != nil, is(w.Claims["aal"] == "aal2"))
	}, func(w auth.Identity) bool { return w.Claims["aal"] == nil }},
}

// modelRule is a rule with what it means.
type modelRule struct {
	rule      rbac.Rule
	cond, chk modelCond
	has       func(column string) bool
}

// hits reports whether a rule that denies hits a row: also when a variable is missing.
func (c modelCond) hits(p post, who auth.Identity) bool {
	return c.lacks(who) || c.holds(p, who) == yes
}

func (r modelRule) covers(columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { return !r.has(c) })
}
func (r modelRule) denies() bool { return r.rule.Eft == rbac.Deny }

func (r modelRule) stops(columns []string) bool {
	return r.denies() && (r.rule.Fields == "" || slices.ContainsFunc(columns, r.has))
}

// modelRow says whether a row, taken by the condition that part selects, is within the rules.
func modelRow(rules []modelRule, part func(modelRule) modelCond, columns []string, p post, who auth.Identity) bool {
	allowed := false
	for _, r := range rules {
		if r.stops(columns) && part(r).hits(p, who) {
			return false
		}
		allowed = allowed || !r.denies() && r.covers(columns) && part(r).holds(p, who) == yes
	}
	return allowed
}

// modelShows says whether a visible row shows a column.
func modelShows(rules []modelRule, columns []string, column string, p post, who auth.Identity) bool {
	shown := false
	for _, r := range rules {
		if r.denies() && r.rule.Fields != "" && r.has(column) && r.cond.hits(p, who) {
			return false
		}
		shown = shown || !r.denies() && r.covers(columns) && r.has(column) && r.cond.holds(p, who) == yes
	}
	return shown
}

func oldRow(r modelRule) modelCond { return r.cond }
func newRow(r modelRule) modelCond { return r.chk }

// modelFields are lists of columns and what they hold.
var modelFields = []struct {
	text string
	has  func(string) bool
}{
	{"", func(string) bool { return true }},
	{"id,title", func(c string) bool { return c == "id" || c == "title" }},
	{"id,title,score,owner_id", func(c string) bool { return strings.Contains("id,title,score,owner_id", c) }},
	{"-score", func(c string) bool { return c != "score" }},
	{"score", func(c string) bool { return c == "score" }},
}

func randomRules(random *rand.Rand, act policy.Action) []modelRule {
	list := make([]modelRule, 0, 6)
	seen := map[rbac.Rule]bool{}
	for range 1 + random.IntN(5) {
		r := modelRule{cond: modelConds[random.IntN(len(modelConds))]}
		f := modelFields[max(0, random.IntN(len(modelFields)+3)-3)]
		r.has, r.chk = f.has, r.cond
		r.rule = rbac.Rule{Sub: rbac.Anon, Obj: "posts", Act: act, Cond: r.cond.text, Fields: f.text, Eft: rbac.Allow}
		if random.IntN(4) == 0 {
			r.rule.Eft = rbac.Deny
		}
		if act != policy.Select && random.IntN(2) == 0 {
			chk := modelConds[1+random.IntN(len(modelConds)-1)]
			if r.rule.Eft == rbac.Allow || r.rule.Cond != "" {
				r.chk, r.rule.Chk = chk, chk.text
			}
		}
		if !seen[r.rule] {
			seen[r.rule] = true
			list = append(list, r)
		}
	}
	return list
}

// modelPosts are rows of every kind.
func modelPosts() []post {
	var rows []post
	truths := []*bool{nil, new(true), new(false)}
	for _, owner := range []*uuid.UUID{nil, &ann, &ben} {
		for i, lock := range truths {
			for j, score := range []*int64{nil, new(int64(1)), new(int64(5))} {
				rows = append(rows, post{
					ID: int64(len(rows) + 1), Title: "t", Published: (i+j)%2 == 0, Locked: lock, Score: score, OwnerID: owner, Status: "draft",
				})
			}
		}
	}
	return rows
}

// inMemory is a post as filter.Match sees it.
type inMemory post

// Value is the text form of a column.
func (p inMemory) Value(c *schema.Column) (string, bool) {
	switch c.Name {
	case "id":
		return strconv.FormatInt(p.ID, 10), false
	case "published":
		return strconv.FormatBool(p.Published), false
	case "locked":
		if p.Locked != nil {
			return strconv.FormatBool(*p.Locked), false
		}
	case "score":
		if p.Score != nil {
			return strconv.FormatInt(*p.Score, 10), false
		}
	case "owner_id":
		if p.OwnerID != nil {
			return p.OwnerID.String(), false
		}
	case "title", "status":
		return "t", false
	}
	return "", true
}

func matched(t *testing.T, expr filter.Expr, p post) bool {
	t.Helper()
	result, err := filter.Match(expr, inMemory(p))
	require.NoError(t, err)
	return result == filter.True
}

// selected are the ids of the posts for which the database says the condition is true.
func selected(t *testing.T, database *bun.DB, expr filter.Expr) map[int64]bool {
	t.Helper()
	lane, err := db.LaneOf(database)
	require.NoError(t, err)
	b := filter.Builder{Dialect: lane.Dialect()}
	b.Raw("SELECT CAST(id AS text) FROM posts AS p WHERE ")
	require.NoError(t, filter.Render(&b, "p", expr))
	ids := map[int64]bool{}
	_, err = lane.Query(t.Context(), db.Statement{Text: string(b.Buf)}, b.Args, func(values []db.Value) error {
		id, err := strconv.ParseInt(string(values[0].Bytes), 10, 64)
		ids[id] = true
		return err
	})
	require.NoError(t, err, string(b.Buf))
	return ids
}

// modelCallers are callers with and without values for the variables.
func modelCallers() []auth.Identity {
	rich := signedIn(ann)
	rich.Claims = map[string]any{"aal": "aal2", "scores": []any{float64(1), float64(7)}}
	poor := signedIn(ben)
	poor.Claims = map[string]any{"aal": "aal1", "scores": []any{}}
	return []auth.Identity{{}, rich, poor, signedIn(uuid.MustParse("00000000-0000-4000-8000-00000000000c"))}
}

func TestPlansAreWhatTheDefinitionSays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		require.NoError(t, db.CreateTables(t.Context(), database, (*user)(nil), (*post)(nil), (*comment)(nil)))
		rows := modelPosts()
		for _, id := range []uuid.UUID{ann, ben} {
			_, err := database.NewInsert().Model(&user{ID: id, Name: "x"}).Exec(t.Context())
			require.NoError(t, err)
		}
		_, err := database.NewInsert().Model(&rows).Exec(t.Context())
		require.NoError(t, err)
		resources := described(t, database)
		compared := 0
		for seed := range 120 {
			random := rand.New(rand.NewPCG(uint64(seed), 11))
			act := []policy.Action{policy.Select, policy.Update, policy.Insert}[seed%3]
			rules := randomRules(random, act)
			cfg := rbac.Config{}
			for _, r := range rules {
				cfg.Rules = append(cfg.Rules, r.rule)
			}
			cfg.Grants = []rbac.Grant{rbac.Inherits("authenticated", "anon")}
			engine, err := rbac.New(t.Context(), nil, cfg)
			require.NoError(t, err)
			require.NoError(t, engine.Describe(resources))
			for _, who := range modelCallers() {
				for _, columns := range [][]string{nil, {"title"}, {"score"}, {"id", "owner_id"}} {
					m := modelCase{rules: rules, who: who, columns: columns, rows: rows, plan: planOf(t, engine, who, act, columns...)}
					m.label = fmt.Sprintf("policy %d: %s by %s using %v\n%s", seed, act, who.Subject(), columns, printed(cfg))
					m.compare(t, database, act)
					compared += len(rows)
				}
			}
		}
		t.Logf("%d rows compared", compared)
	})
}

// modelCase is one question with its plan.
type modelCase struct {
	rules   []modelRule
	who     auth.Identity
	columns []string
	rows    []post
	plan    policy.Plan
	label   string
}

func (m modelCase) compare(t *testing.T, database *bun.DB, act policy.Action) {
	t.Helper()
	if act != policy.Insert {
		m.sameRows(t, database, m.plan.Where, oldRow)
	}
	if act != policy.Select {
		m.sameRows(t, database, m.plan.Check, newRow)
		return
	}
	if m.plan.Kind == policy.Denied {
		return
	}
	for _, column := range []string{"id", "title", "score", "owner_id", "locked"} {
		mask := m.plan.Mask[column]
		var fromSQL map[int64]bool
		if mask != nil {
			fromSQL = selected(t, database, mask)
		}
		for _, p := range m.rows {
			if !matched(t, m.plan.Where, p) {
				continue
			}
			want := modelShows(m.rules, m.columns, column, p, m.who)
			got := m.plan.Readable.Has(column) && matched(t, mask, p)
			require.Equal(t, want, got, "%scolumn %s of %+v", m.label, column, p)
			if mask != nil && m.plan.Readable.Has(column) {
				require.Equal(t, want, fromSQL[p.ID], "%scolumn %s of %+v, in SQL", m.label, column, p)
			}
		}
	}
	for _, column := range m.columns { // what the request uses is shown in every row it gets
		require.Nil(t, m.plan.Mask[column], "%s%s", m.label, column)
		require.True(t, m.plan.Readable.Has(column), "%s%s", m.label, column)
	}
}

// sameRows compares a condition of the plan with the definition, in memory and in the database.
func (m modelCase) sameRows(t *testing.T, database *bun.DB, expr filter.Expr, part func(modelRule) modelCond) {
	t.Helper()
	denied := m.plan.Kind == policy.Denied
	var ids map[int64]bool
	if !denied {
		ids = selected(t, database, expr)
	}
	for _, p := range m.rows {
		want := modelRow(m.rules, part, m.columns, p, m.who)
		if denied && want && m.deniedByOtherHalf() {
			continue
		}
		require.Equal(t, want, !denied && matched(t, expr, p), "%s%+v", m.label, p)
		require.Equal(t, want, ids[p.ID], "%s%+v in SQL", m.label, p)
	}
}

// deniedByOtherHalf reports an update of which no old row, or no new row, can be allowed: the whole is then denied at once.
func (m modelCase) deniedByOtherHalf() bool {
	for _, part := range []func(modelRule) modelCond{oldRow, newRow} {
		if !slices.ContainsFunc(m.rows, func(p post) bool { return modelRow(m.rules, part, m.columns, p, m.who) }) {
			return true
		}
	}
	return false
}
