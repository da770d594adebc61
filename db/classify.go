package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// Codes that this package gives by itself.
const (
	// CodeCommitUnknown is the code of a commit whose outcome nobody knows: the connection broke after COMMIT, or a statement that
	// commits by itself, was sent.
	CodeCommitUnknown = "08007"
	// CodeCanceled is the code of a statement stopped by its limit, by a deadline, or by a client that went away.
	CodeCanceled = "57014"
	// CodeQueueFull is the code of work refused at once because too much of it waits already.
	CodeQueueFull = "53300"
)

// Classify turns an error met while working with database, from Bun or from generated statements, into an [*Error]: driver errors
// by their SQLSTATE, a passed deadline or cancelled context as 57014. sql.ErrNoRows becomes an error that matches both itself and
// [ErrNotFound]. What it does not know, and nil, comes back unchanged.
func Classify(database *bun.DB, err error) error { return classify(database.DB, err) }

func classify(pool *sql.DB, err error) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return notFoundError{err}
	}
	if lane, ok := pool.Driver().(Lane); ok {
		err = lane.Classify(err)
		if errors.As(err, &known) {
			return err
		}
	}
	return Canceled(err)
}

// Canceled turns an error of a cancelled context or a passed deadline into an [*Error] with the code 57014, and returns every
// other error unchanged. It is for drivers.
func Canceled(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: CodeCanceled, Message: "canceling statement due to deadline", Err: err}
	case errors.Is(err, context.Canceled):
		return &Error{Code: CodeCanceled, Message: "canceling statement due to user request", Err: err}
	}
	return err
}

// notFoundError is sql.ErrNoRows that also matches ErrNotFound.
type notFoundError struct{ err error }

func (e notFoundError) Error() string        { return ErrNotFound.Error() }
func (e notFoundError) Unwrap() error        { return e.err }
func (e notFoundError) Is(target error) bool { return target == ErrNotFound }
