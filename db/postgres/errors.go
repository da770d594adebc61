package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/groundwork-go/groundwork/db"
)

const (
	codeCannotConnect    = "08001"
	codeConnectionLost   = "08006"
	messageCannotConnect = "cannot connect to the database"
	messageLost          = "the connection to the database was lost"
)

// Classify is part of [db.Lane]. An error of the network is not known here: it may be that of anybody's network, or file.
func (l *lane) Classify(err error) error {
	var known *db.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		return connectError(err)
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return &db.Error{
			Code: server.Code, Message: server.Message, Detail: detail(server), Hint: server.Hint,
			Table: server.TableName, Column: server.ColumnName, Constraint: server.ConstraintName, Err: err,
		}
	}
	if canceled := db.Canceled(err); canceled != err { //nolint:errorlint // whether it is the same error
		return canceled
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) || pgconn.SafeToRetry(err) {
		return &db.Error{Code: codeConnectionLost, Message: messageLost, Err: err}
	}
	return err
}

// detail is the server's detail without whole rows: a violated NOT NULL, CHECK or view condition shows the failing row, with columns
// that the caller may not see.
func detail(e *pgconn.PgError) string {
	switch e.Code {
	case "23502", "23514", "23P01", "44000":
		return ""
	}
	return e.Detail
}

// connectError keeps the server's code only when it says that the server is busy or away. A wrong password of ours is no concern
// of the client whose request found out.
func connectError(err error) error {
	code := codeCannotConnect
	var server *pgconn.PgError
	if errors.As(err, &server) {
		if e := (&db.Error{Code: server.Code}); errors.Is(e, db.ErrUnavailable) {
			code = server.Code
		}
	}
	return &db.Error{Code: code, Message: messageCannotConnect, Err: err}
}

// classifyIO is Classify for errors met on a connection to the server.
func (l *lane) classifyIO(err error) error {
	var known *db.Error
	err = l.Classify(err)
	if !errors.As(err, &known) && lost(err) {
		return &db.Error{Code: codeConnectionLost, Message: messageLost, Err: err}
	}
	return err
}

// lost reports whether the error means that the connection is gone.
func lost(err error) bool {
	var network net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &network)
}

// failed classifies an error met on conn, and draws the consequences for the pool when it says that the server is going away.
func (l *lane) failed(conn *pgx.Conn, err error) error {
	err = l.classifyIO(err)
	var e *db.Error
	if !errors.As(err, &e) {
		return &db.Error{Code: "XX000", Message: "unexpected error of the database driver", Err: err}
	}
	switch {
	case e.Code == "25006" && conn.PgConn().ParameterStatus("in_hot_standby") == "on":
		// What we talk to is a primary no more: connect anew, to whatever host of the URL is one now.
		l.pool.Reset()
		return &db.Error{Code: codeConnectionLost, Message: "the database server is no longer the primary", Err: err}
	case e.Code == codeConnectionLost || strings.HasPrefix(e.Code, "57P0"):
		// The other connections are likely to be gone too; those that are not are opened again soon enough.
		l.pool.Reset()
	}
	return err
}

// notConnected classifies the failure to get a connection. The gate had a place, so nobody else is being waited for: it is the
// server that does not answer.
func (l *lane) notConnected(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return db.Canceled(ctx.Err())
	}
	var known *db.Error
	if errors.As(err, &known) {
		return known
	}
	return connectError(err)
}

// connectionLost reports whether a connection that was there broke, as against none to be had.
func connectionLost(err error) bool {
	var e *db.Error
	return errors.As(err, &e) && (e.Code == codeConnectionLost || e.Code == "57P01" || e.Code == "57P02")
}

// unknownWrite is err of a write that commits by itself: when the connection broke without a word of the server, after the statement
// may have reached it, nobody knows whether it was committed.
func unknownWrite(err error) error {
	if err == nil {
		return nil
	}
	var e *db.Error
	if !errors.As(err, &e) || e.Code != codeConnectionLost || pgconn.SafeToRetry(err) {
		return err
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return err
	}
	return &db.Error{Code: db.CodeCommitUnknown, Message: "the connection was lost during a write; its outcome is unknown", Err: err}
}

// stalePlan reports whether the server refused a prepared statement because a table has changed since.
func stalePlan(err error) bool {
	if err == nil {
		return false
	}
	var server *pgconn.PgError
	return errors.As(err, &server) &&
		(server.Code == "0A000" && server.Routine == "RevalidateCachedQuery" || server.Code == "26000")
}
