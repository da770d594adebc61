package rbac

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"github.com/google/uuid"
)

// Reload reads the whole policy again, also when its version is the same: after changes that somebody made in the tables by hand.
func (e *Engine) Reload(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reload(ctx)
}

func (e *Engine) reload(ctx context.Context) error {
	resources := e.current.Load()
	d := newDraft(nil)
	if resources != nil {
		d.resources = resources.resources
	}
	if d.resources != nil {
		for _, r := range e.rules {
			if err := e.enter(d, r); err != nil {
				return err
			}
		}
	}
	return e.fill(ctx, d)
}

// fill adds grants and stored rules to a draft that holds the configuration's rules, and publishes it.
func (e *Engine) fill(ctx context.Context, d *draft) error {
	for _, g := range e.grants {
		d.connect(g)
	}
	if e.database != nil {
		if err := e.load(ctx, d); err != nil {
			return fmt.Errorf("rbac: load the policy: %w", err)
		}
	}
	e.subjects.clear()
	e.publish(d)
	return nil
}

// load reads the tables. The version comes first: what is committed meanwhile is applied once more later, which changes nothing.
func (e *Engine) load(ctx context.Context, d *draft) error {
	var err error
	if d.version, err = e.store.version(ctx); err != nil {
		return err
	}
	grants, err := e.store.roleGrants(ctx)
	if err != nil {
		return err
	}
	for _, g := range grants {
		d.connect(g.grant())
	}
	if d.resources == nil {
		return nil // rules wait for Describe
	}
	stored, err := e.store.rules(ctx)
	if err != nil {
		return err
	}
	for _, r := range stored {
		e.admit(ctx, d, r.rule())
	}
	if len(stored) == 0 && len(e.rules) == 0 {
		e.cfg.Logger.WarnContext(ctx, "rbac: there are no rules: everything is denied to everybody but the service key")
	}
	return nil
}

// admit adds a stored rule, in quarantine when it cannot be understood.
func (e *Engine) admit(ctx context.Context, d *draft, r Rule) {
	if r.Disabled {
		return
	}
	if _, err := r.normal(); err != nil {
		d.add(&entry{rule: r, one: broken(r)})
		e.quarantine(ctx, d, r, err)
		return
	}
	if err := e.enter(d, r); err != nil {
		e.quarantine(ctx, d, r, err)
	}
}

func (e *Engine) publish(d *draft) {
	e.current.Store(d.snapshot)
	e.seen.Store(e.cfg.Clock.Now().UnixNano())
	e.behind.Store(false)
}

// catchUp applies what changed in the database since the version we have.
func (e *Engine) catchUp(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	have := e.current.Load()
	seen, err := e.store.version(ctx)
	if err != nil {
		return fmt.Errorf("rbac: read the policy's version: %w", err)
	}
	if seen == have.version {
		e.seen.Store(e.cfg.Clock.Now().UnixNano())
		e.behind.Store(false)
		return nil
	}
	changes, err := e.store.changes(ctx, have.version, seen)
	if err != nil {
		return fmt.Errorf("rbac: read the policy's changes: %w", err)
	}
	if seen < have.version || len(changes) == 0 || !gapless(changes, have.version, seen) {
		return e.reload(ctx)
	}
	d := have.change()
	d.version = seen
	var users []uuid.UUID
	for i := range changes {
		user, err := e.apply(ctx, d, &changes[i])
		if err != nil {
			e.cfg.Logger.WarnContext(ctx, "rbac: a change cannot be read; the whole policy is loaded", slog.Any("error", err))
			return e.reload(ctx)
		}
		if user != uuid.Nil {
			users = append(users, user)
		}
	}
	e.publish(d)
	for _, user := range users {
		e.subjects.drop(user)
	}
	return nil
}

// gapless reports whether there is a change for each version.
func gapless(changes []changeRow, have, seen int64) bool {
	next := have
	for i := range changes {
		switch changes[i].Version {
		case next:
		case next + 1:
			next++
		default:
			return false
		}
	}
	return next == seen
}

// apply makes one change in a draft. Applying a change twice is the same as applying it once. The user is the one whose grants changed.
func (e *Engine) apply(ctx context.Context, d *draft, c *changeRow) (uuid.UUID, error) {
	if c.Table == grantsTable {
		return applyGrant(d, c)
	}
	before, err := rowOf[ruleRow](c.Before)
	if err != nil {
		return uuid.Nil, err
	}
	after, err := rowOf[ruleRow](c.After)
	if err != nil {
		return uuid.Nil, err
	}
	if before != nil {
		d.remove(before.rule())
	}
	if after != nil && d.resources != nil {
		d.remove(after.rule())
		e.admit(ctx, d, after.rule())
	}
	return uuid.Nil, nil
}

func applyGrant(d *draft, c *changeRow) (uuid.UUID, error) {
	before, err := rowOf[grantRow](c.Before)
	if err != nil {
		return uuid.Nil, err
	}
	after, err := rowOf[grantRow](c.After)
	if err != nil {
		return uuid.Nil, err
	}
	user := uuid.Nil
	for _, row := range [...]*grantRow{before, after} {
		if row == nil {
			continue
		}
		if id, ok := strings.CutPrefix(row.Sub, userPrefix); ok {
			if user, err = uuid.Parse(id); err != nil {
				return user, err
			}
			continue
		}
		d.disconnect(row.grant())
		if row == after {
			d.connect(row.grant())
		}
	}
	return user, nil
}

// rowOf reads the image of a row in the log; nil when there is none.
func rowOf[T any](image *string) (*T, error) {
	if image == nil {
		return nil, nil
	}
	row := new(T)
	return row, json.Unmarshal([]byte(*image), row)
}
