package api_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

func TestCollectionKeepsEveryKindOfValue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		_, collection := notes(t, database, api.Resource[note]{})
		made := time.Date(2026, 1, 31, 10, 0, 0, 500_000_000, time.UTC)
		row := note{
			Title: `quotes " and \ and ünïcode`, Stars: new(3), Price: "9007199254.99", Done: true, Tags: []string{"a b", `c"d`, ""},
			Details: map[string]any{"n": 1.5, "deep": []any{true, nil}}, Owner: new(uuid.New()),
			Due: new(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)), Made: made, Blob: []byte{0, 1, 255}, Tenant: "x",
		}
		wanted := row
		require.NoError(t, collection.Create(t.Context(), &row))
		require.NotZero(t, row.ID)
		wanted.ID = row.ID
		assert.Equal(t, wanted, row, "what Create stores in the row")

		got, err := collection.Get(t.Context(), row.ID)
		require.NoError(t, err)
		assert.Equal(t, wanted, got)

		rows, err := collection.List(t.Context(), "stars=eq.3&order=id.desc")
		require.NoError(t, err)
		assert.Equal(t, []note{wanted}, rows)
	})
}

func TestCollectionLeavesDefaultsToTheDatabase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		_, collection := notes(t, database, api.Resource[note]{})
		row := note{Title: "a"}
		require.NoError(t, collection.Create(t.Context(), &row))
		assert.Equal(t, "main", row.Tenant)
		assert.Equal(t, "0.00", row.Price)
		assert.Nil(t, row.Stars)
		assert.Nil(t, row.Tags)
		assert.WithinDuration(t, time.Now(), row.Made, time.Minute)
	})
}

func TestCollectionUpdateAndDelete(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		_, collection := notes(t, database, api.Resource[note]{})
		row := note{Title: "a", Stars: new(1)}
		require.NoError(t, collection.Create(t.Context(), &row))

		row.Title, row.Stars = "b", nil
		require.NoError(t, collection.Update(t.Context(), &row, "title"))
		assert.Equal(t, "b", row.Title)
		assert.Equal(t, new(1), row.Stars, "a column that was not named keeps its value, and the row shows it")

		row.Stars = nil
		require.NoError(t, collection.Update(t.Context(), &row))
		assert.Nil(t, row.Stars)

		count, err := collection.Count(t.Context(), "title=eq.b")
		require.NoError(t, err)
		assert.EqualValues(t, 1, count)

		require.NoError(t, collection.Delete(t.Context(), row.ID))
		require.ErrorIs(t, collection.Delete(t.Context(), row.ID), db.ErrNotFound)
		require.ErrorIs(t, collection.Update(t.Context(), &row), db.ErrNotFound)
		_, err = collection.Get(t.Context(), row.ID)
		require.ErrorIs(t, err, db.ErrNotFound)
		_, err = collection.Get(t.Context(), "no number")
		require.ErrorIs(t, err, db.ErrNotFound)
	})
}

func TestCollectionRefusesWhatARequestIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		_, collection := notes(t, database, api.Resource[note]{})
		var e *api.Error
		require.ErrorAs(t, collection.Create(t.Context(), &note{Title: "far too long a title for this column of forty"}), &e)
		assert.Equal(t, "23514", e.Code)
		_, err := collection.List(t.Context(), "nope=eq.1")
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "42703", e.Code)
		_, err = collection.List(t.Context(), "select=id")
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "PGRST100", e.Code)
		_, err = collection.Get(t.Context())
		require.ErrorContains(t, err, "1")
		require.ErrorAs(t, collection.Update(t.Context(), &note{ID: 1}, "nope"), &e)
		assert.Equal(t, "PGRST204", e.Code)
	})
}

func TestCollectionJoinsTheTransactionOfItsContext(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		_, collection := notes(t, database, api.Resource[note]{})
		err := db.InTx(t.Context(), database, func(ctx context.Context, _ bun.Tx) error {
			row := note{Title: "inside"}
			require.NoError(t, collection.Create(ctx, &row))
			count, err := collection.Count(ctx, "")
			require.NoError(t, err)
			assert.EqualValues(t, 1, count)
			return assert.AnError
		})
		require.ErrorIs(t, err, assert.AnError)
		count, err := collection.Count(t.Context(), "")
		require.NoError(t, err)
		assert.Zero(t, count)
	})
}

func TestCollectionAsksTheAuthorizerAboutTheCallerInItsContext(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ada, bob := uuid.New(), uuid.New()
		var collection *api.Collection[note]
		owners := &ownerPolicy{}
		mounted(t, database, api.Config{Authorizer: owners}, func(rest *api.API) {
			collection = api.Register(rest, api.Resource[note]{})
		})
		asAda := auth.NewContext(t.Context(), auth.Identity{ID: ada, Role: "authenticated"})
		asBob := auth.NewContext(t.Context(), auth.Identity{ID: bob, Role: "authenticated"})

		row := note{Title: "ada's", Owner: &ada}
		require.NoError(t, collection.Create(asAda, &row))
		require.ErrorIs(t, collection.Create(asBob, &note{Title: "for ada", Owner: &ada}), policy.ErrDenied)
		_, err := collection.Get(asBob, row.ID)
		require.ErrorIs(t, err, db.ErrNotFound)
		_, err = collection.List(t.Context(), "")
		require.ErrorIs(t, err, policy.ErrDenied)
		require.ErrorIs(t, collection.Delete(asBob, row.ID), db.ErrNotFound)
		require.NoError(t, collection.Delete(asAda, row.ID))
	})
}

// ownerPolicy lets signed-in callers work with the rows they own.
type ownerPolicy struct{ owner filter.Expr }

func (p *ownerPolicy) Describe(resources []policy.Resource) (err error) {
	p.owner, err = filter.Parse(resources[0].Table, "owner=eq.{auth.uid}")
	return err
}

func (p *ownerPolicy) Plan(_ context.Context, r policy.Request) (policy.Plan, error) {
	if r.Who.Anonymous() {
		return policy.Plan{}, nil
	}
	own := filter.Bind(p.owner, func(string) (any, bool) { return r.Who.ID.String(), true }, false)
	return policy.Plan{
		Kind: policy.Conditional, Where: own, Check: own, Readable: policy.AllColumns(), Writable: policy.AllColumns(),
	}, nil
}
