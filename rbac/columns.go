package rbac

import (
	"crypto/sha256"
	"slices"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// columns is what the caller may see or send, with the masks of those that are shown in some rows only.
func (d *decision) columns(plan *policy.Plan) policy.ColumnSet {
	if d.resource.Table == nil {
		return policy.AllColumns()
	}
	if len(d.hidden) == 0 && d.agree() {
		return d.allows[0].rule.fields.set
	}
	var names []string
	every := true
	for i := range d.resource.Table.Columns {
		column := &d.resource.Table.Columns[i]
		if column.Hidden {
			continue
		}
		mask, shown := d.shows(column.Name)
		if !shown {
			every = false
			continue
		}
		names = append(names, column.Name)
		if mask != nil {
			if plan.Mask == nil {
				plan.Mask = make(map[string]filter.Expr)
			}
			plan.Mask[column.Name] = mask
		}
	}
	if every {
		return policy.AllColumns()
	}
	return policy.Columns(names...)
}

// agree reports whether all rules speak about the same columns.
func (d *decision) agree() bool {
	first := &d.allows[0].rule.fields
	for i := range d.allows {
		other := &d.allows[i].rule.fields
		if other.every != first.every || other.key != first.key {
			return false
		}
	}
	return true
}

// shows finds the condition under which a row shows the column; nil: in every row the plan lets through.
func (d *decision) shows(name string) (mask filter.Expr, shown bool) {
	granting := make(filter.Or, 0, len(d.allows))
	for i := range d.allows {
		if a := &d.allows[i]; a.rule.fields.set.Has(name) {
			granting = append(granting, a.where)
		}
	}
	if len(granting) == 0 {
		return nil, false
	}
	if len(granting) < len(d.allows) {
		mask = anyOf(granting)
	}
	var not []filter.Expr
	for _, h := range d.hidden {
		if !h.fields.set.Has(name) {
			continue
		}
		if h.cond == nil {
			return nil, false
		}
		not = append(not, isNot(h.cond)...)
	}
	if mask == filter.Expr(filter.Const(false)) {
		return nil, false
	}
	return allOf(mask, not), true
}

// presets are the values forced on every row. A value that all rules force is forced. One that only some of them force is filled in
// when the client leaves the column out and those rules agree on it; either way those rules then allow only rows that have it, so
// that no rule takes away what another one gives.
func (d *decision) presets() map[string]any {
	var values map[string]any
	for i := range d.allows {
		a := &d.allows[i]
		for _, f := range a.forced {
			sole, agreed := d.agreed(f)
			if agreed && (sole || !d.sends(f.column.Name)) {
				if values == nil {
					values = make(map[string]any)
				}
				values[f.column.Name] = f.value
				d.values.scope = appendSized(append(d.values.scope, '='), f.column.Name)
			}
			if sole && agreed {
				continue
			}
			own := f.condition()
			a.check = allOf(a.check, []filter.Expr{own})
		}
	}
	return values
}

// agreed reports whether every rule that forces the column forces this value, and whether every rule does force it.
func (d *decision) agreed(f forced) (sole, agreed bool) {
	sole, agreed = true, true
	for i := range d.allows {
		found := false
		for _, other := range d.allows[i].forced {
			if other.column == f.column {
				found = true
				agreed = agreed && other.value == f.value
			}
		}
		sole = sole && found
	}
	return sole, agreed
}

// sends reports whether the client sends the column.
func (d *decision) sends(name string) bool {
	return slices.Contains(d.request.Columns, name)
}

// scopeOf hashes what a plan rests on: the rules that apply, with every value bound in order, and what was asked.
func scopeOf(scope []byte, r *policy.Request) [32]byte {
	scope = appendSized(scope, r.Tenant)
	scope = appendSized(scope, r.Resource)
	scope = appendSized(scope, string(r.Action))
	return sha256.Sum256(scope)
}
