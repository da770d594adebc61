package rbac

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strconv"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Quarantined is a stored rule that could not be understood, because somebody changed the table by hand or the program's models no
// longer have its columns. It allows nothing; one that denies, denies all that its subject may do with its object and action.
type Quarantined struct {
	Rule Rule
	// Reason is why, an [*Error] for each resource the rule does not fit.
	Reason error
}

// Describe tells what rules may be about, and makes every rule ready for it. api's Mount calls it. A mistake in a rule of [Config] is an
// error; stored rules with mistakes are quarantined. Calling it again adds resources, for programs with several APIs; rules of the
// configuration that name resources of another API then need Config.Resources for those.
func (e *Engine) Describe(resources []policy.Resource) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := maps.Clone(e.current.Load().resources)
	if known == nil {
		known = map[string]*policy.Resource{}
	}
	for _, list := range [...][]policy.Resource{e.cfg.Resources, resources} {
		for i := range list {
			known[list[i].Name] = &list[i]
		}
	}
	d := newDraft(known)
	var mistakes []error
	for i, r := range e.rules {
		if err := e.enter(d, r); err != nil {
			mistakes = append(mistakes, placed(err, "Rules["+strconv.Itoa(i)+"]"))
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return err
	}
	return e.fill(context.Background(), d)
}

// enter makes a rule ready and adds it. A mistake is returned, and the rule added in its broken form.
func (e *Engine) enter(d *draft, r Rule) error {
	if r.Disabled {
		return nil
	}
	ready, err := e.compiler.prepare(r, d.resources)
	d.add(ready)
	return err
}

// prepare makes a rule ready for every resource it is about. Where it does not fit it is broken.
func (c compiler) prepare(r Rule, resources map[string]*policy.Resource) (*entry, error) {
	e := &entry{rule: r}
	if r.Obj != "*" {
		res := resources[r.Obj]
		if res == nil {
			e.one = broken(r)
			return e, wrong("obj", unknown("resource", r.Obj, "", slices.Collect(maps.Keys(resources))))
		}
		one, err := c.compile(r, res)
		if err != nil {
			one = broken(r)
		}
		e.one = one
		return e, err
	}
	e.each = make(map[string]*compiled)
	var mistakes []error
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		res := resources[name]
		if isAdmin(name) || r.Act != "*" && !slices.Contains(res.Actions, r.Act) {
			continue
		}
		one, err := c.compile(r, res)
		if err != nil {
			one = broken(r)
			mistakes = append(mistakes, err)
		}
		e.each[name] = one
	}
	if len(e.each) == 0 && len(resources) > 0 {
		mistakes = append(mistakes, wrong("act", `no resource has an action "`+string(r.Act)+`"`))
	}
	return e, errors.Join(mistakes...)
}

// isAdmin recognises the objects that a star does not mean.
func isAdmin(obj string) bool { return len(obj) > 3 && obj[:3] == "gw." }

// quarantine sets a stored rule aside and says so.
func (e *Engine) quarantine(ctx context.Context, d *draft, r Rule, reason error) {
	d.quarantined[r.ID] = Quarantined{Rule: r, Reason: reason}
	e.cfg.Logger.ErrorContext(ctx, "rbac: a stored rule cannot be understood; it grants nothing",
		slog.Int64("rule", r.ID), slog.Any("error", reason))
}

// Quarantined lists the stored rules that could not be understood, by their ids.
func (e *Engine) Quarantined() []Quarantined {
	set := e.current.Load().quarantined
	list := make([]Quarantined, 0, len(set))
	for _, id := range slices.Sorted(maps.Keys(set)) {
		list = append(list, set[id])
	}
	return list
}
