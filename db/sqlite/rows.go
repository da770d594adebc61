package sqlite

import (
	"context"
	"database/sql/driver"
	"io"
	"strconv"
	"strings"

	"github.com/groundwork-go/groundwork/db"
)

var errTxControl = &db.Error{Code: "25001", Message: "BEGIN, COMMIT, END and ROLLBACK are not for statements here: use BeginTx, Commit and Rollback"}

// result is a driver.Result.
type result struct{ lastID, changed int64 }

func (r *result) LastInsertId() (int64, error) { return r.lastID, nil }
func (r *result) RowsAffected() (int64, error) { return r.changed, nil }

// script runs every statement of a text; arguments are those of the only one.
func script(c *native, text string, args []any, inTransaction bool, out *result) error {
	if len(args) > 0 {
		return runCached(c, text, args, inTransaction, out)
	}
	for !blank(text) {
		if inTransaction && endsTransaction(text) {
			return errTxControl
		}
		s, used, err := c.prepare(text, false)
		if err != nil {
			return err
		}
		text = text[used:]
		if s == nil {
			continue
		}
		out.changed, err = s.each(nil, nil)
		s.finalize()
		if err != nil {
			return err
		}
	}
	out.lastID = c.lastInsertID()
	return nil
}

func runCached(c *native, text string, args []any, inTransaction bool, out *result) error {
	if inTransaction && endsTransaction(text) {
		return errTxControl
	}
	s, err := c.cached(text)
	if err != nil {
		return err
	}
	out.changed, err = s.each(args, nil)
	out.lastID = c.lastInsertID()
	return err
}

// How much of a result is read ahead. A result that fits leaves its reader free while the caller works through it.
const (
	aheadRows  = 1000
	aheadBytes = 1 << 20
)

// rows is a driver.Rows. What was read ahead comes first, then what the statement, if there is one still, yields.
type rows struct {
	names []string
	types []string
	ahead []driver.Value // of all rows read ahead, one behind the other
	at    int            // how many of them were handed out
	count int            // rows read ahead
	size  int            // bytes read ahead

	ctx  context.Context
	e    *engine
	c    *native
	s    *stmt
	keep bool // s belongs to the cache
}

// open prepares the statement: one with arguments is kept, as its text will come again; Bun's have their values in the text.
func (r *rows) open(c *native, text string, args []any) error {
	var err error
	if len(args) > 0 {
		r.s, err = c.cached(text)
		r.keep = true
	} else {
		var used int
		r.s, used, err = c.prepare(text, false)
		if err == nil && (r.s == nil || !blank(text[used:])) {
			r.finish()
			err = &db.Error{Code: "42601", Message: "a query must be exactly one statement"}
		}
	}
	return err
}

// begin binds and learns the columns.
func (r *rows) begin(args []any) error {
	if err := r.s.bind(args); err != nil {
		return err
	}
	r.names = r.s.columnNames()
	r.types = make([]string, len(r.names))
	for i := range r.types {
		r.types[i] = strings.ToUpper(r.s.declared(i))
	}
	return nil
}

// fill reads the whole result.
func (r *rows) fill(c *native, text string, args []any) error {
	if err := r.open(c, text, args); err != nil {
		return err
	}
	defer r.finish()
	if err := r.begin(args); err != nil {
		return err
	}
	for {
		more, err := r.s.step()
		if err != nil || !more {
			return err
		}
		r.readAhead()
	}
}

// stream runs a statement on a reader. It reports false when the statement is not one for a reader: it writes, or names
// something that only the writer's connection has, such as a temporary table.
func (e *engine) stream(ctx context.Context, text string, args []any) (_ driver.Rows, ok bool, err error) {
	c, err := e.readers.take(ctx)
	if err != nil {
		return nil, true, err
	}
	r := &rows{ctx: ctx, e: e, c: c}
	if err := r.open(c, text, args); err != nil || !r.s.readonly {
		r.giveBack()
		return nil, false, nil //nolint:nilerr // the writer meets the same mistake and reports it
	}
	if err := r.start(args); err != nil {
		return nil, true, err
	}
	return r, true, nil
}

// start binds and reads ahead.
func (r *rows) start(args []any) error {
	if err := r.begin(args); err != nil {
		r.giveBack()
		return translate(err)
	}
	for r.count < aheadRows && r.size < aheadBytes {
		more, err := r.s.step()
		if err != nil {
			r.giveBack()
			return interrupted(r.ctx, translate(err))
		}
		if !more {
			r.giveBack()
			return nil
		}
		r.readAhead()
	}
	return nil
}

func (r *rows) readAhead() {
	for i, v := range r.s.row() {
		r.size += len(v.Bytes)
		r.ahead = append(r.ahead, r.value(i, &v))
	}
	r.count++
}

// value is the value of column i as database/sql wants it. Numbers of a NUMERIC column come as text, as from PostgreSQL: SQLite stores
// one without a fraction as an integer, which Bun would not take for a float field.
func (r *rows) value(i int, v *db.Value) driver.Value {
	if (v.Kind == db.Int || v.Kind == db.Float) && isNumeric(r.types[i]) {
		if v.Kind == db.Int {
			return strconv.AppendInt(nil, v.Int, 10)
		}
		return strconv.AppendFloat(nil, v.Float, 'f', -1, 64)
	}
	return goValue(v)
}

func isNumeric(declared string) bool {
	return strings.HasPrefix(declared, "NUMERIC") || strings.HasPrefix(declared, "DECIMAL")
}

// goValue is a value as database/sql wants it.
func goValue(v *db.Value) driver.Value {
	switch v.Kind {
	case db.Int:
		return v.Int
	case db.Float:
		return v.Float
	case db.Text:
		return string(v.Bytes)
	case db.Blob:
		return append([]byte{}, v.Bytes...)
	}
	return nil
}

// Columns are the names of the columns.
func (r *rows) Columns() []string { return r.names }

// ColumnTypeDatabaseTypeName is the declared type of a column, in upper case, or "" for an expression.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string { return r.types[i] }

// Next is of driver.Rows.
func (r *rows) Next(dest []driver.Value) error {
	if r.at < len(r.ahead) {
		n := copy(dest, r.ahead[r.at:r.at+len(r.names)])
		clear(r.ahead[r.at : r.at+n])
		r.at += n
		return nil
	}
	if r.s == nil {
		return io.EOF
	}
	more, err := r.s.step()
	if err != nil {
		r.giveBack()
		return interrupted(r.ctx, translate(err))
	}
	if !more {
		r.giveBack()
		return io.EOF
	}
	for i, v := range r.s.row() {
		dest[i] = r.value(i, &v)
	}
	return nil
}

// Close is of driver.Rows.
func (r *rows) Close() error {
	r.giveBack()
	return nil
}

// finish ends the statement.
func (r *rows) finish() {
	if r.s == nil {
		return
	}
	if r.keep {
		r.s.finish()
	} else {
		r.s.finalize()
	}
	r.s = nil
}

// giveBack ends the statement and returns the reader.
func (r *rows) giveBack() {
	r.finish()
	if r.c != nil {
		c := r.c
		r.c = nil
		r.e.readers.put(c)
	}
}
