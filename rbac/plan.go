package rbac

import (
	"context"
	"slices"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Plan answers with rows and columns. It is an error, and so never a permission, when nothing can be decided: before
// [Engine.Describe], when the policy is too old, and when the caller's grants cannot be read.
//
// A rule that allows applies when its columns hold every column the request uses; a rule that denies some columns applies when the
// request uses one of them. Rows are those that some applicable rule allows and none denies. Values that only some of the rules
// show are masked in the other rows.
func (e *Engine) Plan(ctx context.Context, r policy.Request) (policy.Plan, error) {
	in, now, err := e.ready()
	if err != nil {
		return policy.Plan{}, err
	}
	res := in.resources[r.Resource]
	if res == nil || !askable(r.Resource) || !askable(string(r.Action)) {
		return policy.Plan{}, nil
	}
	if service(&r.Who) {
		return servicePlan(&r), nil
	}
	caller, ok, err := e.subject(ctx, in, &r, now)
	if err != nil || !ok {
		return policy.Plan{}, err
	}
	d := decision{request: &r, resource: res}
	d.values = variables{who: &r.Who, tenant: r.Tenant, roles: caller.roles, now: now}
	d.values.scope = d.space[:0]
	var space [16]*compiled
	return d.plan(collect(space[:0], caller.buckets, r.Resource, string(r.Action))), nil
}

// servicePlan is everything, in the tenant that was asked for.
func servicePlan(r *policy.Request) policy.Plan {
	plan := policy.Plan{Kind: policy.Allowed, Readable: policy.AllColumns(), Writable: policy.AllColumns()}
	plan.ScopeKey = scopeOf([]byte("service"), r)
	return plan
}

// collect finds the rules about an action on a resource, in the same order on every instance.
func collect(to []*compiled, buckets []*bucket, obj, act string) []*compiled {
	for _, b := range buckets {
		b.find(obj, act, func(list []*entry) bool {
			for _, e := range list {
				if c := e.on(obj); c != nil {
					to = append(to, c)
				}
			}
			return true
		})
	}
	slices.SortFunc(to, byID)
	return to
}

// decision is the making of one plan.
type decision struct {
	request  *policy.Request
	resource *policy.Resource
	values   variables
	space    [256]byte
	allows   []allowance
	// where and check are what no row may be, from the rules that deny.
	where, check []filter.Expr
	// hidden are conditions under which rules that deny hide columns.
	hidden []hiding
}

// allowance is an applicable rule that allows, with its values.
type allowance struct {
	rule   *compiled
	where  filter.Expr
	check  filter.Expr
	forced []forced
}

// hiding hides columns in the rows where its condition is true.
type hiding struct {
	fields fields
	cond   filter.Expr
}

// plan decides by the rules that are about the request.
func (d *decision) plan(rules []*compiled) policy.Plan {
	column, ok := d.sort(rules)
	if !ok {
		return policy.Plan{Column: column}
	}
	plan := policy.Plan{Kind: policy.Allowed}
	if reads(d.request.Action) {
		plan.Where = d.rows()
	}
	if d.resource.Table == nil {
		if plan.Where == filter.Expr(filter.Const(false)) {
			return policy.Plan{} // there are no rows of which none could be shown
		}
		plan.Where = nil
	}
	if writes(d.request.Action) {
		plan.Preset = d.presets()
		plan.Check = d.newRows()
	}
	columns := d.columns(&plan)
	if d.request.Action == policy.Select {
		plan.Readable = columns
	} else {
		plan.Mask, plan.Writable = nil, columns
	}
	if plan.Where != nil || plan.Check != nil || plan.Mask != nil {
		plan.Kind = policy.Conditional
	}
	plan.ScopeKey = scopeOf(d.values.scope, d.request)
	return plan
}

// reads reports whether the action is about existing rows.
func reads(action policy.Action) bool { return action != policy.Insert }

// writes reports whether the action makes rows.
func writes(action policy.Action) bool { return action == policy.Insert || action == policy.Update }

// sort keeps the rules that apply, with their variables bound. ok is false when the request is denied as a whole; the column is
// then the reason, if there is one.
func (d *decision) sort(rules []*compiled) (column string, ok bool) {
	d.allows = make([]allowance, 0, len(rules))
	for _, rule := range rules {
		switch {
		case rule.deny:
			if column, ok := d.forbid(rule); !ok {
				return column, false
			}
		case rule.broken:
		default:
			covers, missing := rule.covers(d.request.Columns)
			if covers {
				d.allow(rule)
			} else if column == "" {
				column = missing
			}
		}
	}
	return column, len(d.allows) > 0
}

// allow adds a rule that allows, unless a forced value of it is missing.
func (d *decision) allow(rule *compiled) {
	mark := len(d.values.scope)
	d.values.scope = append(append(d.values.scope, '+'), rule.digest[:]...)
	a := allowance{rule: rule}
	if writes(d.request.Action) && rule.preset != nil {
		a.forced = make([]forced, len(rule.preset))
		for i := range rule.preset {
			var ok bool
			if a.forced[i], ok = rule.preset[i].bind(d.values.lookup); !ok {
				d.values.scope = d.values.scope[:mark]
				return
			}
		}
	}
	a.where = d.bind(rule.cond, false)
	a.check = a.where
	if writes(d.request.Action) && rule.ownChk {
		a.check = d.bind(rule.chk, false)
	}
	if !reads(d.request.Action) {
		a.where = a.check // there is no existing row
	}
	d.allows = append(d.allows, a)
}

// forbid adds a rule that denies. It reports false when the rule leaves nothing over.
func (d *decision) forbid(rule *compiled) (column string, ok bool) {
	if rule.broken || rule.blanket {
		return "", false
	}
	column, touched := "", rule.fields.every
	if !touched {
		column, touched = rule.touches(d.request.Columns)
	}
	if !touched && d.request.Action == policy.Delete {
		return "", true
	}
	d.values.scope = append(append(d.values.scope, '-'), rule.digest[:]...)
	cond := d.bind(rule.cond, true)
	if !touched { // rows stay, without the columns
		if cond != filter.Expr(filter.Const(false)) {
			d.hidden = append(d.hidden, hiding{rule.fields, cond})
		}
		return "", true
	}
	d.values.scope = append(d.values.scope, '!')
	chk := cond
	if writes(d.request.Action) && rule.ownChk {
		chk = d.bind(rule.chk, true)
	}
	if cond == nil && reads(d.request.Action) || chk == nil && writes(d.request.Action) {
		return column, false
	}
	if cond == nil {
		cond = filter.Const(false) // an insert: there is no existing row
	}
	d.where, d.check = append(d.where, isNot(cond)...), append(d.check, isNot(chk)...)
	return "", true
}

// bind gives a condition its values. nil holds for every row.
func (d *decision) bind(c condition, deny bool) filter.Expr {
	if !c.bound {
		return c.expr
	}
	bound := filter.Bind(c.expr, d.values.lookup, deny)
	if bound == filter.Expr(filter.Const(true)) {
		return nil
	}
	return bound
}

// isNot holds for the rows in which the condition is false or unknown; it is empty when those are all rows.
func isNot(cond filter.Expr) []filter.Expr {
	if cond == filter.Expr(filter.Const(false)) {
		return nil
	}
	return []filter.Expr{filter.Not{Expr: filter.IsTrue{Expr: cond}}}
}

// rows is the condition on existing rows.
func (d *decision) rows() filter.Expr {
	allowed := make(filter.Or, 0, len(d.allows))
	for i := range d.allows {
		allowed = append(allowed, d.allows[i].where)
	}
	return allOf(anyOf(allowed), d.where)
}

// newRows is the condition on rows as they are after the write.
func (d *decision) newRows() filter.Expr {
	allowed := make(filter.Or, 0, len(d.allows))
	for i := range d.allows {
		allowed = append(allowed, d.allows[i].check)
	}
	return allOf(anyOf(allowed), d.check)
}

// anyOf is the disjunction; a nil member holds for every row, and so does then the whole.
func anyOf(members filter.Or) filter.Expr {
	kept := members[:0]
	for _, member := range members {
		switch {
		case member == nil:
			return nil
		case member == filter.Expr(filter.Const(false)):
		case !slices.ContainsFunc(kept, func(other filter.Expr) bool { return same(other, member) }):
			kept = append(kept, member)
		}
	}
	switch len(kept) {
	case 0:
		return filter.Const(false)
	case 1:
		return kept[0]
	}
	return kept
}

// same reports whether two conditions are one and the same value.
func same(a, b filter.Expr) bool {
	left, ok := a.(*filter.Cmp)
	right, also := b.(*filter.Cmp)
	return ok && also && left == right
}

// allOf is the conjunction of what allows and what does not deny.
func allOf(allowed filter.Expr, others []filter.Expr) filter.Expr {
	if len(others) == 0 || allowed == filter.Expr(filter.Const(false)) {
		return allowed
	}
	if allowed == nil && len(others) == 1 {
		return others[0]
	}
	all := make(filter.And, 0, len(others)+1)
	if allowed != nil {
		all = append(all, allowed)
	}
	return append(all, others...)
}
