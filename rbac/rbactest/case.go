package rbactest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Case is one question and the answer it must get.
type Case struct {
	// Name is the name of the subtest; default: the question.
	Name string
	// As is who asks; the zero Identity is a stranger. [User] makes a signed-in one.
	As auth.Identity
	// Tenant is the tenant asked for; default the identity's own, else "main".
	Tenant string
	// Do is the action, On the resource.
	Do policy.Action
	On string
	// Using are the columns that the request filters or sorts by; for insert and update also those of New.
	Using []string
	// Row is the row as it is, for select, update and delete. nil: only whether the action is allowed on any row at all.
	Row Row
	// New are the values that an insert or update sends.
	New Row
	// Want is whether it is allowed.
	Want bool
	// Sees are the columns of Row that a select shows, in any order; nil: whichever.
	Sees []string
}

// User is the identity of a signed-in user.
func User(id uuid.UUID) auth.Identity {
	return auth.Identity{ID: id, Role: auth.RoleAuthenticated, Claims: map[string]any{}}
}

// Run checks every case in a subtest of its own.
func Run(t *testing.T, authorizer policy.Authorizer, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(cmp.Or(c.Name, c.question()), func(t *testing.T) {
			t.Helper()
			if err := Check(t.Context(), authorizer, c); err != nil {
				t.Error(err)
			}
		})
	}
}

// Check returns an error that says what differs from the case, or why it cannot be decided.
func Check(ctx context.Context, authorizer policy.Authorizer, c Case) error {
	a := asking{ctx: ctx, authorizer: authorizer, Case: c}
	allowed, reason, err := a.allowed()
	switch {
	case errors.Is(err, filter.ErrUndecided):
		return fmt.Errorf("rbactest: %s: a condition looks at more than the row; test it with a database", c.question())
	case err != nil:
		return fmt.Errorf("rbactest: %s: %w", c.question(), err)
	case allowed && !c.Want:
		return fmt.Errorf("rbactest: %s: allowed, want denied", c.question())
	case !allowed && c.Want:
		return fmt.Errorf("rbactest: %s: denied, want allowed: %s", c.question(), reason)
	case c.Sees == nil || !allowed:
		return nil
	}
	return a.seen()
}

func (c Case) question() string {
	text := fmt.Sprintf("%s %ss %s", c.As.Subject(), c.Do, c.On)
	if c.Row != nil {
		text += " " + c.Row.String()
	}
	if c.New != nil {
		text += " with " + c.New.String()
	}
	return text
}

// asking is a case on its way.
type asking struct {
	Case

	ctx        context.Context
	authorizer policy.Authorizer
	selected   policy.Plan
}

func (a *asking) plan(action policy.Action, columns []string) (policy.Plan, error) {
	return a.authorizer.Plan(a.ctx, policy.Request{
		Who: a.As, Tenant: cmp.Or(a.Tenant, a.As.Tenant, "main"), Resource: a.On, Action: action, Columns: columns,
	})
}

// allowed decides as the doors of an API do; the reason is set when it is denied.
func (a *asking) allowed() (ok bool, reason string, err error) {
	columns := a.Using
	if a.Do == policy.Insert || a.Do == policy.Update {
		columns = append(slices.Sorted(maps.Keys(a.New)), columns...)
	}
	plan, err := a.plan(a.Do, columns)
	if err != nil {
		return false, "", err
	}
	if plan.Kind == policy.Denied {
		return false, strings.TrimSpace("no rule allows it " + plan.Column), nil
	}
	a.selected = plan
	if a.Do == policy.Update || a.Do == policy.Delete {
		if a.selected, err = a.plan(policy.Select, nil); err != nil || a.selected.Kind == policy.Denied {
			return false, "the caller may not see any row", err
		}
	}
	if a.Row != nil {
		for _, expr := range []filter.Expr{a.selected.Where, plan.Where} {
			if ok, err := a.Row.matches(expr); !ok || err != nil {
				return false, "no rule allows this row", err
			}
		}
	}
	if a.New == nil {
		return true, "", nil
	}
	return a.newRow(plan)
}

// newRow decides about the row as it will be.
func (a *asking) newRow(plan policy.Plan) (ok bool, reason string, err error) {
	row := Row{}
	maps.Copy(row, a.Row)
	maps.Copy(row, a.New)
	for column, forced := range plan.Preset {
		if sent, ok := a.New[column]; ok && text(sent) != text(forced) {
			return false, column + " is forced to " + text(forced), nil
		}
		row[column] = forced
	}
	ok, err = row.matches(plan.Check)
	return ok, "no rule allows the new row", err
}

// seen compares the columns that are shown.
func (a *asking) seen() error {
	var shown []string
	for _, column := range slices.Sorted(maps.Keys(a.Row)) {
		if !a.selected.Readable.Has(column) {
			continue
		}
		visible, err := a.Row.matches(a.selected.Mask[column])
		if err != nil {
			return fmt.Errorf("rbactest: %s: column %s: %w", a.question(), column, err)
		}
		if visible {
			shown = append(shown, column)
		}
	}
	if want := slices.Sorted(slices.Values(a.Sees)); !slices.Equal(want, shown) {
		return fmt.Errorf("rbactest: %s: sees %v, want %v", a.question(), shown, want)
	}
	return nil
}
