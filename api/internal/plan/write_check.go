package plan

import (
	"errors"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// A failed check makes its own statement fail, so that a write without a transaction undoes itself. SQL has no function that
// raises an error, on neither database; what comes nearest is a text that cannot be read as the value a function expects: a
// tuple id on PostgreSQL, a JSON path on SQLite. A value of the row takes part so that no planner computes it beforehand. No
// request brings about these messages by itself: a table has no columns of type tid, and JSON paths of requests begin with $.
const raised = "gw:check "

// raise appends an expression that fails when it is evaluated.
func (j *job) raise(b *filter.Builder) {
	column := j.table.Columns[0].SQLName
	if len(j.table.PrimaryKey) > 0 {
		column = j.table.Columns[j.table.PrimaryKey[0]].SQLName
	}
	if j.pg {
		b.Raw("concat('"+raised+"', ").Column(j.table.SQLName, column).Raw(")::tid")
		return
	}
	b.Raw("json_extract('{}', '"+raised+"' || ifnull(").Column(j.table.SQLName, column).Raw(", ''))")
}

// checks are the conditions on the written row: the plan's, and, when the row is returned, that the caller may see it.
func (j *job) checks(action *policy.Plan) []filter.Expr {
	checks := []filter.Expr{action.Check}
	if j.Returns() {
		checks = append(checks, j.Query.Root.Plan.Where)
	}
	return conditions(checks)
}

// check appends a column that is NULL for a row that passes and fails the statement for any other. inserted and updated are the
// checks of either kind of row; a merge has both kinds.
func (j *job) check(b *filter.Builder, inserted, updated []filter.Expr) error {
	b.Raw("CASE WHEN ")
	var err error
	switch {
	case !j.merge && j.Kind != Update:
		err = j.and(b, inserted)
	case !j.merge:
		err = j.and(b, updated)
	default:
		b.Raw("CASE WHEN ")
		if j.pg {
			b.Column(j.table.SQLName, "xmax").Raw(" = 0")
		} else {
			b.Arg(boolArg(!j.existed)).Raw(" = 1")
		}
		b.Raw(" THEN ")
		if err = j.and(b, inserted); err == nil {
			b.Raw(" ELSE ")
			err = j.and(b, updated)
		}
		b.Raw(" END")
	}
	b.Raw(" THEN NULL ELSE ")
	j.raise(b)
	b.Raw(" END")
	return err
}

func boolArg(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// conditions leaves out what holds for every row.
func conditions(all []filter.Expr) []filter.Expr {
	kept := all[:0]
	for _, e := range all {
		if !always(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// and appends the conjunction of the conditions on the written table, TRUE when there are none.
func (j *job) and(b *filter.Builder, all []filter.Expr) error {
	if len(all) == 0 {
		b.Raw("TRUE")
		return nil
	}
	for i, e := range all {
		if i > 0 {
			b.Raw(" AND ")
		}
		b.Raw("(")
		if err := filter.Render(b, j.table.SQLName, e); err != nil {
			return err
		}
		b.Raw(")")
	}
	return nil
}

// where appends a WHERE clause, or nothing when there are no conditions.
func (j *job) where(b *filter.Builder, all []filter.Expr) error {
	if len(all) == 0 {
		return nil
	}
	b.Raw(" WHERE ")
	return j.and(b, all)
}

// failed gives the errors that only this package understands their place on the wire.
func (j *job) failed(err error) error {
	var cause *db.Error
	if !errors.As(err, &cause) {
		return err
	}
	switch {
	case j.hasRaised(cause):
		return rowRefused(j.table, err)
	case !j.pg && strings.Contains(driverText(cause), "ON CONFLICT clause does not match"):
		return &fault.Error{
			Code: "42P10", Err: err,
			Message: "there is no unique or exclusion constraint matching the ON CONFLICT specification",
		}
	}
	return err
}

// hasRaised recognises the error that raise brings about.
func (j *job) hasRaised(e *db.Error) bool {
	if !j.pg {
		return strings.Contains(driverText(e), "JSON path") && strings.Contains(driverText(e), "'"+raised)
	}
	if english := "invalid input syntax for type "; strings.HasPrefix(e.Message, english) {
		return strings.HasPrefix(e.Message[len(english):], `tid: "`+raised)
	}
	return e.Code == "22P02" && strings.Contains(e.Message, "tid") && strings.Contains(e.Message, raised) // in the server's language
}

// driverText is what the driver says of an error, with the message that package db gave it.
func driverText(e *db.Error) string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + "\n" + e.Err.Error()
}

// rowRefused says that a row fails a policy.
func rowRefused(table *schema.Table, cause error) error {
	return &fault.Error{
		Code: "42501", Err: errors.Join(policy.ErrDenied, cause),
		Message: `new row violates row-level security policy for table "` + table.Name + `"`,
	}
}
