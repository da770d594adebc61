package plan

import (
	"encoding/hex"
	"strconv"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// receive takes one row of the statement's answer apart.
func (j *job) receive(values []db.Value) error {
	r := &j.returns
	isNew := !j.existed && j.Kind != Update && j.Kind != Delete
	if r.isNew {
		isNew = isTrue(values[0])
		values = values[1:]
	}
	j.out.Affected++
	if isNew {
		j.out.Inserted++
	}
	if n := len(r.key); n > 0 {
		if isNew && j.wantsKey() {
			j.out.Key = keyTexts(r.key, values[:n])
		}
		if r.shape == reread && !r.rowid {
			r.remember(values[:n])
		}
		values = values[n:]
	}
	if r.rowid {
		r.remember(values[:1])
		values = values[1:]
	}
	if r.image {
		n := len(j.table.Columns)
		if err := j.Image(j.action(isNew), values[:n:n]); err != nil {
			return err
		}
		values = values[n:]
	}
	if r.shape == direct || r.shape == cte {
		return j.show(values)
	}
	return nil
}

// show gives the representation that values begin with to the caller.
func (j *job) show(values []db.Value) error {
	n := len(j.returns.columns)
	if j.returns.shown && values[max(n, 1)].Kind == db.Null { // an empty select list is one NULL
		return nil
	}
	return j.Row(j.returns.columns, values[:n:n])
}

func (j *job) action(isNew bool) policy.Action {
	switch {
	case j.Kind == Delete:
		return policy.Delete
	case isNew:
		return policy.Insert
	}
	return policy.Update
}

// isTrue reads a boolean of either database.
func isTrue(v db.Value) bool {
	return v.Kind == db.Int && v.Int != 0 || v.Kind == db.Text && len(v.Bytes) > 0 && v.Bytes[0] == 't'
}

// keyTexts returns key values as they stand in a Location.
func keyTexts(columns []*schema.Column, values []db.Value) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		switch {
		case columns[i].Kind == schema.Bool:
			texts[i] = strconv.FormatBool(isTrue(v))
		case v.Kind == db.Int:
			texts[i] = strconv.FormatInt(v.Int, 10)
		case v.Kind == db.Float:
			texts[i] = strconv.FormatFloat(v.Float, 'g', -1, 64)
		case v.Kind == db.Blob:
			texts[i] = `\x` + hex.EncodeToString(v.Bytes)
		default:
			texts[i] = string(v.Bytes)
		}
	}
	return texts
}
