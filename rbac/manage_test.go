package rbac_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

func TestRulesTakeEffectWhenTheCallReturns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		engine := newEngine(t, database, rbac.Config{})
		require.Equal(t, policy.Denied, planOf(t, engine, signedIn(ann), policy.Select).Kind)

		rule, err := engine.AddRule(ctx, rbac.Rule{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "published=is.true"})
		require.NoError(t, err)
		require.Positive(t, rule.ID)
		require.Equal(t, int64(1), engine.Version())
		require.Equal(t, policy.Conditional, planOf(t, engine, signedIn(ann), policy.Select).Kind, "over role:authenticated → role:anon")

		_, err = engine.AddRule(ctx, rbac.Rule{Sub: rbac.Anon, Dom: "*", Obj: "posts", Act: "select", Cond: "published=is.true", Eft: "allow"})
		require.ErrorIs(t, err, db.ErrConflict)
		require.Equal(t, int64(1), engine.Version(), "a refused change is no version")

		rule.Cond = ""
		_, err = engine.UpdateRule(ctx, rule)
		require.NoError(t, err)
		require.Equal(t, policy.Allowed, planOf(t, engine, signedIn(ann), policy.Select).Kind)

		rule.Disabled = true
		_, err = engine.UpdateRule(ctx, rule)
		require.NoError(t, err)
		require.Equal(t, policy.Denied, planOf(t, engine, signedIn(ann), policy.Select).Kind)

		rule.Disabled = false
		_, err = engine.UpdateRule(ctx, rule)
		require.NoError(t, err)
		require.NoError(t, engine.RemoveRule(ctx, rule.ID))
		require.Equal(t, policy.Denied, planOf(t, engine, signedIn(ann), policy.Select).Kind)
		require.ErrorIs(t, engine.RemoveRule(ctx, rule.ID), db.ErrNotFound)
		require.ErrorIs(t, engine.RemoveRule(ctx, -1), rbac.ErrInCode)
		require.Equal(t, int64(5), engine.Version())
	})
}

func TestGrantsAndRevocation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		clock := newClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
		engine := newEngine(t, database, rbac.Config{Clock: clock, MaxStale: -1, Rules: []rbac.Rule{
			{Sub: rbac.Role("author"), Obj: "posts", Act: "insert"},
		}})
		can := func() bool { return engine.Check(ctx, signedIn(ann), "main", "posts", "insert") }
		require.False(t, can())

		_, err := engine.Grant(ctx, rbac.Grant{Sub: rbac.User(ann), Role: rbac.Role("editor")})
		require.NoError(t, err)
		require.False(t, can())
		_, err = engine.Grant(ctx, rbac.Inherits("editor", "author"))
		require.NoError(t, err)
		require.True(t, can(), "user → editor → author")
		require.False(t, engine.Check(ctx, signedIn(ben), "main", "posts", "insert"))

		_, err = engine.Grant(ctx, rbac.Inherits("author", "editor"))
		require.ErrorIs(t, err, rbac.ErrInvalid, "a circle")

		require.NoError(t, engine.Revoke(ctx, rbac.Inherits("editor", "author")))
		require.False(t, can())
		_, err = engine.Grant(ctx, rbac.Grant{Sub: rbac.User(ann), Role: rbac.Role("author"), ExpiresAt: clock.Now().Add(time.Hour)})
		require.NoError(t, err)
		require.True(t, can())
		clock.advance(time.Hour)
		require.False(t, can(), "expired")
		_, err = engine.Grant(ctx, rbac.Grant{Sub: rbac.User(ann), Role: rbac.Role("author")})
		require.NoError(t, err, "granting again sets the end")
		require.True(t, can())
		require.NoError(t, engine.Revoke(ctx, rbac.Grant{Sub: rbac.User(ann), Role: rbac.Role("author")}))
		require.False(t, can())

		// An expired edge between roles.
		_, err = engine.Grant(ctx, rbac.Grant{Sub: rbac.Role("editor"), Role: rbac.Role("author"), ExpiresAt: clock.Now().Add(time.Minute)})
		require.NoError(t, err)
		require.True(t, can())
		clock.advance(time.Minute)
		require.False(t, can())
	})
}

func TestAChangeInATransactionCountsWhenItCommits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		engine := newEngine(t, database, rbac.Config{})
		add := func(fail error) error {
			return db.InTx(t.Context(), database, func(ctx context.Context, _ bun.Tx) error {
				_, err := engine.AddRule(ctx, rbac.Rule{Sub: rbac.Anon, Obj: "posts", Act: "select"})
				require.NoError(t, err)
				require.Equal(t, int64(0), engine.Version())
				return fail
			})
		}
		undo := errors.New("undo")
		require.ErrorIs(t, add(undo), undo)
		require.Equal(t, int64(0), engine.Version())
		require.Equal(t, policy.Denied, planOf(t, engine, signedIn(ann), policy.Select).Kind)
		require.NoError(t, add(nil))
		require.Equal(t, int64(1), engine.Version())
		require.Equal(t, policy.Allowed, planOf(t, engine, signedIn(ann), policy.Select).Kind)
	})
}

func TestOtherInstancesFollow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		clock := newClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
		writer := newEngine(t, database, rbac.Config{})
		reader := newEngine(t, database, rbac.Config{Clock: clock, MaxStale: time.Minute})
		catchUp := func() {
			clock.tick <- clock.Now()
			clock.tick <- clock.Now() // the loop takes the second one when it is through with the first
		}
		rule, err := writer.AddRule(ctx, rbac.Rule{Sub: rbac.Role("author"), Obj: "posts", Act: "select"})
		require.NoError(t, err)
		_, err = writer.Grant(ctx, rbac.Grant{Sub: rbac.User(ann), Role: rbac.Role("author")})
		require.NoError(t, err)
		catchUp()
		require.Equal(t, writer.Version(), reader.Version())
		require.Equal(t, policy.Allowed, planOf(t, reader, signedIn(ann), policy.Select).Kind)

		require.NoError(t, writer.Revoke(ctx, rbac.Grant{Sub: rbac.User(ann), Role: rbac.Role("author")}))
		catchUp()
		require.Equal(t, policy.Denied, planOf(t, reader, signedIn(ann), policy.Select).Kind)

		// A log that somebody trimmed leads to a whole load.
		require.NoError(t, writer.RemoveRule(ctx, rule.ID))
		_, err = writer.AddRule(ctx, rbac.Rule{Sub: rbac.Authenticated, Obj: "posts", Act: "select"})
		require.NoError(t, err)
		_, err = database.ExecContext(ctx, "DELETE FROM gw_policy_log")
		require.NoError(t, err)
		catchUp()
		require.Equal(t, writer.Version(), reader.Version())
		require.Equal(t, policy.Allowed, planOf(t, reader, signedIn(ben), policy.Select).Kind)

		clock.advance(2 * time.Minute)
		_, err = reader.Plan(ctx, policy.Request{Tenant: "main", Resource: "posts", Action: policy.Select})
		require.ErrorIs(t, err, rbac.ErrStale)
		catchUp()
		require.Equal(t, policy.Allowed, planOf(t, reader, signedIn(ben), policy.Select).Kind)
	})
}

func TestPostgresNotifiesOtherInstances(t *testing.T) {
	t.Parallel()
	database := dbtest.Postgres(t)
	writer := newEngine(t, database, rbac.Config{})
	reader := newEngine(t, database, rbac.Config{Poll: time.Hour, MaxStale: -1})
	_, err := writer.AddRule(t.Context(), rbac.Rule{Sub: rbac.Anon, Obj: "posts", Act: "select"})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return reader.Version() == writer.Version() }, 10*time.Second, time.Millisecond)
	require.Equal(t, policy.Allowed, planOf(t, reader, signedIn(ann), policy.Select).Kind)
}

func TestStoredRulesWithMistakesAreQuarantined(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		engine := newEngine(t, database, rbac.Config{Rules: []rbac.Rule{
			{Sub: rbac.Anon, Obj: "posts", Act: "select"}, {Sub: rbac.Anon, Obj: "posts", Act: "delete"},
		}})
		_, err := database.ExecContext(ctx, `INSERT INTO gw_rules (sub, dom, obj, act, cond, eft) VALUES
			('role:anon', '*', 'posts', 'select', 'gone=is.true', 'deny'), ('role:anon', '*', 'users', 'select', 'gone=is.true', 'allow')`)
		require.NoError(t, err)
		require.NoError(t, engine.Reload(ctx))
		require.Len(t, engine.Quarantined(), 2)
		require.ErrorIs(t, engine.Quarantined()[0].Reason, rbac.ErrInvalid)
		require.Equal(t, policy.Denied, planOf(t, engine, signedIn(ann), policy.Select).Kind, "a broken deny denies")
		require.Equal(t, policy.Allowed, planOf(t, engine, signedIn(ann), policy.Delete).Kind, "other rules keep working")
		require.False(t, engine.Check(ctx, signedIn(ann), "main", "users", "select"), "a broken allow allows nothing")
	})
}

func TestWithoutDatabaseRulesAreThoseOfTheProgram(t *testing.T) {
	t.Parallel()
	engine, err := rbac.New(t.Context(), nil, rbac.Config{Rules: []rbac.Rule{{Sub: rbac.Anon, Obj: "posts", Act: "select"}}})
	require.NoError(t, err)
	_, err = engine.Plan(t.Context(), policy.Request{Tenant: "main", Resource: "posts", Action: policy.Select})
	require.ErrorIs(t, err, rbac.ErrNotReady)
	require.NoError(t, engine.Describe(described(t, dbtest.SQLite(t))))
	require.Equal(t, policy.Allowed, planOf(t, engine, nobody(), policy.Select).Kind)
	_, err = engine.AddRule(t.Context(), rbac.Rule{Sub: rbac.Anon, Obj: "posts", Act: "insert"})
	require.ErrorIs(t, err, rbac.ErrNoDatabase)
	_, err = engine.Grant(t.Context(), rbac.Inherits("a", "b"))
	require.ErrorIs(t, err, rbac.ErrNoDatabase)
}

// TestAChangeThatCannotBeAppliedStopsDecisions breaks the database between the commit of a change and its application.
func TestAChangeThatCannotBeAppliedStopsDecisions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		clock := newClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
		engine := newEngine(t, database, rbac.Config{
			Clock: clock, MaxStale: -1, Rules: []rbac.Rule{{Sub: rbac.Anon, Obj: "posts", Act: "select"}},
		})
		require.NoError(t, db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
			_, err := engine.AddRule(ctx, rbac.Rule{Sub: rbac.Anon, Obj: "posts", Act: "select", Eft: rbac.Deny})
			require.NoError(t, err)
			_, err = tx.ExecContext(ctx, "ALTER TABLE gw_policy_version RENAME TO elsewhere")
			return err
		}))
		_, err := engine.Plan(ctx, policy.Request{Tenant: "main", Resource: "posts", Action: policy.Select})
		require.ErrorIs(t, err, rbac.ErrStale, "the old rules would still allow it")
		require.False(t, engine.Check(ctx, nobody(), "main", "posts", "select"))

		_, err = database.ExecContext(ctx, "ALTER TABLE elsewhere RENAME TO gw_policy_version")
		require.NoError(t, err)
		clock.tick <- clock.Now()
		clock.tick <- clock.Now()
		require.Equal(t, policy.Denied, planOf(t, engine, nobody(), policy.Select).Kind)
	})
}
