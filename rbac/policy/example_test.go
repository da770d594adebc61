package policy_test

import (
	"context"
	"fmt"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// roles is an Authorizer that is a table: what a role may do with a resource.
type roles map[[3]string]bool

// Plan allows whole rows, or denies.
func (t roles) Plan(_ context.Context, r policy.Request) (policy.Plan, error) {
	role := r.Who.Role
	if role == "" {
		role = auth.RoleAnon
	}
	if !t[[3]string{role, r.Resource, string(r.Action)}] {
		return policy.Plan{}, nil
	}
	return policy.Plan{Kind: policy.Allowed, Readable: policy.AllColumns(), Writable: policy.AllColumns()}, nil
}

func ExampleAuthorizer() {
	var table policy.Authorizer = roles{
		{auth.RoleAnon, "posts", "select"}:   true,
		{"editor", "posts", "select"}:        true,
		{"editor", "posts", "insert"}:        true,
		{"editor", "rpc.publish", "execute"}: true,
	}
	for _, r := range []policy.Request{
		{Resource: "posts", Action: policy.Select},
		{Resource: "posts", Action: policy.Insert},
		{Resource: "rpc.publish", Action: policy.Execute, Who: auth.Identity{Role: "editor"}},
	} {
		plan, err := table.Plan(context.Background(), r)
		fmt.Println(r.Resource, r.Action, plan.Kind == policy.Allowed, err)
	}
	// Output:
	// posts select true <nil>
	// posts insert false <nil>
	// rpc.publish execute true <nil>
}

func ExampleColumnSet() {
	public := policy.AllBut("password", "notes")
	fmt.Println(public.Has("title"), public.Has("notes"), policy.Columns("title").Has("body"))
	// Output: true false false
}
