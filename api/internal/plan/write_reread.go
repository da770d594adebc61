package plan

import (
	"context"
	"strconv"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
)

// remember notes the key of a written row as a JSON array.
func (r *returning) remember(key []db.Value) {
	if len(r.keys) == 0 {
		r.keys = append(r.keys, '[')
	} else {
		r.keys = append(r.keys, ',')
	}
	r.keys = append(r.keys, '[')
	for i, v := range key {
		if i > 0 {
			r.keys = append(r.keys, ',')
		}
		switch v.Kind {
		case db.Int:
			r.keys = strconv.AppendInt(r.keys, v.Int, 10)
		case db.Float:
			r.keys = strconv.AppendFloat(r.keys, v.Float, 'g', -1, 64)
		case db.Null:
			r.keys = append(r.keys, "null"...)
		default:
			r.keys = appendJSONString(r.keys, string(v.Bytes))
		}
	}
	r.keys = append(r.keys, ']')
}

// readAgain reads the representation of the written rows by their keys, in the order in which they were written unless the request
// wants another.
func (j *job) readAgain(ctx context.Context) error {
	r := &j.returns
	if r.shape != reread || len(r.keys) == 0 {
		return nil
	}
	pooled := j.c.renderer()
	defer j.c.release(pooled)
	b := pooled.b
	b.Raw("SELECT ")
	if err := j.represent(b); err != nil {
		return err
	}
	b.Raw(" FROM json_each(").Arg(string(append(r.keys, ']'))).Raw(") AS gw_key CROSS JOIN ")
	tableName(b, j.table)
	var where conditionList
	if r.rowid {
		where.next(b).Column(j.table.SQLName, "_rowid_").Raw(" = gw_key.value ->> 0")
	} else {
		for i, column := range r.key {
			where.next(b).Column(j.table.SQLName, column.SQLName).Raw(" = gw_key.value ->> ").Raw(strconv.Itoa(i))
		}
	}
	if len(j.Query.Root.Order) == 0 {
		b.Raw(" ORDER BY gw_key.key")
	} else if err := j.c.orderBy(b, j.table.SQLName, j.Query.Root); err != nil {
		return err
	}
	return j.read(ctx, b)
}

// readBefore reads the representation of the rows that a Delete is going to remove.
func (j *job) readBefore(ctx context.Context) error {
	pooled := j.c.renderer()
	defer j.c.release(pooled)
	b := pooled.b
	b.Raw("SELECT ")
	if err := j.represent(b); err != nil {
		return err
	}
	b.Raw(" FROM ")
	tableName(b, j.table)
	if err := j.where(b, j.chosen(&j.Delete)); err != nil {
		return err
	}
	if err := j.c.orderBy(b, j.table.SQLName, j.Query.Root); err != nil {
		return err
	}
	return j.read(ctx, b)
}

func (j *job) read(ctx context.Context, b *filter.Builder) error {
	j.returns.columns = columns(j.Query.Root)
	_, err := j.lane.Query(ctx, db.Statement{Text: string(b.Buf)}, b.Args, j.show)
	return err
}
