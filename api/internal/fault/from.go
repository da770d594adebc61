package fault

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"syscall"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// From gives any error its place on the wire. An [*Error] in err's chain comes back as it is. Database errors keep their
// SQLSTATE and, when they are about the request, their texts; those about the server get a fixed text. Errors with a Code() or a
// Status() method are believed. Everything else is 500 with a fixed text. The error itself stays the cause, for the log. From
// of nil is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e := fromDatabase(err); e != nil {
		return e
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		e := BodyTooLarge(tooLarge.Limit)
		e.Err = err
		return e
	}
	if errors.Is(err, policy.ErrDenied) {
		return &Error{Code: "42501", Message: "permission denied", Err: err}
	}
	if e := fromMethods(err); e != nil {
		return e
	}
	switch {
	case errors.Is(err, syscall.ENOSPC): // long answers wait in a file
		return &Error{Status: http.StatusServiceUnavailable, Code: "53100", Message: "A disk of the server is full", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: "57014", Message: "The request took too long", Err: err}
	case errors.Is(err, context.Canceled):
		return &Error{Code: "57014", Message: "The request was cancelled", Err: err}
	}
	return &Error{Code: "XX000", Message: internal, Err: err}
}

// internal is all a client learns about an error nobody expected.
const internal = "Internal server error"

// fromDatabase places errors of package db, nil for others.
func fromDatabase(err error) *Error {
	if cause, ok := errors.AsType[*db.Error](err); ok {
		if message, fixed := serverTexts(cause.Code); fixed {
			return &Error{Code: cause.Code, Message: message, Err: err}
		}
		e := &Error{Code: cause.Code, Message: cause.Message, Details: text(cause.Detail), Hint: cause.Hint, Err: err}
		if cause.Code == "25006" { // a database that only reads answers 405, which names what is left
			e.Header = http.Header{"Allow": {"OPTIONS,GET,HEAD"}}
		}
		return e
	}
	var e *Error
	switch {
	case errors.Is(err, db.ErrNotFound):
		e = NoRow()
	case errors.Is(err, db.ErrConflict):
		e = &Error{Code: "GW409", Message: "The request conflicts with existing data"}
	case errors.Is(err, db.ErrInvalid):
		e = &Error{Code: "22000", Message: "The database refused a value"}
	case errors.Is(err, db.ErrUnavailable):
		e = &Error{Code: CodeNoConnection, Message: "The database is not available"}
	case errors.Is(err, db.ErrTimeout):
		e = &Error{Code: "57014", Message: "The statement took too long"}
	default:
		return nil
	}
	e.Err = err
	return e
}

// serverTexts returns the fixed message of a code that speaks about the server rather than about the request: the database's own
// text may name hosts, files and roles.
func serverTexts(code string) (string, bool) {
	switch code {
	case db.PoolTimeout:
		return "Timed out acquiring connection from connection pool.", true
	case "57014":
		return "canceling statement due to statement timeout", true
	case "08007":
		return "The outcome of the commit is unknown", true
	case "53100":
		return "The disk of the database is full", true
	case "53300":
		return "Too many requests are waiting for the database", true
	case "55P03":
		return "The database is locked by another request", true
	case "40P01", "40001":
		return "The transaction was undone because it conflicts with another; send it again", true
	case "25006":
		return "", false
	}
	if len(code) == 5 && StatusOf(code, false) == http.StatusServiceUnavailable {
		return "The database is not available", true
	}
	for _, class := range [...]string{"28", "3B", "54", "57", "58", "F0", "HV", "XX"} {
		if strings.HasPrefix(code, class) {
			return internal, true
		}
	}
	return "", false
}

// fromMethods places errors that say their code or status themselves, nil for others.
func fromMethods(err error) *Error {
	e := &Error{Err: err}
	if coder, ok := errors.AsType[interface {
		error
		Code() string
	}](err); ok {
		e.Code, e.Message = coder.Code(), coder.Error()
		describe(e, coder)
	}
	if stater, ok := errors.AsType[interface {
		error
		Status() int
	}](err); ok && stater.Status() >= 200 && stater.Status() <= 599 {
		e.Status = stater.Status()
		if e.Message == "" {
			e.Message = stater.Error()
			describe(e, stater)
		}
	}
	if e.Code == "" && e.Status == 0 {
		return nil
	}
	if e.Code == "" {
		e.Code = codeFor(e.Status)
	}
	if e.HTTPStatus(false) == http.StatusInternalServerError {
		e.Message, e.Details, e.Hint = internal, nil, ""
	}
	return e
}

// describe takes over the optional texts of an error that has them.
func describe(e *Error, source error) {
	if m, ok := source.(interface{ Message() string }); ok {
		e.Message = m.Message()
	}
	if d, ok := source.(interface{ Details() any }); ok {
		e.Details = d.Details()
	}
	if h, ok := source.(interface{ Hint() string }); ok {
		e.Hint = h.Hint()
	}
}

// codeFor is the code of a bare status.
func codeFor(status int) string {
	const digits = "0123456789"
	return "GW" + string([]byte{digits[status/100], digits[status/10%10], digits[status%10]})
}
