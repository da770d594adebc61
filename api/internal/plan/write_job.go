package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Write runs w on lane. Its rows go to w.Row and w.Image while the statements run; the caller must throw away what it received
// when an error comes back.
//
// A transaction that ctx carries is used, and must then be undone after an error. Without one the write is undone by itself,
// provided that [Compiler.NeedsTx] is false; when it is true, the caller must open a transaction (db.InTx).
func (c *Compiler) Write(ctx context.Context, lane db.Lane, w *Write) (Outcome, error) {
	if err := w.authorize(); err != nil {
		return Outcome{}, err
	}
	j, err := c.job(w)
	if err != nil {
		return Outcome{}, err
	}
	j.lane = lane
	switch w.Kind {
	case Update:
		err = j.update(ctx)
	case Delete:
		err = j.delete(ctx)
	default:
		err = j.insert(ctx)
	}
	if err == nil && w.MaxAffected != nil && j.out.Affected > *w.MaxAffected {
		err = fault.MaxAffected(j.out.Affected)
	}
	if err != nil {
		return Outcome{}, j.failed(err)
	}
	return j.out, nil
}

// NeedsTx reports whether w must run in a transaction of the caller's. When it is false, w is one statement, which undoes itself
// when a check of a plan fails. A caller whose own work belongs to the write (Image with an error, a hook) needs a transaction
// all the same.
func (c *Compiler) NeedsTx(w *Write) bool {
	if w.MaxAffected != nil {
		return true
	}
	if w.Returns() && c.shape(w) == reread {
		return true
	}
	if w.Kind == Update || w.Kind == Delete || w.Rows == nil {
		return false
	}
	if c.cfg.Dialect == dialect.PG {
		return len(w.runs()) > 1
	}
	return w.Rows.Len > 1 || w.merges()
}

// merges reports whether w may change existing rows although it inserts.
func (w *Write) merges() bool {
	if w.Kind == Put {
		return len(w.table().PrimaryKey) > 0
	}
	return w.Kind == Upsert && w.Query.Prefer.Resolution == query.MergeDuplicates && len(ConflictTarget(w.Query)) > 0
}

// job is one Write on its way through the database.
type job struct {
	*Write
	c       *Compiler
	lane    db.Lane
	pg      bool
	table   *schema.Table
	inputs  []input
	updates []input // what a merge sets besides the columns of the body
	target  []int   // the key of an Upsert or Put
	merge   bool
	returns returning
	existed bool // SQLite: the row about to be merged exists
	out     Outcome
}

func (c *Compiler) job(w *Write) (*job, error) {
	j := &job{Write: w, c: c, pg: c.cfg.Dialect == dialect.PG, table: w.table()}
	var err error
	switch w.Kind {
	case Delete:
	case Update:
		j.inputs, err = w.inputs(w.Update.Preset)
	default:
		err = j.resolve()
	}
	j.returns = j.returning()
	return j, err
}

// resolve finds the columns and the key of a write that inserts.
func (j *job) resolve() error {
	var err error
	if j.inputs, err = j.Write.inputs(j.Insert.Preset); err != nil {
		return err
	}
	switch j.Kind {
	case Put:
		j.target = j.table.PrimaryKey
	case Upsert:
		for _, name := range j.Query.OnConflict {
			if j.table.Lookup(name) == nil {
				return fault.UnknownColumn(j.table.Name, name)
			}
		}
		j.target = ConflictTarget(j.Query)
	}
	j.merge = j.merges()
	if j.merge {
		j.updates, err = j.Write.presets(j.Update.Preset)
	}
	return err
}

// ConflictTarget returns the positions of the columns that decide whether a row of an upsert exists: those of on_conflict, else the
// primary key. It is empty when q asks for no resolution or the table has no key; the upsert is then a plain insert.
func ConflictTarget(q *query.Query) []int {
	if q.Prefer.Resolution == query.NoResolution {
		return nil
	}
	if len(q.OnConflict) == 0 {
		return q.Root.Table.PrimaryKey
	}
	target := make([]int, 0, len(q.OnConflict))
	for _, name := range q.OnConflict {
		if column := q.Root.Table.Lookup(name); column != nil {
			target = append(target, column.Index)
		}
	}
	slices.Sort(target)
	return slices.Compact(target)
}

// authorize refuses what the plans deny as a whole.
func (w *Write) authorize() error {
	selected, inserted, updated := w.Returns(), false, false
	switch w.Kind {
	case Delete:
		if w.Delete.Kind == policy.Denied {
			return w.denied(w.Delete.Column)
		}
		selected = true
	case Update:
		selected, updated = true, true
	case Insert, Upsert, Put:
		inserted = true
		if w.merges() {
			selected, updated = true, true
		}
	default:
		return fmt.Errorf("plan: unknown kind of write %d", w.Kind)
	}
	for _, need := range [...]struct {
		asked bool
		plan  *policy.Plan
	}{{inserted, &w.Insert}, {updated, &w.Update}, {selected, &w.Query.Root.Plan}} {
		if need.asked && need.plan.Kind == policy.Denied {
			return w.denied(need.plan.Column)
		}
	}
	if w.Returns() {
		if err := permitted(w.Query.Root); err != nil {
			return err
		}
	}
	if w.Kind == Delete {
		return nil
	}
	return w.authorizeColumns(inserted, updated)
}

// authorizeColumns refuses columns of the body that the plans do not let the caller write.
func (w *Write) authorizeColumns(inserted, updated bool) error {
	var target []int
	if inserted && updated {
		if target = w.table().PrimaryKey; w.Kind == Upsert {
			target = ConflictTarget(w.Query)
		}
	}
	for i, position := range w.Rows.Columns {
		if w.own(i) {
			continue
		}
		name := w.table().Columns[position].Name
		_, preset := w.Insert.Preset[name]
		if inserted && !preset && !w.Insert.Writable.Has(name) {
			return w.denied(name)
		}
		if !updated || inserted && (w.fixedOnInsert(position) || slices.Contains(target, position)) {
			continue // a merge leaves the column as it is
		}
		if _, preset := w.Update.Preset[name]; !preset && !w.Update.Writable.Has(name) {
			return w.denied(name)
		}
	}
	return nil
}

func (w *Write) own(i int) bool { return i < len(w.Own) && w.Own[i] }

// denied is the answer to a caller without the right; it may say which column of its own request is the reason.
func (w *Write) denied(column string) error {
	e := fault.Denied(w.table().Name)
	e.Err = policy.ErrDenied
	if column != "" {
		e.Details = "The reason is the column " + column + "."
	}
	return e
}

// visible is the condition on existing rows that w may change: the caller sees them, the plan allows the change, and they are
// within Extra.
func (j *job) visible(action *policy.Plan) []filter.Expr {
	return []filter.Expr{j.Query.Root.Plan.Where, action.Where, j.Extra}
}
