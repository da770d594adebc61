package plan

import (
	"context"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// update runs an Update. A body without columns changes nothing.
func (j *job) update(ctx context.Context) error {
	if j.Rows.Len == 0 || len(j.Rows.Columns) == 0 {
		return nil
	}
	pooled := j.c.renderer()
	defer j.c.release(pooled)
	b := pooled.b
	if j.returns.shape == cte {
		b.Raw("WITH gw_written AS (")
	}
	b.Raw("UPDATE ")
	tableName(b, j.table)
	b.Raw(" SET ")
	if err := j.assign(ctx, b); err != nil {
		return err
	}
	if err := j.where(b, j.chosen(&j.Update)); err != nil {
		return err
	}
	if err := j.run(ctx, b); err != nil {
		return err
	}
	return j.readAgain(ctx)
}

// assign appends the assignments of an Update.
func (j *job) assign(ctx context.Context, b *filter.Builder) error {
	row := j.Rows.Row(0)
	set := list{b: b}
	for _, in := range j.inputs {
		set.next().Ident(in.column.SQLName).Raw(" = ")
		if in.value(row).State == wire.Missing && j.Query.Prefer.MissingDefault {
			if err := j.defaultOf(ctx, b, in.column.SQLName); err != nil {
				return err
			}
			continue
		}
		arg, err := in.arg(b.Dialect, row)
		if err != nil {
			return err
		}
		b.Arg(arg)
	}
	return nil
}

// defaultOf appends a column's default. SQLite has no DEFAULT in an UPDATE: there it is the expression that the table was created
// with.
func (j *job) defaultOf(ctx context.Context, b *filter.Builder, column string) error {
	if j.pg {
		b.Raw("DEFAULT")
		return nil
	}
	expression := ""
	const text = "SELECT dflt_value FROM pragma_table_info(?1) WHERE name = ?2"
	_, err := j.lane.Query(ctx, db.Statement{Text: text}, []any{j.table.SQLName, column}, func(values []db.Value) error {
		if values[0].Kind == db.Text {
			expression = string(values[0].Bytes)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if expression == "" {
		expression = "NULL"
	}
	b.Raw("(").Raw(expression).Raw(")")
	return nil
}

// delete runs a Delete. Rows whose representation needs a query of its own are read before they are gone.
func (j *job) delete(ctx context.Context) error {
	if j.returns.shape == reread {
		if err := j.readBefore(ctx); err != nil {
			return err
		}
	}
	pooled := j.c.renderer()
	defer j.c.release(pooled)
	b := pooled.b
	if j.returns.shape == cte {
		b.Raw("WITH gw_written AS (")
	}
	b.Raw("DELETE FROM ")
	tableName(b, j.table)
	if err := j.where(b, j.chosen(&j.Delete)); err != nil {
		return err
	}
	return j.run(ctx, b)
}

// chosen are the conditions on the rows that an Update or Delete touches: the request's filters, and what the caller may see and
// change.
func (j *job) chosen(action *policy.Plan) []filter.Expr {
	return conditions(append([]filter.Expr{j.Query.Root.Condition()}, j.visible(action)...))
}
