// Package fault is the one error type of the resource doors: what contract-rest §11 puts on the wire.
package fault

import "net/http"

// Error is an error with its place on the wire. The api package exports it as api.Error.
type Error struct {
	// Status is the HTTP status; 0 derives it from Code.
	Status int
	// Code is a PGRST, GW or SQLSTATE code.
	Code string
	// Message says what is wrong, for people.
	Message string
	// Details is a string, a slice, or nil (JSON null).
	Details any
	// Hint says what would be right; "" is written as null.
	Hint string
	// Header is added to the answer (Allow, Retry-After, Content-Range …); may be nil.
	Header http.Header
	// Err is the cause. It is logged, never shown.
	Err error
}

// Error returns code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
