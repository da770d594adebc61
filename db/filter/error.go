package filter

import (
	"strconv"
	"unicode/utf8"
)

// Error is a condition that cannot be read, or cannot be asked of this database. The texts are safe to show.
type Error struct {
	state, message, details, hint string
}

// Error returns the message.
func (e *Error) Error() string { return e.message }

// Code returns PGRST100 for what does not parse, PGRST127 for what the database cannot do, or an SQLSTATE.
func (e *Error) Code() string { return e.state }

// Message says what is wrong.
func (e *Error) Message() string { return e.message }

// Details says what was found and expected, as a string; nil when there is nothing to add.
func (e *Error) Details() any {
	if e.details == "" {
		return nil
	}
	return e.details
}

// Hint says what would be right, or "".
func (e *Error) Hint() string { return e.hint }

// syntaxError says where in a parameter something stands that does not belong there.
func syntaxError(what, src string, pos int, details string) error {
	column := utf8.RuneCountInString(src[:pos]) + 1
	return &Error{
		state:   "PGRST100",
		message: `"failed to parse ` + what + " (" + src + `)" (line 1, column ` + strconv.Itoa(column) + ")",
		details: details,
	}
}

func unknownColumn(table, column string) error {
	return &Error{state: "42703", message: "column " + table + "." + column + " does not exist"}
}

// needsPostgres says that SQLite cannot do something.
func needsPostgres(what, instead string) error {
	return &Error{state: "PGRST127", message: "Feature not implemented", details: what + " needs PostgreSQL", hint: instead}
}

// noOperator is PostgreSQL's answer to an operator that a type does not have.
func noOperator(typ, operator string) error {
	return &Error{state: "42883", message: "operator does not exist: " + typ + " " + operator + " unknown"}
}
