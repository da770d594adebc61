package rbac

import (
	"errors"
	"net/http"
	"strings"
)

// The errors of this package, for errors.Is. A rule or grant that exists already is a db.ErrConflict, one that does not exist a
// db.ErrNotFound.
var (
	// ErrInvalid says that a rule or grant is not one: every [*Error] matches it.
	ErrInvalid = errors.New("rbac: invalid rule or grant")
	// ErrNotReady says that nothing can be decided yet, because nobody called [Engine.Describe].
	ErrNotReady = errors.New("rbac: the resources are not described yet; Mount the API first")
	// ErrStale says that the policy could not be compared with the database for too long: decisions would rest on old rules.
	ErrStale = errors.New("rbac: the policy is too old to decide")
	// ErrNoDatabase is returned by everything that stores, when the engine was made without a database.
	ErrNoDatabase = errors.New("rbac: the engine has no database to store policies in")
	// ErrInCode says that a rule or grant comes from [Config] and can only be changed there.
	ErrInCode = errors.New("rbac: the rule is part of the program")
)

// Error says what is wrong with a rule or grant. Its texts are safe to show.
type Error struct {
	// Place says which rule of several: "Rules[2]" or "line 3"; "" when there is only one.
	Place string
	// Field is the part that is wrong: sub, dom, obj, act, cond, fields, eft, chk, preset, role, note, or line.
	Field string
	// Reason says why, and what would be right.
	Reason string
	// Err is the cause, such as the *filter.Error of a condition; it may be nil.
	Err error
}

// Error returns place, field and reason.
func (e *Error) Error() string {
	text := "rbac: "
	if e.Place != "" {
		text += e.Place + ": "
	}
	return text + e.Field + ": " + e.Reason
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrInvalid) true.
func (e *Error) Is(target error) bool { return target == ErrInvalid }

// Status returns 400.
func (e *Error) Status() int { return http.StatusBadRequest }

// Code returns "GW-RBAC-" and the field in capitals.
func (e *Error) Code() string { return "GW-RBAC-" + strings.ToUpper(e.Field) }

// Message returns the reason.
func (e *Error) Message() string { return e.Field + ": " + e.Reason }

// Details returns the place; nil when there is only one rule.
func (e *Error) Details() any {
	if e.Place == "" {
		return nil
	}
	return e.Place
}

// wrong is an [*Error] about a field.
func wrong(field, reason string) *Error { return &Error{Field: field, Reason: reason} }

// because is an [*Error] with a cause that explains itself.
func because(field string, cause error) *Error {
	reason := cause.Error()
	if detailed, ok := cause.(interface{ Details() any }); ok {
		if details, ok := detailed.Details().(string); ok {
			reason += "; " + details
		}
	}
	return &Error{Field: field, Reason: reason, Err: cause}
}

// placed names the place in every [*Error] of err.
func placed(err error, place string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	located := *e
	located.Place = place
	return &located
}
