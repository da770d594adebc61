package rbactest_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
	"github.com/groundwork-go/groundwork/rbac/rbactest"
)

type post struct {
	bun.BaseModel `bun:"table:posts"`

	ID        int64      `bun:",pk,autoincrement" json:"id"`
	Title     string     `bun:",notnull" json:"title"`
	Tags      []string   `bun:",array" json:"tags"`
	Published bool       `bun:",notnull" json:"published"`
	OwnerID   *uuid.UUID `bun:"type:uuid" json:"owner_id"`
	Due       *time.Time `json:"due"`
	Comments  []comment  `bun:"rel:has-many,join:id=post_id" json:"-"`
}

type comment struct {
	bun.BaseModel `bun:"table:comments"`

	ID     int64  `bun:",pk,autoincrement" json:"id"`
	PostID int64  `bun:",notnull" json:"post_id"`
	Text   string `bun:",notnull" json:"text"`
	Post   *post  `bun:"rel:belongs-to,join:post_id=id" json:"-"`
}

var (
	ann = uuid.MustParse("00000000-0000-4000-8000-00000000000a")
	ben = uuid.MustParse("00000000-0000-4000-8000-00000000000b")
)

func engine(t *testing.T) *rbac.Engine {
	t.Helper()
	return rbactest.Engine(t, rbac.Config{
		Rules: []rbac.Rule{
			{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "published=is.true", Fields: "id,title,published"},
			{Sub: rbac.Authenticated, Obj: "posts", Act: "select", Cond: "owner_id=eq.{auth.uid}"},
			{Sub: rbac.Authenticated, Obj: "posts", Act: "insert", Cond: "tags=cs.{new}", Fields: "title,tags", Preset: "owner_id={auth.uid}"},
			{Sub: rbac.Authenticated, Obj: "posts", Act: "update", Cond: "owner_id=eq.{auth.uid}", Chk: "published=is.false"},
			{Sub: rbac.Authenticated, Obj: "posts", Act: "delete", Cond: "due=lt.{now}"},
			{Sub: rbac.Anon, Obj: "comments", Act: "select", Cond: "posts.published=is.true"},
		},
		Grants: []rbac.Grant{rbac.Inherits("authenticated", "anon")},
	}, (*post)(nil), (*comment)(nil))
}

func TestRun(t *testing.T) {
	t.Parallel()
	long := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	rbactest.Run(t, engine(t), []rbactest.Case{
		{Do: "select", On: "posts", Want: true},
		{Do: "insert", On: "posts", Want: false},
		{Do: "select", On: "posts", Row: rbactest.Row{"published": true}, Want: true},
		{Do: "select", On: "posts", Row: rbactest.Row{"published": false}, Want: false},
		{
			As: rbactest.User(ann), Do: "select", On: "posts", Row: rbactest.Row{"published": true, "title": "x", "due": nil, "owner_id": ben},
			Want: true, Sees: []string{"title", "published"},
		},
		{
			As: rbactest.User(ann), Do: "select", On: "posts", Row: rbactest.Row{"published": true, "title": "x", "owner_id": &ann},
			Want: true, Sees: []string{"title", "published", "owner_id"},
		},
		{Name: "a filter on what others hide", As: rbactest.User(ann), Do: "select", On: "posts", Using: []string{"due"},
			Row: rbactest.Row{"published": true, "owner_id": ben}, Want: false},
		{As: rbactest.User(ann), Do: "insert", On: "posts", New: rbactest.Row{"title": "x", "tags": []string{"a", "new"}}, Want: true},
		{As: rbactest.User(ann), Do: "insert", On: "posts", New: rbactest.Row{"title": "x", "tags": []string{"a"}}, Want: false},
		{As: rbactest.User(ann), Do: "insert", On: "posts", New: rbactest.Row{"tags": []string{"new"}, "owner_id": ann}, Want: true},
		{As: rbactest.User(ann), Do: "insert", On: "posts", New: rbactest.Row{"tags": []string{"new"}, "owner_id": ben}, Want: false},
		{As: rbactest.User(ann), Do: "insert", On: "posts", New: rbactest.Row{"tags": []string{"new"}, "id": 7}, Want: false},
		{As: rbactest.User(ann), Do: "update", On: "posts", Row: rbactest.Row{"owner_id": ann}, New: rbactest.Row{"published": false}, Want: true},
		{As: rbactest.User(ann), Do: "update", On: "posts", Row: rbactest.Row{"owner_id": ann}, New: rbactest.Row{"published": true}, Want: false},
		{As: rbactest.User(ann), Do: "update", On: "posts", Row: rbactest.Row{"owner_id": ben, "published": true}, New: rbactest.Row{"published": false}, Want: false},
		{As: rbactest.User(ann), Do: "delete", On: "posts", Row: rbactest.Row{"owner_id": ann, "due": long}, Want: true},
		{As: rbactest.User(ann), Do: "delete", On: "posts", Row: rbactest.Row{"owner_id": ben, "due": long}, Want: false},
		{As: auth.Identity{Role: auth.RoleService}, Do: "delete", On: "posts", Row: rbactest.Row{}, Want: true},
	})
}

func TestWhatDiffersIsSaid(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]rbactest.Case{
		"role:anon selects posts {published=true}: allowed, want denied": {Do: "select", On: "posts", Row: rbactest.Row{"published": true}},
		"role:anon inserts posts: denied, want allowed":                  {Do: "insert", On: "posts", Want: true},
		"sees [published], want [title]":                                 {Do: "select", On: "posts", Row: rbactest.Row{"published": true}, Want: true, Sees: []string{"title"}},
		"test it with a database":                                        {Do: "select", On: "comments", Row: rbactest.Row{"post_id": 1}},
		"owner_id is forced to " + ann.String(): {As: rbactest.User(ann), Do: "insert", On: "posts", Want: true,
			New: rbactest.Row{"owner_id": ben}},
	} {
		require.ErrorContains(t, rbactest.Check(t.Context(), engine(t), c), want)
	}
	broken := policy.AuthorizerFunc(func(context.Context, policy.Request) (policy.Plan, error) { return policy.Plan{}, rbac.ErrStale })
	require.ErrorIs(t, rbactest.Check(t.Context(), broken, rbactest.Case{}), rbac.ErrStale)
}
