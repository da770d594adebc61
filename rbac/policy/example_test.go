package policy_test

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/google/uuid"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// rule is one line of a table: what a role may do with a resource.
type rule struct {
	role, resource string
	action         policy.Action
	condition      string
	columns        policy.ColumnSet
}

// table is an Authorizer that looks rules up.
type table struct {
	rules  []rule
	tables map[string]*schema.Table
}

// Plan applies the first rule that fits.
func (t table) Plan(_ context.Context, r policy.Request) (policy.Plan, error) {
	for _, rule := range t.rules {
		if rule.role != r.Who.Role || rule.resource != r.Resource || rule.action != r.Action {
			continue
		}
		for _, column := range r.Columns {
			if !rule.columns.Has(column) {
				return policy.Plan{Column: column}, nil
			}
		}
		condition, err := filter.Parse(t.tables[r.Resource], rule.condition)
		if err != nil {
			return policy.Plan{}, fmt.Errorf("rule for %s: %w", rule.role, err)
		}
		bound := filter.Bind(condition, func(name string) (any, bool) { return r.Who.ID, name == "auth.uid" }, false)
		return policy.Plan{
			Kind: policy.Conditional, Where: bound, Check: bound, Readable: rule.columns, Writable: rule.columns,
			ScopeKey: sha256.Sum256([]byte(r.Resource + string(r.Action) + filter.Format(bound))),
		}, nil
	}
	return policy.Plan{}, nil
}

// An Authorizer may be as small as a table of rules.
func ExampleAuthorizer() {
	posts, err := schema.New(schema.Table{Name: "posts", Columns: []schema.Column{
		{Name: "id", Kind: schema.Int8}, {Name: "title", Kind: schema.Text}, {Name: "author_id", Kind: schema.UUID},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var authorizer policy.Authorizer = table{
		tables: map[string]*schema.Table{"posts": posts},
		rules: []rule{
			{"authenticated", "posts", policy.Update, "author_id=eq.{auth.uid}", policy.Columns("title")},
		},
	}
	who := auth.Identity{ID: uuid.MustParse("6f2b1c9e-0000-4000-8000-000000000001"), Role: "authenticated"}

	ask := func(who auth.Identity, columns ...string) {
		plan, err := authorizer.Plan(context.Background(), policy.Request{
			Who: who, Tenant: "main", Resource: "posts", Action: policy.Update, Columns: columns,
		})
		fmt.Println(plan.Kind == policy.Denied, plan.Column, filter.Format(plan.Where), err)
	}
	ask(who, "title")
	ask(who, "author_id")
	ask(auth.Identity{}, "title")
	// Output:
	// false  author_id=eq.6f2b1c9e-0000-4000-8000-000000000001 <nil>
	// true author_id  <nil>
	// true   <nil>
}
