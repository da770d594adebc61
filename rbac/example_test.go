package rbac_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// code:four-lines
func blogPolicy() rbac.Config {
	return rbac.Config{
		Rules: []rbac.Rule{
			{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "published=is.true"},
			{Sub: rbac.Role("author"), Obj: "posts", Act: "insert", Fields: "title,body", Preset: "owner_id={auth.uid}"},
			{Sub: rbac.Role("author"), Obj: "posts", Act: "select", Cond: "owner_id=eq.{auth.uid}"},
			{Sub: rbac.Role("author"), Obj: "posts", Act: "update", Cond: "owner_id=eq.{auth.uid}", Fields: "title,body"},
		},
		Grants: []rbac.Grant{rbac.Inherits("editor", "author")},
	}
}

// end

// code:serve
func serveBlog(ctx context.Context, database *bun.DB, users auth.Authenticator) error {
	rules, err := rbac.New(ctx, database, blogPolicy())
	if err != nil {
		return err
	}
	defer rules.Close()
	rest := api.New(database, api.Config{Auth: users, Authorizer: rules})
	api.Register(rest, api.Resource[post]{})
	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		return err // a rule that names a column the model does not have is found here
	}
	return api.Run(ctx, ":8080", e)
}

// end

// code:run-time
func promote(ctx context.Context, rules *rbac.Engine, who auth.Identity) error {
	_, err := rules.Grant(ctx, rbac.Grant{Sub: rbac.User(who.ID), Role: rbac.Role("editor"), Dom: "acme"})
	if err != nil {
		return err
	}
	_, err = rules.AddRule(ctx, rbac.Rule{
		Sub: rbac.Role("editor"), Dom: "acme", Obj: "posts", Act: policy.Delete, Cond: "status=eq.draft",
	})
	return err
}

// end

// code:handler
func mayExport(ctx context.Context, rules *rbac.Engine) bool {
	who := auth.FromContext(ctx)
	return rules.Check(ctx, who, "main", "rpc.export", policy.Execute)
}

// end

var _, _, _ = serveBlog, promote, mayExport

// Objects that are no tables need nothing but their names: an engine without a database decides about them by its rules.
func Example() {
	rules, err := rbac.New(context.Background(), nil, rbac.Config{
		Rules: []rbac.Rule{
			{Sub: rbac.Role("reader"), Obj: "bucket.photos", Act: "download"},
			{Sub: rbac.Role("reader"), Obj: "bucket.photos", Act: "delete", Cond: "{auth.claims.aal}=eq.aal2"},
		},
		Grants:    []rbac.Grant{{Sub: rbac.User(ann), Role: rbac.Role("reader")}},
		Resources: []policy.Resource{{Name: "bucket.photos", Actions: []policy.Action{"download", "delete"}}},
	})
	if err == nil {
		err = rules.Describe(nil)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, who := range []auth.Identity{{}, {ID: ann}, {ID: ann, Claims: map[string]any{"aal": "aal2"}}} {
		plan, err := rules.Plan(context.Background(), policy.Request{
			Who: who, Tenant: "main", Resource: "bucket.photos", Action: "delete",
		})
		fmt.Println(who.Subject(), plan.Kind == policy.Allowed, err)
	}
	// Output:
	// role:anon false <nil>
	// user:00000000-0000-4000-8000-00000000000a false <nil>
	// user:00000000-0000-4000-8000-00000000000a true <nil>
}

// Rules may come from a file in Casbin's form.
func ExampleReadCSV() {
	rules, grants, err := rbac.ReadCSV(strings.NewReader(`
p, role:anon,   *, posts, select, published=is.true
p, role:author, *, posts, update, owner_id=eq.{auth.uid}, "title,body"
g, role:editor, role:author, *
`))
	fmt.Println(len(rules), rules[1].Fields, grants[0].Role, err)
	// Output: 2 title,body role:author <nil>
}
