package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
)

// lookUp finds out whether the row of a merge exists: SQLite's answer to the statement itself does not tell.
func (j *job) lookUp(ctx context.Context, i int) error {
	j.existed = false
	pooled := j.c.renderer()
	defer j.c.release(pooled)
	b := pooled.b
	b.Raw("SELECT 1 FROM ")
	tableName(b, j.table)
	if possible, err := j.whereKey(ctx, b, j.Rows.Row(i)); err != nil || !possible {
		return err
	}
	_, err := j.lane.Query(ctx, db.Statement{Text: string(b.Buf)}, b.Args, func([]db.Value) error {
		j.existed = true
		return nil
	})
	return err
}

// whereKey appends the condition that the row which a body row would meet exists: its key, with the defaults of the columns that the
// body leaves out. It reports false when the key holds a NULL, because such a row meets none.
func (j *job) whereKey(ctx context.Context, b *filter.Builder, row []wire.Cell) (bool, error) {
	given := j.given(row)
	var where conditionList
	for _, position := range j.target {
		column := &j.table.Columns[position]
		where.next(b).Ident(column.SQLName).Raw(" = ")
		at := slices.IndexFunc(given, func(in input) bool { return in.column.Index == position })
		if at < 0 {
			if err := j.defaultOf(ctx, b, column.SQLName); err != nil {
				return false, err
			}
			continue
		}
		if given[at].value(row).State != wire.Set {
			return false, nil
		}
		arg, err := given[at].arg(b.Dialect, row)
		if err != nil {
			return false, err
		}
		b.Arg(arg)
	}
	return true, nil
}

// key returns the values of the target columns that row i brings; nil when one of them is NULL or left to the database, which is no
// key that could exist.
func (j *job) key(i int) ([]any, error) {
	row := j.Rows.Row(i)
	key := make([]any, len(j.target))
	for k, position := range j.target {
		for _, in := range j.inputs {
			if in.column.Index != position {
				continue
			}
			if in.value(row).State != wire.Set {
				return nil, nil
			}
			arg, err := in.arg(dialect.SQLite, row)
			if err != nil {
				return nil, err
			}
			key[k] = arg
		}
		if key[k] == nil {
			return nil, nil
		}
	}
	return key, nil
}

// refuseTwins refuses a merge in which two rows have one key. PostgreSQL does so itself within one statement.
func (j *job) refuseTwins(statements int) error {
	if !j.merge || j.Rows.Len < 2 || j.pg && statements == 1 {
		return nil
	}
	seen := make(map[string]struct{}, j.Rows.Len)
	for i := range j.Rows.Len {
		key, err := j.key(i)
		if err != nil {
			return err
		}
		if key == nil {
			continue
		}
		var text strings.Builder
		for _, value := range key {
			fmt.Fprintf(&text, "%q,", fmt.Sprint(value))
		}
		if _, twice := seen[text.String()]; twice {
			return &fault.Error{
				Code:    "21000",
				Message: "ON CONFLICT DO UPDATE command cannot affect row a second time",
				Hint:    "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.",
			}
		}
		seen[text.String()] = struct{}{}
	}
	return nil
}
