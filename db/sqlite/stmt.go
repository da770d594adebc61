package sqlite

import (
	"fmt"
	"strings"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/groundwork-go/groundwork/db"
)

type dbValue = db.Value

// stmt is a prepared statement of one real connection.
type stmt struct {
	c        *native
	p        uintptr
	params   int
	readonly bool
	tail     int // where the next statement of the text begins

	// of the cache
	text       string
	prev, next *stmt
}

// prepare compiles the first statement of text and says how many bytes of it that was. The statement is nil when the bytes are
// white space or a comment.
func (c *native) prepare(text string, keep bool) (*stmt, int, error) {
	p := c.text.set(c.tls, text)
	if p == 0 {
		return nil, 0, errNoMemory
	}
	if strings.IndexByte(text, 0) >= 0 {
		return nil, 0, &db.Error{Code: "42601", Message: "a statement contains a NUL byte"}
	}
	var flags uint32
	if keep {
		flags = lib.SQLITE_PREPARE_PERSISTENT
	}
	rc := lib.Xsqlite3_prepare_v3(c.tls, c.db, p, int32(len(text)+1), flags, c.out, c.out+8)
	if rc != lib.SQLITE_OK {
		return nil, 0, c.fail(rc)
	}
	used := int(loadPointer(c.out+8) - p)
	handle := loadPointer(c.out)
	if handle == 0 {
		return nil, len(text), nil
	}
	return &stmt{
		c: c, p: handle, tail: used,
		params:   int(lib.Xsqlite3_bind_parameter_count(c.tls, handle)),
		readonly: lib.Xsqlite3_stmt_readonly(c.tls, handle) != 0,
	}, used, nil
}

// cached returns the prepared statement for a text that holds exactly one statement.
func (c *native) cached(text string) (*stmt, error) {
	if s := c.cache.get(text); s != nil {
		return s, nil
	}
	s, used, err := c.prepare(text, true)
	if err != nil {
		return nil, err
	}
	if s == nil || !blank(text[used:]) {
		if s != nil {
			s.finalize()
		}
		return nil, &db.Error{Code: "42601", Message: "a prepared statement must be exactly one statement"}
	}
	s.text = text
	c.cache.add(s)
	return s, nil
}

func (s *stmt) finalize() {
	if s.p != 0 {
		lib.Xsqlite3_finalize(s.c.tls, s.p)
		s.p = 0
	}
}

// finish makes the statement ready for its next use: it is reset and forgets its arguments.
func (s *stmt) finish() {
	lib.Xsqlite3_reset(s.c.tls, s.p)
	if s.params > 0 {
		lib.Xsqlite3_clear_bindings(s.c.tls, s.p)
	}
}

// step moves to the next row; false means that there is none.
func (s *stmt) step() (bool, error) {
	switch rc := lib.Xsqlite3_step(s.c.tls, s.p); rc {
	case lib.SQLITE_ROW:
		return true, nil
	case lib.SQLITE_DONE:
		return false, nil
	default:
		return false, s.c.fail(rc)
	}
}

// bind sets the arguments. Their bytes stay valid until the connection binds again.
func (s *stmt) bind(args []any) error {
	if len(args) != s.params {
		return &db.Error{Code: "08P01", Message: fmt.Sprintf("the statement has %d parameters, not %d", s.params, len(args))}
	}
	size := 0
	for _, a := range args {
		switch v := a.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	room := uintptr(0)
	if size > 0 {
		if room = s.c.args.reserve(s.c.tls, size); room == 0 {
			return errNoMemory
		}
	}
	for i, a := range args {
		rc, used, ok := s.bindOne(int32(i+1), a, room)
		if !ok {
			return &db.Error{Code: "08P01", Message: fmt.Sprintf("argument %d has the type %T; want nil, bool, int64, float64, string or []byte", i+1, a)}
		}
		if rc != lib.SQLITE_OK {
			return s.c.fail(rc)
		}
		room += uintptr(used)
	}
	return nil
}

// bindOne sets one argument; text and blobs are copied to room first.
func (s *stmt) bindOne(i int32, arg any, room uintptr) (rc int32, used int, ok bool) {
	tls := s.c.tls
	switch v := arg.(type) {
	case nil:
		return lib.Xsqlite3_bind_null(tls, s.p, i), 0, true
	case int64:
		return lib.Xsqlite3_bind_int64(tls, s.p, i, v), 0, true
	case float64:
		return lib.Xsqlite3_bind_double(tls, s.p, i, v), 0, true
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		return lib.Xsqlite3_bind_int64(tls, s.p, i, n), 0, true
	case string:
		copy(view(room, len(v)), v)
		return lib.Xsqlite3_bind_text(tls, s.p, i, s.place(room), int32(len(v)), lib.SQLITE_STATIC), len(v), true
	case []byte:
		if v == nil {
			return lib.Xsqlite3_bind_null(tls, s.p, i), 0, true
		}
		copy(view(room, len(v)), v)
		return lib.Xsqlite3_bind_blob(tls, s.p, i, s.place(room), int32(len(v)), lib.SQLITE_STATIC), len(v), true
	}
	return 0, 0, false
}

// place is where an argument lies; an empty one needs an address too, else it would be NULL.
func (s *stmt) place(room uintptr) uintptr {
	if room == 0 {
		return s.c.out
	}
	return room
}

func (s *stmt) columns() int { return int(lib.Xsqlite3_column_count(s.c.tls, s.p)) }

func (s *stmt) columnNames() []string {
	names := make([]string, s.columns())
	for i := range names {
		names[i] = libc.GoString(lib.Xsqlite3_column_name(s.c.tls, s.p, int32(i)))
	}
	return names
}

// declared is the type a column was declared with in its table, or "".
func (s *stmt) declared(i int) string {
	return libc.GoString(lib.Xsqlite3_column_decltype(s.c.tls, s.p, int32(i)))
}

// row reads the current row into memory that the connection uses again for the next one.
func (s *stmt) row() []db.Value {
	c := s.c
	n := s.columns()
	if cap(c.values) < n {
		c.values = make([]db.Value, n)
	}
	if cap(c.bytes) > 16*keepBytes {
		c.bytes = nil
	}
	c.bytes = c.bytes[:0]
	values := c.values[:n]
	for i := range values {
		s.column(int32(i), &values[i])
	}
	return values
}

func (s *stmt) column(i int32, v *db.Value) {
	tls, p := s.c.tls, s.p
	switch lib.Xsqlite3_column_type(tls, p, i) {
	case lib.SQLITE_INTEGER:
		*v = db.Value{Kind: db.Int, Int: lib.Xsqlite3_column_int64(tls, p, i)}
	case lib.SQLITE_FLOAT:
		*v = db.Value{Kind: db.Float, Float: lib.Xsqlite3_column_double(tls, p, i)}
	case lib.SQLITE_TEXT:
		*v = db.Value{Kind: db.Text, Bytes: s.keep(i, lib.Xsqlite3_column_text(tls, p, i))}
	case lib.SQLITE_BLOB:
		*v = db.Value{Kind: db.Blob, Bytes: s.keep(i, lib.Xsqlite3_column_blob(tls, p, i))}
	default:
		*v = db.Value{}
	}
}

// keep copies the bytes of a column behind those of the columns before it.
func (s *stmt) keep(i int32, p uintptr) []byte {
	start := len(s.c.bytes)
	s.c.bytes = append(s.c.bytes, view(p, int(lib.Xsqlite3_column_bytes(s.c.tls, s.p, i)))...)
	return s.c.bytes[start:len(s.c.bytes):len(s.c.bytes)]
}

// each runs the statement and calls row, which may be nil, for every row. It returns the number of rows the statement changed.
func (s *stmt) each(args []any, row func([]db.Value) error) (int64, error) {
	defer s.finish()
	if err := s.bind(args); err != nil {
		return 0, err
	}
	before := s.c.totalChanges()
	for {
		more, err := s.step()
		if err != nil {
			return 0, err
		}
		if !more {
			return s.changed(before), nil
		}
		if row == nil {
			continue
		}
		if err := row(s.row()); err != nil {
			return 0, &rowError{err}
		}
	}
}

// changed is the number of rows the statement changed, given the total before it. SQLite's own count is that of the last
// statement that changed anything, which may be an earlier one.
func (s *stmt) changed(before int64) int64 {
	if s.readonly || s.c.totalChanges() == before {
		return 0
	}
	return s.c.changes()
}
