package rbac

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/casbin/casbin/v2/persist"
	"github.com/casbin/casbin/v2/util"

	"github.com/groundwork-go/groundwork/db"
)

// Everything of Casbin's stands in this file.

// Conf is the model in Casbin's own form: what the coarse decision means. Load it into an enforcer of your own together with the
// matching function that [Engine.Casbin] adds: AddNamedDomainMatchingFunc("g", "keyMatch", util.KeyMatch).
const Conf = `[request_definition]
r = sub, dom, obj, act

[policy_definition]
p = sub, dom, obj, act, cond, fields, eft, chk, preset

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = ((p.obj == "*" && !keyMatch(r.obj, "gw.*")) || r.obj == p.obj) && (p.act == "*" || r.act == p.act) && (p.dom == "*" || r.dom == p.dom) && (p.eft == "allow" || (p.cond == "" && p.fields == "")) && g(r.sub, p.sub, r.dom)
`

// Casbin returns a new enforcer that holds the policy as it is now: the configuration's rules and grants and the stored ones. What is
// changed through it is checked, stored and in force like changes through the engine; changes made elsewhere reach it with
// LoadPolicy. It decides coarsely, walks every rule for it, and cuts chains of more than ten roles: ask the engine for decisions.
func (e *Engine) Casbin(ctx context.Context) (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(Conf)
	if err != nil {
		return nil, err
	}
	enforcer, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, err
	}
	enforcer.AddNamedDomainMatchingFunc("g", "keyMatch", util.KeyMatch)
	enforcer.SetAdapter(&adapter{engine: e, base: context.WithoutCancel(ctx)})
	if err := enforcer.LoadPolicy(); err != nil {
		return nil, err
	}
	return enforcer, nil
}

// adapter is the tables as Casbin sees them. Its methods without a context use the one that the enforcer was made with.
type adapter struct {
	engine *Engine
	base   context.Context
	// filtered says that the last load was partial, and must not be saved over the whole.
	filtered bool
}

var (
	_ persist.Adapter                 = (*adapter)(nil)
	_ persist.BatchAdapter            = (*adapter)(nil)
	_ persist.UpdatableAdapter        = (*adapter)(nil)
	_ persist.FilteredAdapter         = (*adapter)(nil)
	_ persist.ContextAdapter          = (*adapter)(nil)
	_ persist.ContextBatchAdapter     = (*adapter)(nil)
	_ persist.ContextUpdatableAdapter = (*adapter)(nil)
	_ persist.ContextFilteredAdapter  = (*adapter)(nil)
)

// LoadPolicy loads everything.
func (a *adapter) LoadPolicy(m model.Model) error { return a.LoadPolicyCtx(a.base, m) }

// LoadPolicyCtx loads everything.
func (a *adapter) LoadPolicyCtx(ctx context.Context, m model.Model) error {
	a.filtered = false
	return a.load(ctx, m, nil)
}

// LoadFilteredPolicy loads the lines that begin with the values of a map[string][]string, by policy type; an empty value stands for any.
func (a *adapter) LoadFilteredPolicy(m model.Model, filter any) error {
	return a.LoadFilteredPolicyCtx(a.base, m, filter)
}

// LoadFilteredPolicyCtx is LoadFilteredPolicy.
func (a *adapter) LoadFilteredPolicyCtx(ctx context.Context, m model.Model, filter any) error {
	wanted, ok := filter.(map[string][]string)
	if !ok {
		return fmt.Errorf("rbac: want a map[string][]string as filter, not %T", filter)
	}
	a.filtered = true
	return a.load(ctx, m, wanted)
}

// IsFiltered reports whether the last load was partial.
func (a *adapter) IsFiltered() bool { return a.filtered }

// IsFilteredCtx reports whether the last load was partial.
func (a *adapter) IsFilteredCtx(context.Context) bool { return a.filtered }

func (a *adapter) load(ctx context.Context, m model.Model, wanted map[string][]string) error {
	rules, err := a.engine.Rules(ctx)
	if err != nil {
		return err
	}
	grants, err := a.engine.Grants(ctx, "")
	if err != nil {
		return err
	}
	bad := a.engine.current.Load().quarantined
	for _, r := range rules {
		if _, broken := bad[r.ID]; r.Disabled || broken && r.Eft == Allow {
			continue
		}
		if err := loadLine(m, "p", r.line(), wanted["p"]); err != nil {
			return err
		}
	}
	now := a.engine.cfg.Clock.Now()
	for _, g := range grants {
		if !g.ExpiresAt.IsZero() && !now.Before(g.ExpiresAt) {
			continue
		}
		if err := loadLine(m, "g", g.line(), wanted["g"]); err != nil {
			return err
		}
	}
	return nil
}

func loadLine(m model.Model, ptype string, line, wanted []string) error {
	if !begins(line, wanted) {
		return nil
	}
	return persist.LoadPolicyArray(append([]string{ptype}, line...), m)
}

// SavePolicy makes the stored policy the model's.
func (a *adapter) SavePolicy(m model.Model) error { return a.SavePolicyCtx(a.base, m) }

// SavePolicyCtx makes the stored policy the model's: rules that are in both stay as they are.
func (a *adapter) SavePolicyCtx(ctx context.Context, m model.Model) error {
	if a.filtered {
		return errors.New("rbac: a policy that was loaded in part cannot be saved over the whole")
	}
	want := linesOf(m, "p")
	want = append(want, linesOf(m, "g")...)
	return a.edit(ctx, func(ctx context.Context, c *changing) error {
		stored, err := c.lines(ctx)
		if err != nil {
			return err
		}
		for _, have := range stored {
			if !slices.ContainsFunc(want, func(w entryLine) bool { return w.same(have) }) {
				if err := a.remove(ctx, c, have.ptype, have.line); err != nil {
					return err
				}
			}
		}
		for _, w := range want {
			if !a.inCode(w.ptype, w.line) && !slices.ContainsFunc(stored, w.same) {
				if err := a.add(ctx, c, w.ptype, w.line); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func linesOf(m model.Model, ptype string) []entryLine {
	assertion, ok := m[ptype][ptype]
	if !ok {
		return nil
	}
	lines := make([]entryLine, len(assertion.Policy))
	for i, line := range assertion.Policy {
		lines[i] = entryLine{ptype, line}
	}
	return lines
}

// AddPolicy stores a line.
func (a *adapter) AddPolicy(sec, ptype string, rule []string) error {
	return a.AddPolicyCtx(a.base, sec, ptype, rule)
}

// AddPolicyCtx stores a line.
func (a *adapter) AddPolicyCtx(ctx context.Context, sec, ptype string, rule []string) error {
	return a.AddPoliciesCtx(ctx, sec, ptype, [][]string{rule})
}

// AddPolicies stores all lines, or none.
func (a *adapter) AddPolicies(sec, ptype string, rules [][]string) error {
	return a.AddPoliciesCtx(a.base, sec, ptype, rules)
}

// AddPoliciesCtx stores all lines, or none.
func (a *adapter) AddPoliciesCtx(ctx context.Context, _, ptype string, rules [][]string) error {
	return a.edit(ctx, func(ctx context.Context, c *changing) error {
		for _, line := range rules {
			if err := a.add(ctx, c, ptype, line); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemovePolicy deletes a line.
func (a *adapter) RemovePolicy(sec, ptype string, rule []string) error {
	return a.RemovePolicyCtx(a.base, sec, ptype, rule)
}

// RemovePolicyCtx deletes a line.
func (a *adapter) RemovePolicyCtx(ctx context.Context, sec, ptype string, rule []string) error {
	return a.RemovePoliciesCtx(ctx, sec, ptype, [][]string{rule})
}

// RemovePolicies deletes all lines, or none.
func (a *adapter) RemovePolicies(sec, ptype string, rules [][]string) error {
	return a.RemovePoliciesCtx(a.base, sec, ptype, rules)
}

// RemovePoliciesCtx deletes all lines, or none.
func (a *adapter) RemovePoliciesCtx(ctx context.Context, _, ptype string, rules [][]string) error {
	return a.edit(ctx, func(ctx context.Context, c *changing) error {
		for _, line := range rules {
			if err := a.remove(ctx, c, ptype, line); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveFilteredPolicy deletes the lines that have the values from a column on; an empty value stands for any.
func (a *adapter) RemoveFilteredPolicy(sec, ptype string, fieldIndex int, fieldValues ...string) error {
	return a.RemoveFilteredPolicyCtx(a.base, sec, ptype, fieldIndex, fieldValues...)
}

// RemoveFilteredPolicyCtx is RemoveFilteredPolicy.
func (a *adapter) RemoveFilteredPolicyCtx(ctx context.Context, _, ptype string, fieldIndex int, fieldValues ...string) error {
	return a.edit(ctx, func(ctx context.Context, c *changing) error {
		_, err := a.removeFiltered(ctx, c, ptype, fieldIndex, fieldValues)
		return err
	})
}

// UpdatePolicy replaces a line.
func (a *adapter) UpdatePolicy(sec, ptype string, oldRule, newRule []string) error {
	return a.UpdatePolicyCtx(a.base, sec, ptype, oldRule, newRule)
}

// UpdatePolicyCtx replaces a line.
func (a *adapter) UpdatePolicyCtx(ctx context.Context, sec, ptype string, oldRule, newRule []string) error {
	return a.UpdatePoliciesCtx(ctx, sec, ptype, [][]string{oldRule}, [][]string{newRule})
}

// UpdatePolicies replaces all lines, or none.
func (a *adapter) UpdatePolicies(sec, ptype string, oldRules, newRules [][]string) error {
	return a.UpdatePoliciesCtx(a.base, sec, ptype, oldRules, newRules)
}

// UpdatePoliciesCtx replaces all lines, or none.
func (a *adapter) UpdatePoliciesCtx(ctx context.Context, _, ptype string, oldRules, newRules [][]string) error {
	if len(oldRules) != len(newRules) {
		return wrong("line", "there are not as many new rules as old ones")
	}
	return a.edit(ctx, func(ctx context.Context, c *changing) error {
		for i := range oldRules {
			if err := a.remove(ctx, c, ptype, oldRules[i]); err != nil {
				return err
			}
			if err := a.add(ctx, c, ptype, newRules[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// UpdateFilteredPolicies replaces the lines that have the values by others, and returns those that went.
func (a *adapter) UpdateFilteredPolicies(
	sec, ptype string, newRules [][]string, fieldIndex int, fieldValues ...string,
) ([][]string, error) {
	return a.UpdateFilteredPoliciesCtx(a.base, sec, ptype, newRules, fieldIndex, fieldValues...)
}

// UpdateFilteredPoliciesCtx is UpdateFilteredPolicies.
func (a *adapter) UpdateFilteredPoliciesCtx(
	ctx context.Context, _, ptype string, newRules [][]string, fieldIndex int, fieldValues ...string,
) (removed [][]string, err error) {
	err = a.edit(ctx, func(ctx context.Context, c *changing) error {
		if removed, err = a.removeFiltered(ctx, c, ptype, fieldIndex, fieldValues); err != nil {
			return err
		}
		for _, line := range newRules {
			if err := a.add(ctx, c, ptype, line); err != nil {
				return err
			}
		}
		return nil
	})
	return removed, err
}

// edit runs a change. One that changes nothing is no mistake for Casbin.
func (a *adapter) edit(ctx context.Context, fn func(ctx context.Context, c *changing) error) error {
	nothing := false
	err := a.engine.change(ctx, func(ctx context.Context, c *changing) error {
		err := fn(ctx, c)
		nothing = err == nil && len(c.log) == 0
		return err
	})
	if nothing && errors.Is(err, db.ErrNotFound) {
		return nil
	}
	return err
}

// inCode reports whether the line is one of the configuration's.
func (a *adapter) inCode(ptype string, line []string) bool {
	if ptype == "g" {
		return slices.ContainsFunc(a.engine.grants, func(g Grant) bool { return slices.Equal(g.line(), line) })
	}
	return slices.ContainsFunc(a.engine.rules, func(r Rule) bool { return slices.Equal(r.line(), line) })
}

func (a *adapter) add(ctx context.Context, c *changing, ptype string, line []string) error {
	if ptype == "g" {
		g, err := grantOf(line)
		if err == nil {
			g, err = g.normal()
		}
		if err != nil {
			return err
		}
		_, err = c.putGrant(ctx, g, a.engine.grants)
		return err
	}
	r, err := ruleOf(line)
	if err == nil {
		r, err = a.engine.checked(r)
	}
	if err != nil {
		return err
	}
	_, err = c.insertRule(ctx, r)
	return err
}

func (a *adapter) remove(ctx context.Context, c *changing, ptype string, line []string) error {
	if a.inCode(ptype, line) {
		return ErrInCode
	}
	if ptype == "g" {
		g, err := grantOf(line)
		if err != nil {
			return err
		}
		return c.deleteGrant(ctx, g)
	}
	r, err := ruleOf(line)
	if err != nil {
		return err
	}
	row := &ruleRow{}
	row.set(r)
	found, err := findRule(ctx, c.tx, row)
	if err != nil {
		return err
	}
	return c.deleteRule(ctx, found.ID)
}

// removeFiltered deletes the stored lines that have the values from a column on. Lines of the configuration stay.
func (a *adapter) removeFiltered(
	ctx context.Context, c *changing, ptype string, fieldIndex int, values []string,
) (removed [][]string, err error) {
	stored, err := c.lines(ctx)
	if err != nil {
		return nil, err
	}
	if fieldIndex < 0 {
		return nil, wrong("line", "there is no column before the first")
	}
	for _, have := range stored {
		if have.ptype != ptype || fieldIndex > len(have.line) || !begins(have.line[fieldIndex:], values) {
			continue
		}
		if err := a.remove(ctx, c, ptype, have.line); err != nil {
			return nil, err
		}
		removed = append(removed, have.line)
	}
	return removed, nil
}
