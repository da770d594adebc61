package api

import (
	"context"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// writeSource runs a write on a Source. Policies, presets, validation and hooks hold as for a table; all or nothing is the
// Source's promise.
func (a *API) writeSource(ctx context.Context, in *writing, statement *plan.Write) (plan.Outcome, error) {
	s := &sourceWrite{api: a, in: in, statement: statement, hook: &write{action: in.action(), columns: in.columns()}}
	var err error
	switch in.kind {
	case plan.Insert:
		err = s.create(ctx)
	case plan.Update:
		err = s.update(ctx)
	case plan.Delete:
		err = s.remove(ctx)
	default:
		err = fault.NotImplemented("upserts on a resource without a table", "use POST for new rows and PATCH for existing ones")
	}
	if err != nil {
		return plan.Outcome{}, err
	}
	outcome := plan.Outcome{Affected: int64(len(s.hook.rows))}
	if in.kind == plan.Insert {
		outcome.Inserted = outcome.Affected
	}
	return outcome, s.represent(ctx)
}

// sourceWrite is one write on a Source.
type sourceWrite struct {
	api       *API
	in        *writing
	statement *plan.Write
	hook      *write
}

func (s *sourceWrite) create(ctx context.Context) error {
	if err := s.writable(s.statement.Insert); err != nil {
		return err
	}
	typed := &typedRows{codec: s.in.res.codec}
	if err := typed.load(s.in.rows, forcedCells(s.in, s.statement)); err != nil {
		return err
	}
	s.hook.rows = typed.rows
	if err := s.single(); err != nil {
		return err
	}
	if err := s.before(ctx); err != nil {
		return err
	}
	if s.in.res.validate != nil {
		if err := s.in.res.validate.whole(s.hook.rows); err != nil {
			return err
		}
	}
	if err := s.check(s.statement.Insert.Check); err != nil {
		return err
	}
	return s.then(ctx, s.in.res.source.create(ctx, s.hook.rows))
}

// single refuses a write that asks for exactly one row and meets another number, before the Source hears of it.
func (s *sourceWrite) single() error {
	if n := int64(len(s.hook.rows)); s.in.single && n != 1 {
		return fault.NotSingle(n)
	}
	return nil
}

func (s *sourceWrite) update(ctx context.Context) error {
	if err := s.writable(s.statement.Update); err != nil {
		return err
	}
	rows, err := s.matching(ctx, s.statement.Update)
	if err != nil {
		return err
	}
	forced := forcedCells(s.in, s.statement)
	codec := s.in.res.codec
	set := func(position int, cell wire.Cell) error {
		column := &codec.table().Columns[position]
		for _, row := range rows {
			if err := codec.set(row, column, cell); err != nil {
				return err
			}
		}
		return nil
	}
	for i, position := range s.in.rows.Columns {
		if err := set(position, s.in.rows.Cells[i]); err != nil {
			return err
		}
	}
	for position, cell := range forced {
		if err := set(position, cell); err != nil {
			return err
		}
	}
	s.hook.rows = rows
	if err := s.single(); err != nil {
		return err
	}
	if err := s.before(ctx); err != nil {
		return err
	}
	for _, row := range rows {
		if s.in.res.validate == nil {
			break
		}
		if err := s.in.res.validate.partial(row, s.hook.columns); err != nil {
			return err
		}
	}
	if err := s.check(s.statement.Update.Check); err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	return s.then(ctx, s.in.res.source.update(ctx, rows, s.hook.columns))
}

func (s *sourceWrite) remove(ctx context.Context) error {
	rows, err := s.matching(ctx, s.statement.Delete)
	if err != nil {
		return err
	}
	s.hook.rows = rows
	if err := s.single(); err != nil {
		return err
	}
	if err := s.before(ctx); err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	return s.then(ctx, s.in.res.source.remove(ctx, rows))
}

// writable refuses payload columns that the plan does not let the caller send, and other values for preset ones.
func (s *sourceWrite) writable(granted policy.Plan) error {
	for i, position := range s.in.rows.Columns {
		name := s.in.res.table.Columns[position].Name
		preset, forced := granted.Preset[name]
		if !forced && !granted.Writable.Has(name) {
			return denied(s.in.res.name, name)
		}
		text, _ := preset.(string)
		for r := range s.in.rows.Len {
			if cell := s.in.rows.Row(r)[i]; forced && cell.State == wire.Set && cell.Text != text {
				return fault.Preset(s.in.res.name, name)
			}
		}
	}
	return nil
}

// matching reads the rows that the request and the plans let the write touch.
func (s *sourceWrite) matching(ctx context.Context, granted policy.Plan) ([]any, error) {
	root := s.in.query.Root
	condition := and(and(root.Condition(), root.Plan.Where), and(granted.Where, s.in.where))
	rows, err := s.in.res.source.read(ctx, Wanted{Where: condition, Table: s.in.res.table, Key: s.in.key})
	if err != nil {
		return nil, err
	}
	set := rowset{codec: s.in.res.codec, query: s.in.query}
	if rows, err = set.filter(rows, condition); err != nil {
		return nil, err
	}
	if limit := s.statement.MaxAffected; limit != nil && int64(len(rows)) > *limit {
		return nil, fault.MaxAffected(int64(len(rows)))
	}
	return rows, nil
}

func (s *sourceWrite) before(ctx context.Context) error {
	if s.in.res.before == nil {
		return nil
	}
	return s.in.res.before(ctx, s.hook)
}

// check demands the plan's condition of every new row.
func (s *sourceWrite) check(condition filter.Expr) error {
	if condition == nil {
		return nil
	}
	for _, row := range s.hook.rows {
		ok, err := filter.Match(condition, memoryRow{s.in.res.codec, row})
		if err != nil {
			return err
		}
		if ok != filter.True {
			return &Error{
				Code: "42501", Err: policy.ErrDenied,
				Message: `new row violates row-level security policy for table "` + s.in.res.name + `"`,
			}
		}
	}
	return nil
}

// then runs the after hook and publishes the changes when the source has done its part.
func (s *sourceWrite) then(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	if s.in.res.after != nil {
		if err := s.in.res.after(ctx, s.hook); err != nil {
			return err
		}
	}
	if len(s.api.listeners) == 0 {
		return nil
	}
	codec := s.in.res.codec
	set := rowset{codec: codec}
	changes := make([]Change, len(s.hook.rows))
	for i, row := range s.hook.rows {
		values := make([]db.Value, len(codec.table().Columns))
		for c := range values {
			values[c] = set.value(row, &codec.table().Columns[c], nil)
		}
		changes[i] = Change{
			Resource: s.in.res.name, Table: codec.table(), Action: s.hook.action,
			Row: newRecord(codec.table(), values), Who: auth.FromContext(ctx), At: s.api.cfg.Now(),
		}
	}
	s.api.publish(ctx, changes)
	return nil
}

// represent gives the written rows as the query shapes them.
func (s *sourceWrite) represent(ctx context.Context) error {
	if s.statement.Row == nil || len(s.hook.rows) == 0 {
		return nil
	}
	set := rowset{codec: s.in.res.codec, query: s.in.query}
	rows, err := set.filter(s.hook.rows, s.in.query.Root.Plan.Where)
	if err != nil {
		return err
	}
	if s.in.kind != plan.Delete && len(rows) != len(s.hook.rows) {
		return denied(s.in.res.name, "")
	}
	if s.in.res.afterRead != nil {
		if err := s.in.res.afterRead(ctx, rows); err != nil {
			return err
		}
	}
	_, err = set.answer(rows, s.statement.Row)
	return err
}
