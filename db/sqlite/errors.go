package sqlite

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	lib "modernc.org/sqlite/lib"

	"github.com/groundwork-go/groundwork/db"
)

var (
	errNoMemory   = &db.Error{Code: "53200", Message: "out of memory"}
	errClosed     = &db.Error{Code: "57P01", Message: "the database is closed"}
	errQueueFull  = &db.Error{Code: db.CodeQueueFull, Message: "too many requests wait for the database"}
	errWaitOver   = &db.Error{Code: "55P03", Message: "the database did not become free in time"}
	errLate       = &db.Error{Code: db.CodeCanceled, Message: "the transaction held the writer for too long while others waited and was rolled back"}
	errTxDone     = &db.Error{Code: "25P01", Message: "the transaction has ended"}
	errForeignKey = &db.Error{Code: "23503", Message: "insert, update or delete violates a foreign key constraint"}
)

// resultError is an error as SQLite gives it.
type resultError struct {
	code    int // the extended result code
	message string
}

func (e *resultError) Error() string { return fmt.Sprintf("sqlite: %s (%d)", e.message, e.code) }

// rowError carries an error of the caller's row function past the translation.
type rowError struct{ err error }

func (e *rowError) Error() string { return e.err.Error() }

// translate turns an error of SQLite into the [*db.Error] that PostgreSQL would give for the same mistake. Others pass unchanged.
func translate(err error) error {
	if err == nil {
		return nil // before anything is allocated: this is the usual case
	}
	var done *db.Error
	var e *resultError
	if errors.As(err, &done) || !errors.As(err, &e) {
		return err
	}
	out := e.constraint()
	if out == nil {
		out = e.primary()
	}
	out.Err = e
	return out
}

// sameColumns finds the unique index over exactly these columns of a table that CREATE UNIQUE INDEX made: PostgreSQL calls the
// constraint by its name, SQLite's error does not.
const sameColumns = `SELECT i.name FROM pragma_index_list(?1) AS i WHERE i."unique" AND i.origin = 'c' AND ?2 =
	(SELECT group_concat(c.name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) AS c)`

// named completes the error of a violated unique index with the name of the index.
func (c *native) named(err error) error {
	var e *db.Error
	var cause *resultError
	if !errors.As(err, &e) || !errors.As(err, &cause) || cause.code != lib.SQLITE_CONSTRAINT_UNIQUE || e.Table == "" {
		return err
	}
	columns := strings.TrimSuffix(strings.TrimPrefix(e.Detail, "Key ("), ") already exists.")
	s, failed := c.cached(sameColumns)
	if failed != nil {
		return err
	}
	_, _ = s.each([]any{e.Table, columns}, func(row []db.Value) error {
		e.Constraint = string(row[0].Bytes)
		e.Message = fmt.Sprintf(duplicateMessage, e.Constraint)
		return nil
	})
	return err
}

const duplicateMessage = "duplicate key value violates unique constraint %q"

func isBusy(err error) bool {
	var e *db.Error
	return errors.As(err, &e) && e.Code == "55P03"
}

func (e *resultError) constraint() *db.Error {
	_, what, _ := strings.Cut(e.message, " constraint failed: ")
	switch e.code {
	case lib.SQLITE_CONSTRAINT_UNIQUE:
		return duplicate(what, "")
	case lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
		return duplicate(what, "_pkey")
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return &db.Error{Code: errForeignKey.Code, Message: errForeignKey.Message}
	case lib.SQLITE_CONSTRAINT_NOTNULL:
		table, column := splitColumn(what)
		return &db.Error{
			Code: "23502", Table: table, Column: column,
			Message: fmt.Sprintf("null value in column %q of relation %q violates not-null constraint", column, table),
		}
	case lib.SQLITE_CONSTRAINT_CHECK:
		out := &db.Error{Code: "23514", Message: "new row violates a check constraint"}
		if name.MatchString(what) {
			out.Constraint = what
			out.Message = fmt.Sprintf("new row violates check constraint %q", what)
		}
		return out
	case lib.SQLITE_CONSTRAINT_DATATYPE:
		return &db.Error{Code: "22P02", Message: "invalid input: " + e.message}
	case lib.SQLITE_CONSTRAINT_TRIGGER:
		return &db.Error{Code: "P0001", Message: e.message}
	}
	return nil
}

// duplicate reads "t.a, t.b" or "index 'name'".
func duplicate(what, suffix string) *db.Error {
	out := &db.Error{Code: "23505"}
	if index, ok := strings.CutPrefix(what, "index '"); ok {
		out.Constraint = strings.TrimSuffix(index, "'")
	} else {
		var columns []string
		for part := range strings.SplitSeq(what, ", ") {
			table, column := splitColumn(part)
			out.Table = table
			columns = append(columns, column)
		}
		if len(columns) == 1 {
			out.Column = columns[0]
		}
		if suffix == "" {
			suffix = "_" + strings.Join(columns, "_") + "_key"
		}
		out.Constraint = out.Table + suffix
		out.Detail = "Key (" + strings.Join(columns, ", ") + ") already exists."
	}
	out.Message = fmt.Sprintf(duplicateMessage, out.Constraint)
	return out
}

// unquote takes the double quotes off a name.
func unquote(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

func splitColumn(s string) (table, column string) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+1:]
}

func (e *resultError) primary() *db.Error {
	switch e.code & 0xff {
	case lib.SQLITE_CONSTRAINT:
		return &db.Error{Code: "23000", Message: e.message}
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_PROTOCOL:
		return &db.Error{Code: "55P03", Message: "the database is locked by another program"}
	case lib.SQLITE_READONLY:
		return &db.Error{Code: "25006", Message: "cannot change data in a read-only transaction"}
	case lib.SQLITE_MISMATCH:
		return &db.Error{Code: "22P02", Message: "invalid input: datatype mismatch"}
	case lib.SQLITE_INTERRUPT:
		return &db.Error{Code: db.CodeCanceled, Message: "canceling statement due to statement timeout"}
	case lib.SQLITE_FULL:
		return &db.Error{Code: "53100", Message: "the disk is full"}
	case lib.SQLITE_NOMEM:
		return &db.Error{Code: "53200", Message: "out of memory"}
	case lib.SQLITE_TOOBIG:
		return &db.Error{Code: "54000", Message: "a value or statement is too long"}
	case lib.SQLITE_AUTH, lib.SQLITE_PERM:
		return &db.Error{Code: "42501", Message: "permission denied"}
	case lib.SQLITE_ERROR:
		return e.generic()
	}
	return &db.Error{Code: "XX000", Message: "the database could not read or write its file"}
}

var name = regexp.MustCompile(`^[\pL_][\pL\pN_$]*$`)

// texts are the messages of SQLite's code 1 and what they mean. %s in the new message is what follows the prefix.
var texts = []struct{ prefix, code, message string }{
	{"no such table: ", "42P01", `relation "%s" does not exist`},
	{"no such view: ", "42P01", `relation "%s" does not exist`},
	{"no such index: ", "42704", `index "%s" does not exist`},
	{"no such trigger: ", "42704", `trigger "%s" does not exist`},
	{"no such column: ", "42703", `column %s does not exist`},
	{"no such function: ", "42883", `function %s does not exist`},
	{"wrong number of arguments to function ", "42883", `wrong number of arguments to function %s`},
	{"ambiguous column name: ", "42702", `column reference "%s" is ambiguous`},
	{"duplicate column name: ", "42701", `column "%s" specified more than once`},
	{"no such savepoint: ", "3B001", `savepoint "%s" does not exist`},
	{"integer overflow", "22003", "bigint out of range"},
	{"malformed JSON", "22P02", "invalid input syntax for type json"},
	{"string or blob too big", "54000", "a value or statement is too long"},
	{"incomplete input", "42601", "syntax error at end of input"},
	{"unrecognized token: ", "42601", `syntax error at or near "%s"`},
	{"cannot start a transaction within a transaction", "25001", "there is already a transaction in progress"},
	{"cannot VACUUM", "25001", "VACUUM cannot run inside a transaction block"},
}

var (
	nearSyntax   = regexp.MustCompile(`^near "(.*)": syntax error$`)
	noSuchColumn = regexp.MustCompile(`^table (.+) has no column named (.+)$`)
	exists       = regexp.MustCompile(`^(?:table|index|view|there is already an index named|there is already a table named) (.+?)(?: already exists)?$`)
)

// generic reads the message, because the code says nothing.
func (e *resultError) generic() *db.Error {
	if code, message, ok := functionError(e.message); ok {
		return &db.Error{Code: code, Message: message}
	}
	for _, t := range texts {
		rest, ok := strings.CutPrefix(e.message, t.prefix)
		if !ok {
			continue
		}
		out := &db.Error{Code: t.code, Message: t.message}
		rest, _, _ = strings.Cut(rest, " - should this be a string literal")
		if strings.Contains(t.message, "%s") {
			out.Message = fmt.Sprintf(t.message, unquote(rest))
		}
		return out
	}
	if m := nearSyntax.FindStringSubmatch(e.message); m != nil {
		return &db.Error{Code: "42601", Message: fmt.Sprintf("syntax error at or near %q", m[1])}
	}
	if m := noSuchColumn.FindStringSubmatch(e.message); m != nil {
		return &db.Error{Code: "42703", Table: m[1], Column: m[2], Message: fmt.Sprintf("column %q of relation %q does not exist", m[2], m[1])}
	}
	if strings.Contains(e.message, "already ") {
		if m := exists.FindStringSubmatch(e.message); m != nil {
			return &db.Error{Code: "42P07", Message: fmt.Sprintf("relation %q already exists", strings.Trim(m[1], `"`))}
		}
	}
	return &db.Error{Code: "42000", Message: e.message}
}
