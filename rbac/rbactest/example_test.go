package rbactest_test

import (
	"testing"

	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/rbactest"
)

// code:cases
func TestBlogPolicy(t *testing.T) {
	engine := rbactest.Engine(t, rbac.Config{Rules: []rbac.Rule{
		{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "published=is.true"},
		{Sub: rbac.Authenticated, Obj: "posts", Act: "update", Cond: "owner_id=eq.{auth.uid}", Fields: "title"},
		{Sub: rbac.Authenticated, Obj: "posts", Act: "select"},
	}}, (*post)(nil), (*comment)(nil))

	rbactest.Run(t, engine, []rbactest.Case{
		{Do: "select", On: "posts", Row: rbactest.Row{"published": true}, Want: true},
		{Do: "select", On: "posts", Row: rbactest.Row{"published": false}, Want: false},
		{
			As: rbactest.User(ann), Do: "update", On: "posts",
			Row: rbactest.Row{"owner_id": ann}, New: rbactest.Row{"title": "Better"}, Want: true,
		},
		{
			As: rbactest.User(ben), Do: "update", On: "posts",
			Row: rbactest.Row{"owner_id": ann}, New: rbactest.Row{"title": "Mine"}, Want: false,
		},
	})
}

// end
