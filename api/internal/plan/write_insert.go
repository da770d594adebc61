package plan

import (
	"context"
	"slices"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// insert runs an Insert, Upsert or Put. PostgreSQL takes all rows that give the same columns in one statement; SQLite takes one
// row after the other, with one prepared statement.
func (j *job) insert(ctx context.Context) error {
	runs := j.runs()
	if err := j.refuseTwins(len(runs)); err != nil {
		return err
	}
	for _, r := range runs {
		if j.pg {
			if err := j.insertRun(ctx, r); err != nil {
				return err
			}
			continue
		}
		for i := r.from; i < r.to; i++ {
			if err := j.insertRun(ctx, run{i, i + 1}); err != nil {
				return err
			}
		}
	}
	return j.readAgain(ctx)
}

// run is a range of consecutive rows that give the same columns.
type run struct{ from, to int }

// runs splits the body where the set of columns changes. It changes only when missing values mean the default: a column that is
// to have its default must not be named. Rows without any column stand alone, DEFAULT VALUES inserts one.
func (w *Write) runs() []run {
	var runs []run
	for i := range w.Rows.Len {
		if i > 0 && len(w.Rows.Columns) > 0 && w.samePresence(i-1, i) {
			runs[len(runs)-1].to = i + 1
			continue
		}
		runs = append(runs, run{i, i + 1})
	}
	return runs
}

func (w *Write) samePresence(a, b int) bool {
	if !w.Query.Prefer.MissingDefault {
		return true
	}
	left, right := w.Rows.Row(a), w.Rows.Row(b)
	given := false
	for i := range left {
		if (left[i].State == wire.Missing) != (right[i].State == wire.Missing) {
			return false
		}
		given = given || left[i].State != wire.Missing
	}
	return given
}

// given returns the inputs that a statement for the row must name.
func (j *job) given(row []wire.Cell) []input {
	if !j.Query.Prefer.MissingDefault {
		return j.inputs
	}
	given := make([]input, 0, len(j.inputs))
	for _, in := range j.inputs {
		if in.value(row).State != wire.Missing {
			given = append(given, in)
		}
	}
	return given
}

func (j *job) insertRun(ctx context.Context, r run) error {
	if !j.pg && j.merge {
		if err := j.lookUp(ctx, r.from); err != nil {
			return err
		}
	}
	pooled := j.c.renderer()
	defer j.c.release(pooled)
	b := pooled.b
	if j.returns.shape == cte {
		b.Raw("WITH gw_written AS (")
	}
	b.Raw("INSERT INTO ")
	tableName(b, j.table)
	inputs := j.given(j.Rows.Row(r.from))
	if err := j.source(b, inputs, r); err != nil {
		return err
	}
	if err := j.conflict(b, len(inputs) > 0); err != nil {
		return err
	}
	return j.run(ctx, b)
}

// source appends the column list and the rows.
func (j *job) source(b *filter.Builder, inputs []input, r run) error {
	if len(inputs) == 0 {
		b.Raw(" DEFAULT VALUES")
		return nil
	}
	b.Raw(" (")
	names(b, "", inputs)
	if r.to-r.from > 1 {
		rows, err := jsonRows(inputs, j.Rows, r)
		if err != nil {
			return err
		}
		// The rows travel as one argument, read by the input functions of the table's own column types: the text stays the
		// same for any number of rows, and limits of length and precision hold as in a plain insert.
		b.Raw(") SELECT ")
		names(b, "gw_row", inputs)
		b.Raw(" FROM json_populate_recordset(NULL::")
		tableName(b, j.table)
		b.Raw(", ").Arg(rows).Raw(") AS gw_row")
		return nil
	}
	b.Raw(") VALUES (")
	row := j.Rows.Row(r.from)
	cells := list{b: b}
	for _, in := range inputs {
		arg, err := in.arg(b.Dialect, row)
		if err != nil {
			return err
		}
		cells.next().Arg(arg)
	}
	b.Raw(")")
	return nil
}

// conflict appends what happens to a row whose key exists. Where the existing row is not one the caller may change, the statement
// fails as a whole.
func (j *job) conflict(b *filter.Builder, named bool) error {
	if len(j.target) == 0 || !named && !j.pg {
		return nil // SQLite has no ON CONFLICT after DEFAULT VALUES, and such a row brings no key
	}
	b.Raw(" ON CONFLICT (")
	key := list{b: b}
	for _, position := range j.target {
		key.next().Ident(j.table.Columns[position].SQLName)
	}
	b.Raw(")")
	changed := j.changedColumns()
	if len(changed) == 0 {
		b.Raw(" DO NOTHING")
		return nil
	}
	b.Raw(" DO UPDATE SET ")
	set := list{b: b}
	for _, column := range changed {
		set.next().Ident(column.SQLName).Raw(" = excluded.").Ident(column.SQLName)
	}
	for _, in := range j.updates {
		arg, err := in.arg(b.Dialect, nil)
		if err != nil {
			return err
		}
		set.next().Ident(in.column.SQLName).Raw(" = ").Arg(arg)
	}
	visible := conditions(j.visible(&j.Update))
	if len(visible) == 0 {
		return nil
	}
	b.Raw(" WHERE CASE WHEN ")
	if err := j.and(b, visible); err != nil {
		return err
	}
	b.Raw(" THEN TRUE ELSE ")
	j.raise(b)
	b.Raw(" IS NULL END")
	return nil
}

// changedColumns are the columns that a merge sets to the body's values: all that the body gives but the key, what the server
// decides for new rows, and what the update plan presets. Where the body is nothing but the key there are none, and the row
// stays as it is; a Put, whose answer is the row, then sets the key to itself.
func (j *job) changedColumns() []*schema.Column {
	if !j.merge {
		return nil
	}
	var changed []*schema.Column
	for _, in := range j.inputs {
		if in.cell < 0 || slices.Contains(j.target, in.column.Index) || hasColumn(j.updates, in.column) {
			continue
		}
		changed = append(changed, in.column)
	}
	if len(changed) == 0 && (j.Kind == Put || j.sendsMore()) {
		changed = append(changed, &j.table.Columns[j.target[0]])
	}
	return changed
}

// sendsMore reports whether the body gives more than the key.
func (j *job) sendsMore() bool {
	for _, position := range j.Rows.Columns {
		if !slices.Contains(j.target, position) {
			return true
		}
	}
	return false
}

func hasColumn(inputs []input, column *schema.Column) bool {
	return slices.ContainsFunc(inputs, func(in input) bool { return in.column == column })
}

// names appends the inputs' column names, separated by commas.
func names(b *filter.Builder, alias string, inputs []input) {
	columns := list{b: b}
	for _, in := range inputs {
		columns.next().Column(alias, in.column.SQLName)
	}
}
