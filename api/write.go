package api

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// writing is one write: a resource, what to do, and where the representation goes.
type writing struct {
	res   *resource
	kind  plan.WriteKind
	query *query.Query
	rows  *wire.Rows
	// where is the key of an item; key the same in text form.
	where filter.Expr
	key   []string
	// representation wants the written rows; single says that exactly one is wanted (the object media type).
	representation, single bool
}

// action is the action that hooks and policies call the write.
func (in *writing) action() policy.Action {
	switch in.kind {
	case plan.Update:
		return policy.Update
	case plan.Delete:
		return policy.Delete
	}
	return policy.Insert
}

// merges reports whether the write may change existing rows although it inserts.
func (in *writing) merges() bool {
	return in.kind == plan.Put || in.kind == plan.Upsert && in.query.Prefer.Resolution == query.MergeDuplicates
}

// write is the one way to change rows: every door that writes comes through here, so policies, validation, hooks and change records
// are in one place. Representation rows go to row; they are only valid when write returns nil.
func (a *API) write(ctx context.Context, by *caller, in *writing, row rowFunc) (plan.Outcome, error) {
	statement, err := a.planWrite(ctx, by, in)
	if err != nil {
		return plan.Outcome{}, err
	}
	if in.representation {
		statement.Row = row
	}
	if typed, ok := in.res.codec.(*structCodec); ok && in.rows != nil {
		if err := typed.fits(in.rows); err != nil {
			return plan.Outcome{}, err
		}
	}
	if in.res.source != nil {
		return a.writeSource(ctx, in, statement)
	}
	if in.rows != nil && in.rows.Len == 0 {
		return plan.Outcome{}, nil
	}
	sent := in.columns()
	if !a.needsTx(in, statement) {
		outcome, err := a.runWrite(ctx, by, in, statement)
		return outcome, a.discreet(err, in.res, sent)
	}
	var outcome plan.Outcome
	err = db.InTx(ctx, a.database, func(ctx context.Context, _ bun.Tx) error {
		outcome, err = a.runWrite(ctx, by, in, statement)
		return err
	})
	return outcome, a.discreet(err, in.res, sent)
}

// discreet takes the details out of an error about a violated key unless the caller sent every value that they show: a key may hold
// columns that are preset, hidden or of another's row.
func (a *API) discreet(err error, res *resource, sent []string) error {
	var violated *db.Error
	if !errors.As(err, &violated) || violated.Detail == "" || !errors.Is(violated, db.ErrConflict) {
		return err
	}
	columns, _, _ := strings.Cut(strings.TrimPrefix(violated.Detail, "Key ("), ")")
	for name := range strings.SplitSeq(columns, ", ") {
		known := slices.ContainsFunc(res.table.Columns, func(c schema.Column) bool {
			return c.SQLName == strings.Trim(name, `"`) && slices.Contains(sent, c.Name)
		})
		if !known {
			quiet := *violated
			quiet.Detail = ""
			return &quiet
		}
	}
	return err
}

// needsTx reports whether something after the statement may have to undo it.
func (a *API) needsTx(in *writing, statement *plan.Write) bool {
	if in.res.before != nil || in.res.after != nil || in.res.afterRead != nil && in.representation {
		return true
	}
	atMostOne := in.key != nil || in.rows != nil && in.rows.Len == 1 && in.kind != plan.Update
	return in.single && !atMostOne || a.compiler.NeedsTx(statement)
}

// planWrite authorizes a write and prepares it.
func (a *API) planWrite(ctx context.Context, by *caller, in *writing) (*plan.Write, error) {
	root := in.query.Root
	if (in.kind == plan.Update || in.kind == plan.Delete) && in.where == nil && !in.res.allowUnfiltered {
		if probe := (&plan.Write{Query: in.query}); !probe.HasFilter() {
			return nil, fault.NoWhere(map[plan.WriteKind]string{plan.Update: "UPDATE", plan.Delete: "DELETE"}[in.kind])
		}
	}
	statement := &plan.Write{
		Kind: in.kind, Query: in.query, Rows: in.rows, Extra: in.where, MaxAffected: strictMaxAffected(in.query),
	}
	columns := in.columns()
	if err := a.authorizeWrite(ctx, by, in, statement, columns); err != nil {
		return nil, err
	}
	existing := in.kind == plan.Update || in.kind == plan.Delete || in.merges()
	target := in.conflictTarget()
	if in.representation || existing || len(target) > 0 {
		if in.key != nil {
			root.Used = appendKey(root.Used, in.res)
		}
		for _, name := range target {
			if !slices.Contains(root.Used, name) {
				root.Used = append(root.Used, name)
			}
		}
		if err := a.authorizeNode(ctx, by, in.res, root); err != nil {
			return nil, err
		}
	}
	if err := a.applyTenant(by, in, statement); err != nil {
		return nil, err
	}
	return statement, nil
}

// authorizeWrite asks for the plan of every action that the write needs.
func (a *API) authorizeWrite(ctx context.Context, by *caller, in *writing, statement *plan.Write, columns []string) (err error) {
	if in.action() == policy.Insert {
		if statement.Insert, err = a.authorize(ctx, by, in.res, policy.Insert, columns); err != nil {
			return err
		}
	}
	if in.kind == plan.Update || in.merges() {
		if statement.Update, err = a.authorize(ctx, by, in.res, policy.Update, in.updated(columns)); err != nil {
			return err
		}
	}
	if in.kind == plan.Delete {
		statement.Delete, err = a.authorize(ctx, by, in.res, policy.Delete, nil)
	}
	return err
}

// columns are the wire names of the payload's columns.
func (in *writing) columns() []string {
	if in.rows == nil {
		return nil
	}
	names := make([]string, len(in.rows.Columns))
	for i, position := range in.rows.Columns {
		names[i] = in.res.table.Columns[position].Name
	}
	return names
}

// updated are the payload columns that an update of an existing row would set: all but the conflict target, whose value stays.
func (in *writing) updated(columns []string) []string {
	if in.kind == plan.Update {
		return columns
	}
	target := in.query.OnConflict
	if len(target) == 0 || in.kind == plan.Put {
		target = appendKey(nil, in.res)
	}
	return slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return slices.Contains(target, name) })
}

// conflictTarget are the columns by which an upsert looks for existing rows: whether it finds one tells their values. A request that
// skips duplicates by the primary key learns no more than an insert would tell it.
func (in *writing) conflictTarget() []string {
	if in.kind != plan.Upsert {
		return nil
	}
	if len(in.query.OnConflict) == 0 && in.merges() {
		return appendKey(nil, in.res)
	}
	return in.query.OnConflict
}

// appendKey adds the names of the primary key's columns that are not in names yet.
func appendKey(names []string, res *resource) []string {
	for _, position := range res.table.PrimaryKey {
		if name := res.table.Columns[position].Name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// applyTenant sets the tenant of new rows and refuses to move rows to another.
func (a *API) applyTenant(by *caller, in *writing, statement *plan.Write) error {
	tenant := in.res.tenant
	if tenant == nil || by.everyTenant() || in.rows == nil {
		return nil
	}
	if at := slices.Index(in.rows.Columns, tenant.Index); at >= 0 {
		for i := range in.rows.Len {
			if cell := in.rows.Row(i)[at]; cell.State != wire.Missing && (cell.State != wire.Set || cell.Text != by.tenant) {
				return denied(in.res.name, tenant.Name)
			}
		}
	}
	if in.action() == policy.Insert {
		statement.Set = map[int]wire.Cell{tenant.Index: {State: wire.Set, Text: by.tenant}}
	}
	return nil
}

// strictMaxAffected is the max-affected preference where it counts.
func strictMaxAffected(q *query.Query) *int64 {
	if q.Prefer.Strict {
		return q.Prefer.MaxAffected
	}
	return nil
}

// runWrite validates, calls the hooks around the statement, and makes the change records.
func (a *API) runWrite(ctx context.Context, by *caller, in *writing, statement *plan.Write) (plan.Outcome, error) {
	w := &write{action: in.action(), columns: in.columns()}
	if in.res.typedWrite() {
		if err := a.beforeWrite(ctx, in, statement, w); err != nil {
			return plan.Outcome{}, err
		}
	}
	var changes []Change
	var stored []any
	if len(a.listeners) > 0 || in.res.after != nil {
		statement.Image = func(action policy.Action, values []db.Value) error {
			if len(a.listeners) > 0 {
				changes = append(changes, Change{
					Resource: in.res.name, Table: in.res.table, Action: action,
					Row: newRecord(in.res.table, values), Who: by.who, At: a.cfg.Now(),
				})
			}
			if in.res.after == nil {
				return nil
			}
			row, err := decodeValues(in.res.codec, allColumns(in.res.table), values)
			stored = append(stored, row)
			return err
		}
	}
	outcome, err := a.lookedAt(ctx, in, statement)
	if err != nil {
		a.publishCut(ctx, by, in, err)
		return outcome, err
	}
	if in.single && outcome.Affected != 1 {
		return outcome, fault.NotSingle(outcome.Affected) // in the transaction, which it undoes
	}
	if in.res.after != nil {
		w.rows = stored
		if err := in.res.after(ctx, w); err != nil {
			return outcome, err
		}
	}
	a.publish(ctx, changes)
	return outcome, nil
}

// beforeWrite makes structs of the payload, validates them, lets the hook change them, and takes the changes over.
func (a *API) beforeWrite(ctx context.Context, in *writing, statement *plan.Write, w *write) error {
	typed := &typedRows{codec: in.res.codec}
	if in.rows != nil {
		forced := forcedCells(in, statement)
		if err := typed.load(in.rows, forced); err != nil {
			return err
		}
		w.rows = typed.rows
	}
	if in.res.before != nil {
		if in.kind == plan.Update || in.kind == plan.Delete {
			w.existing = func(ctx context.Context) ([]any, error) { return a.existing(ctx, in, statement) }
		}
		if err := in.res.before(ctx, w); err != nil {
			return err
		}
		w.existing = nil
		if in.rows != nil {
			var err error
			if statement.Rows, statement.Own, err = typed.changed(in.rows, w.set); err != nil {
				return err
			}
			in.rows = statement.Rows
		}
	}
	if in.res.validate == nil || in.rows == nil {
		return nil
	}
	if in.kind == plan.Update {
		return in.res.validate.partial(typed.rows[0], in.columns())
	}
	return in.res.validate.whole(typed.rows)
}
