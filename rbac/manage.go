package rbac

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
)

// AddRule stores a rule and returns it with its number. It is in force when AddRule returns. A rule that is wrong is an [*Error] and
// nothing is stored; one that exists already is a db.ErrConflict. Resources must be described before.
func (e *Engine) AddRule(ctx context.Context, r Rule) (Rule, error) {
	checked, err := e.checked(r)
	if err != nil {
		return r, err
	}
	err = e.change(ctx, func(ctx context.Context, c *changing) error {
		checked.ID, err = c.insertRule(ctx, checked)
		return err
	})
	return checked, err
}

// UpdateRule replaces the stored rule with r's number by r. The errors are those of [Engine.AddRule], and db.ErrNotFound.
func (e *Engine) UpdateRule(ctx context.Context, r Rule) (Rule, error) {
	if r.ID < 0 {
		return r, ErrInCode
	}
	checked, err := e.checked(r)
	if err != nil {
		return r, err
	}
	return checked, e.change(ctx, func(ctx context.Context, c *changing) error { return c.updateRule(ctx, checked) })
}

// RemoveRule deletes the stored rule with that number: db.ErrNotFound when there is none, [ErrInCode] for the rules of [Config].
func (e *Engine) RemoveRule(ctx context.Context, id int64) error {
	if id < 0 {
		return ErrInCode
	}
	return e.change(ctx, func(ctx context.Context, c *changing) error { return c.deleteRule(ctx, id) })
}

// Rules lists the rules of the configuration, and the stored ones as the database has them now.
func (e *Engine) Rules(ctx context.Context) ([]Rule, error) {
	list := append([]Rule(nil), e.rules...)
	if e.database == nil {
		return list, nil
	}
	stored, err := e.store.rules(ctx)
	for i := range stored {
		list = append(list, stored[i].rule())
	}
	return list, err
}

// Grant stores a grant and returns it with its number. It is in force when Grant returns. Granting again what is granted sets the
// end of the grant. A grant that would let roles have each other in a circle is an [*Error].
func (e *Engine) Grant(ctx context.Context, g Grant) (Grant, error) {
	checked, err := g.normal()
	if err != nil {
		return g, err
	}
	err = e.change(ctx, func(ctx context.Context, c *changing) error {
		checked.ID, err = c.putGrant(ctx, checked, e.grants)
		return err
	})
	return checked, err
}

// Revoke ends a stored grant, found by its Sub, Role and Dom. From the moment Revoke returns it does not count any more here.
// db.ErrNotFound: there is none, or it is one of [Config].
func (e *Engine) Revoke(ctx context.Context, g Grant) error {
	checked, err := g.normal()
	if err != nil {
		return err
	}
	return e.change(ctx, func(ctx context.Context, c *changing) error { return c.deleteGrant(ctx, checked) })
}

// Grants lists the grants of a subject: those of the configuration, and the stored ones as the database has them now. An empty subject
// means everybody's.
func (e *Engine) Grants(ctx context.Context, sub Subject) ([]Grant, error) {
	var list []Grant
	for _, g := range e.grants {
		if sub == "" || g.Sub == sub {
			list = append(list, g)
		}
	}
	if e.database == nil {
		return list, nil
	}
	var rows []grantRow
	query := e.database.NewSelect().Model(&rows).Order("id")
	if sub != "" {
		query = query.Where("sub = ?", string(sub))
	}
	err := query.Scan(ctx)
	for i := range rows {
		list = append(list, rows[i].grant())
	}
	return list, db.Classify(e.database, err)
}

// checked is the rule with its defaults, tried against what it is about.
func (e *Engine) checked(r Rule) (Rule, error) {
	r, err := r.normal()
	if err != nil {
		return r, err
	}
	if e.database == nil {
		return r, ErrNoDatabase
	}
	resources := e.current.Load().resources
	if resources == nil {
		return r, ErrNotReady
	}
	_, err = e.compiler.prepare(r, resources)
	return r, err
}

func (c *changing) insertRule(ctx context.Context, r Rule) (int64, error) {
	row := &ruleRow{CreatedBy: c.actor, CreatedAt: c.now, UpdatedAt: c.now}
	row.set(r)
	if _, err := c.tx.NewInsert().Model(row).Returning("id").Exec(ctx); err != nil {
		return 0, err
	}
	return row.ID, c.note("add", rulesTable, nil, row)
}

func (c *changing) updateRule(ctx context.Context, r Rule) error {
	before, err := find[ruleRow](ctx, c.tx, "id = ?", r.ID)
	if err != nil {
		return err
	}
	after := *before
	after.set(r)
	after.UpdatedAt = c.now
	if _, err := c.tx.NewUpdate().Model(&after).WherePK().Exec(ctx); err != nil {
		return err
	}
	return c.note("update", rulesTable, before, &after)
}

func (c *changing) deleteRule(ctx context.Context, id int64) error {
	before, err := find[ruleRow](ctx, c.tx, "id = ?", id)
	if err != nil {
		return err
	}
	if _, err := c.tx.NewDelete().Model(before).WherePK().Exec(ctx); err != nil {
		return err
	}
	return c.note("remove", rulesTable, before, nil)
}

func (c *changing) putGrant(ctx context.Context, g Grant, fixed []Grant) (int64, error) {
	var edges []grantRow
	if err := c.tx.NewSelect().Model(&edges).Where("sub LIKE 'role:%'").Scan(ctx); err != nil {
		return 0, err
	}
	all := append([]Grant(nil), fixed...)
	for i := range edges {
		all = append(all, edges[i].grant())
	}
	if reaches(all, g) {
		return 0, wrong("role", string(g.Role)+" has the role "+string(g.Sub)+" already: a circle")
	}
	row := &grantRow{Sub: string(g.Sub), Role: string(g.Role), Dom: g.Dom, GrantedBy: c.actor, CreatedAt: c.now}
	if !g.ExpiresAt.IsZero() {
		row.ExpiresAt = new(g.ExpiresAt.UTC())
	}
	before, err := find[grantRow](ctx, c.tx, "sub = ? AND role = ? AND dom = ?", row.Sub, row.Role, row.Dom)
	switch {
	case errors.Is(err, db.ErrNotFound):
		if _, err := c.tx.NewInsert().Model(row).Returning("id").Exec(ctx); err != nil {
			return 0, err
		}
		return row.ID, c.note("add", grantsTable, nil, row)
	case err != nil:
		return 0, err
	}
	row.ID, row.CreatedAt = before.ID, before.CreatedAt
	if _, err := c.tx.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return 0, err
	}
	return row.ID, c.note("update", grantsTable, before, row)
}

func (c *changing) deleteGrant(ctx context.Context, g Grant) error {
	before, err := find[grantRow](ctx, c.tx, "sub = ? AND role = ? AND dom = ?", string(g.Sub), string(g.Role), g.Dom)
	if err != nil {
		return err
	}
	if _, err := c.tx.NewDelete().Model(before).WherePK().Exec(ctx); err != nil {
		return err
	}
	return c.note("remove", grantsTable, before, nil)
}

// find reads one row, or fails with db.ErrNotFound.
func find[T any](ctx context.Context, tx bun.Tx, where string, args ...any) (*T, error) {
	row := new(T)
	err := tx.NewSelect().Model(row).Where(where, args...).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, db.ErrNotFound
	}
	return row, err
}

// reaches reports whether the grant would close a circle: whether its role has its subject already, in a tenant in which the grant
// counts.
func reaches(grants []Grant, g Grant) bool {
	type standing struct {
		role Subject
		dom  string
	}
	bySub := map[Subject][]Grant{}
	for _, other := range grants {
		bySub[other.Sub] = append(bySub[other.Sub], other)
	}
	seen := map[standing]bool{}
	next := []standing{{g.Role, g.Dom}}
	for len(next) > 0 {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		if at.role == g.Sub {
			return true
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		for _, other := range bySub[at.role] {
			switch {
			case other.Dom == at.dom || other.Dom == "*":
				next = append(next, standing{other.Role, at.dom})
			case at.dom == "*":
				next = append(next, standing{other.Role, other.Dom})
			}
		}
	}
	return false
}
