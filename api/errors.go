package api

import (
	"fmt"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// Error is an error with its place on the wire: status, code, message, details and hint, the body that every client of the
// protocol parses. Hooks, functions and sources return one (wrapped or not) to answer with it. Other errors are translated: those
// of package db by their SQLSTATE, policy.ErrDenied to 42501, anything unknown to 500 with a fixed text while the log gets the
// detail.
type Error = fault.Error

// Errorf returns an [*Error] with that HTTP status and code. An empty code becomes "GW" and the status ("GW409").
func Errorf(status int, code, format string, args ...any) *Error {
	if code == "" {
		code = fmt.Sprintf("GW%d", status)
	}
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}
