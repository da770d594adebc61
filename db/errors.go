package db

import (
	"errors"
	"strings"
)

// The classes of database errors, for errors.Is. Every [*Error] with a matching SQLSTATE matches its class.
var (
	// ErrNotFound says that no row matched. sql.ErrNoRows from a Bun query is classified as it.
	ErrNotFound = errors.New("db: not found")
	// ErrConflict is a violated unique (23505), exclusion (23P01) or foreign-key (23503) constraint.
	ErrConflict = errors.New("db: conflict")
	// ErrInvalid is a value the database refused: SQLSTATE class 22, 23502 and 23514.
	ErrInvalid = errors.New("db: invalid value")
	// ErrUnavailable means that the database cannot be reached, is restarting, full, or its queue is: classes 08, 53, 57P0x and 55P03.
	ErrUnavailable = errors.New("db: unavailable")
	// ErrTimeout is a statement, lock or pool wait that took too long: 57014 and PoolTimeout.
	ErrTimeout = errors.New("db: timeout")
)

// PoolTimeout is the Code of the error for a connection that did not become free in time.
const PoolTimeout = "PGRST003"

// Error is a database error with its SQLSTATE, the same on every database: SQLite's result codes are translated to the code
// PostgreSQL gives for the same mistake. Use errors.As to reach it and errors.Is with the classes above.
type Error struct {
	// Code is the five-character SQLSTATE, or [PoolTimeout].
	Code string
	// Message, Detail and Hint are the server's texts, without values a caller may not see.
	Message, Detail, Hint string
	// Table, Column and Constraint are set when known.
	Table, Column, Constraint string
	// Err is the driver's error; never shown to clients.
	Err error
}

// Error returns the code and the message.
func (e *Error) Error() string { return "db: " + e.Message + " (" + e.Code + ")" }

// Unwrap returns the driver's error.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrConflict) and its siblings true by SQLSTATE.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrConflict:
		return e.Code == "23505" || e.Code == "23503" || e.Code == "23P01"
	case ErrInvalid:
		return e.class("22") || e.Code == "23502" || e.Code == "23514"
	case ErrUnavailable:
		return e.class("08") || e.class("53") && e.Code != "53400" || e.class("57P") || e.Code == "55P03"
	case ErrTimeout:
		return e.Code == "57014" || e.Code == PoolTimeout
	}
	return false
}

func (e *Error) class(prefix string) bool { return strings.HasPrefix(e.Code, prefix) }
