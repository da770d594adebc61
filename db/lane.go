package db

import (
	"context"

	"github.com/uptrace/bun/dialect"
)

// Lane is the fast lane beneath a *bun.DB: generated statements with fixed text and bound arguments go through it, below Bun and
// below database/sql, over the same connections. The driver of every database that [Open] returns implements it; find it with
// [LaneOf]. A Lane is safe for concurrent use.
type Lane interface {
	// Dialect names the SQL dialect: dialect.PG or dialect.SQLite.
	Dialect() dialect.Name
	// Query runs one statement and calls row once per result row; row may be nil. The values (and their bytes) are valid only
	// during the call, which must not use the same transaction: its connection is busy. An error from row stops the statement
	// and is returned unchanged; every other error is an [*Error].
	// Inside [InTx] of the same database (found in ctx) the statement runs in that transaction, else by itself; a write by
	// itself is durable when Query returns. The result is the number of rows the statement changed (0 for reads).
	Query(ctx context.Context, s Statement, args []any, row func([]Value) error) (int64, error)
	// Classify turns an error of the driver, met on either lane, into an [*Error]; what it does not know comes back unchanged.
	Classify(err error) error
}

// Statement is generated SQL: its text holds placeholders ($1 on PostgreSQL, ?1 on SQLite) and never a value from a request, so
// that the set of distinct texts is finite and each is prepared once.
type Statement struct {
	Text string
	// Write says that the statement changes data: it then runs on SQLite's writer.
	Write bool
}

// ValueKind says which field of a [Value] holds the value.
type ValueKind uint8

// The value kinds. PostgreSQL yields only Null and Text (the server's text format); SQLite yields its storage classes.
const (
	Null  ValueKind = iota
	Text            // Bytes, UTF-8
	Int             // Int
	Float           // Float
	Blob            // Bytes
)

// Value is one column of one row in the database's own form.
type Value struct {
	Kind  ValueKind
	Int   int64
	Float float64
	// Bytes belongs to the driver and is overwritten by the next row.
	Bytes []byte
}
