package rbac_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// The models of the tests: people write posts, posts have comments, and members belong to teams.
type user struct {
	bun.BaseModel `bun:"table:users"`

	ID    uuid.UUID `bun:"type:uuid,pk" json:"id"`
	Name  string    `bun:",notnull" json:"name"`
	Email *string   `json:"email"`
}

type post struct {
	bun.BaseModel `bun:"table:posts"`

	ID        int64      `bun:",pk,autoincrement" json:"id"`
	Title     string     `bun:",notnull" json:"title"`
	Body      *string    `json:"body"`
	Status    string     `bun:",notnull,default:'draft'" json:"status"`
	Published bool       `bun:",notnull,default:false" json:"published"`
	Locked    *bool      `json:"locked"`
	Score     *int64     `json:"score"`
	OwnerID   *uuid.UUID `bun:"type:uuid" json:"owner_id"`
	Secret    string     `bun:",notnull,default:''" json:"-"`
	Comments  []comment  `bun:"rel:has-many,join:id=post_id" json:"-"`
	Owner     *user      `bun:"rel:belongs-to,join:owner_id=id" json:"-"`
}

type comment struct {
	bun.BaseModel `bun:"table:comments"`

	ID     int64  `bun:",pk,autoincrement" json:"id"`
	PostID int64  `bun:",notnull" json:"post_id"`
	Text   string `bun:",notnull" json:"text"`
	Shown  bool   `bun:",notnull" json:"shown"`
	Post   *post  `bun:"rel:belongs-to,join:post_id=id" json:"-"`
}

var (
	ann = uuid.MustParse("00000000-0000-4000-8000-00000000000a")
	ben = uuid.MustParse("00000000-0000-4000-8000-00000000000b")
)

// signedIn is a user's identity.
func signedIn(id uuid.UUID) auth.Identity {
	return auth.Identity{ID: id, Role: auth.RoleAuthenticated, Claims: map[string]any{}}
}

var everyAction = []policy.Action{policy.Select, policy.Insert, policy.Update, policy.Delete}

// described are the models as Mount would describe them.
func described(t testing.TB, database *bun.DB) []policy.Resource {
	t.Helper()
	var tables []*schema.Table
	var list []policy.Resource
	for _, model := range []any{(*user)(nil), (*post)(nil), (*comment)(nil)} {
		table, err := schema.FromModel(database, model)
		require.NoError(t, err)
		tables = append(tables, table)
		list = append(list, policy.Resource{Name: table.Name, Table: table, Actions: everyAction})
	}
	require.NoError(t, schema.Link(tables))
	return append(list, policy.Resource{Name: "rpc.report", Actions: []policy.Action{policy.Execute}})
}

// newEngine is an engine on the database that knows the models.
func newEngine(t testing.TB, database *bun.DB, cfg rbac.Config) *rbac.Engine {
	t.Helper()
	require.NoError(t, db.CreateTables(t.Context(), database, (*user)(nil), (*post)(nil), (*comment)(nil)))
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	engine, err := rbac.New(t.Context(), database, cfg)
	require.NoError(t, err)
	t.Cleanup(engine.Close)
	require.NoError(t, engine.Describe(described(t, database)))
	return engine
}

// planOf asks for a plan.
func planOf(t testing.TB, engine *rbac.Engine, who auth.Identity, action policy.Action, columns ...string) policy.Plan {
	t.Helper()
	plan, err := engine.Plan(t.Context(), policy.Request{
		Who: who, Tenant: "main", Resource: "posts", Action: action, Columns: columns,
	})
	require.NoError(t, err)
	return plan
}

// fakeClock is a clock that the test moves. Timers fire when the test says so.
type fakeClock struct {
	now  chan time.Time
	tick chan time.Time
}

func newClock(now time.Time) *fakeClock {
	c := &fakeClock{now: make(chan time.Time, 1), tick: make(chan time.Time)}
	c.now <- now
	return c
}

// Now is the moment the test has set.
func (c *fakeClock) Now() time.Time {
	now := <-c.now
	c.now <- now
	return now
}

// After fires with the next tick.
func (c *fakeClock) After(time.Duration) <-chan time.Time { return c.tick }

// advance moves the clock.
func (c *fakeClock) advance(d time.Duration) {
	now := <-c.now
	c.now <- now.Add(d)
}

// nobody is nobody.
func nobody() auth.Identity { return auth.Identity{} }
