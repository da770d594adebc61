package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// authorize asks for the plan of one action on one resource. The scopes of a key come first, so that no Authorizer can forget
// them; a denial and an error both end the request.
func (a *API) authorize(ctx context.Context, by *caller, res *resource, action policy.Action, columns []string) (policy.Plan, error) {
	plan, err := a.ask(ctx, by, res.name, action, columns)
	if err != nil {
		return policy.Plan{}, err
	}
	if res.tenant != nil && !by.everyTenant() {
		plan.Where = and(plan.Where, &filter.Cmp{Column: res.tenant, Op: filter.Eq, Value: filter.Value{Text: by.tenant}})
		if plan.Kind == policy.Allowed {
			plan.Kind = policy.Conditional
		}
	}
	return plan, nil
}

// ask puts the question itself; the name of a function is "rpc." and its own.
func (a *API) ask(ctx context.Context, by *caller, name string, action policy.Action, columns []string) (policy.Plan, error) {
	if !by.who.Allows(name, string(action)) {
		return policy.Plan{}, denied(name, "")
	}
	plan, err := a.cfg.Authorizer.Plan(ctx, policy.Request{
		Who: by.who, Tenant: by.tenant, TenantByProgram: by.byProgram, Resource: name, Action: action, Columns: columns,
	})
	if err != nil {
		return policy.Plan{}, &Error{
			Status: http.StatusServiceUnavailable, Code: "GW503",
			Message: "Permissions cannot be checked at the moment", Err: err,
		}
	}
	if plan.Kind == policy.Denied {
		return policy.Plan{}, denied(name, plan.Column)
	}
	return plan, nil
}

// everyTenant is true for the service key when it asks for all tenants at once.
func (c *caller) everyTenant() bool { return c.tenant == "*" && c.who.Subject() == "role:service" }

// denied is the refusal of a resource, or of one column of it.
func denied(name, column string) *Error {
	e := fault.Denied(name)
	e.Err = policy.ErrDenied
	if column != "" {
		e.Details = "Column " + column + " may not be used."
	}
	return e
}

// authorizeNode plans the reading of a node and of everything embedded in it.
func (a *API) authorizeNode(ctx context.Context, by *caller, res *resource, node *query.Node) error {
	if err := a.hookable(res, node); err != nil {
		return err
	}
	for _, embed := range node.Embeds {
		// What an embed shows tells which values its rows are joined over.
		node.Used = appendVisible(node.Used, node.Table, embed.Relation.From)
		embed.Used = appendVisible(embed.Used, embed.Table, embed.Relation.To)
	}
	plan, err := a.authorize(ctx, by, res, policy.Select, node.Used)
	if err != nil {
		return err
	}
	// A column that is hidden, or shown in some rows only, must not be found out by filtering or sorting.
	for _, name := range node.Used {
		if _, masked := plan.Mask[name]; masked || !plan.Readable.Has(name) {
			return denied(res.name, name)
		}
	}
	node.Plan = plan
	for _, embed := range node.Embeds {
		if err := a.authorizeJoin(ctx, by, embed); err != nil {
			return err
		}
		if err := a.authorizeNode(ctx, by, a.byTable[embed.Table], &embed.Node); err != nil {
			return err
		}
	}
	return nil
}

// appendVisible adds the names of columns that are not in names yet. Columns that are hidden from the wire are no matter of policies.
func appendVisible(names []string, table *schema.Table, positions []int) []string {
	for _, position := range positions {
		column := &table.Columns[position]
		if !column.Hidden && !slices.Contains(names, column.Name) {
			names = append(names, column.Name)
		}
	}
	return names
}

// hookable refuses what would show values of a resource past its AfterRead hook: parts and casts of columns, and its rows inside those of
// another.
func (a *API) hookable(res *resource, node *query.Node) error {
	if res.afterRead != nil && res.source == nil {
		for _, item := range node.Items {
			if item.Path != nil || item.Cast != "" {
				return fault.NotImplemented("casts and JSON paths in the select list of "+res.name+", whose rows a hook of the program looks at",
					"select the whole column")
			}
		}
	}
	for _, embed := range node.Embeds {
		if a.byTable[embed.Table].afterRead != nil && !embed.Count && !embed.Hidden {
			return fault.NotImplemented("embedding "+embed.Resource+", whose rows a hook of the program looks at", "request it by itself")
		}
	}
	return nil
}

// authorizeJoin plans the reading of the join table that a many-to-many embed goes through, when it is a resource itself: its rows say
// who belongs to whom, so its tenant and its policy count as in a direct read.
func (a *API) authorizeJoin(ctx context.Context, by *caller, embed *query.Embed) error {
	join := embed.Relation.Through
	if join == nil {
		return nil
	}
	res := a.byTable[join]
	if res == nil {
		return nil
	}
	used := appendVisible(appendVisible(nil, join, embed.Relation.ThroughFrom), join, embed.Relation.ThroughTo)
	plan, err := a.authorize(ctx, by, res, policy.Select, used)
	if err != nil {
		return err
	}
	for _, name := range used {
		if _, masked := plan.Mask[name]; masked || !plan.Readable.Has(name) {
			return denied(res.name, name)
		}
	}
	embed.Through = plan.Where
	return nil
}

// and joins two conditions; nil is no condition.
func and(left, right filter.Expr) filter.Expr {
	switch {
	case left == nil:
		return right
	case right == nil:
		return left
	}
	return filter.And{left, right}
}
