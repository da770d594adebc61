package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"

	"github.com/groundwork-go/groundwork/db"
)

// Error is an error with its place on the wire. The api package exports it as api.Error. It is a value to its readers: nobody
// changes one after it was returned, so a package may keep one and return it many times.
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

// HTTPStatus is the status to answer with: Status when it is set, else what [StatusOf] says about Code. Anonymous callers get
// 401 where others get 403.
func (e *Error) HTTPStatus(anonymous bool) int {
	if e.Status != 0 {
		return e.Status
	}
	return StatusOf(e.Code, anonymous)
}

// AppendJSON appends the error body: an object with the keys code, message, details and hint, always all four.
func (e *Error) AppendJSON(buf []byte) []byte {
	buf = append(buf, `{"code":`...)
	buf = appendValue(buf, e.Code)
	buf = append(buf, `,"message":`...)
	buf = appendValue(buf, e.Message)
	buf = append(buf, `,"details":`...)
	buf = appendValue(buf, e.Details)
	buf = append(buf, `,"hint":`...)
	if e.Hint == "" {
		return append(buf, `null}`...)
	}
	return append(appendValue(buf, e.Hint), '}')
}

// MarshalJSON returns the body of [Error.AppendJSON].
func (e *Error) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// Terse returns the error without details and hint when they come from the database, and the error itself otherwise. Programs
// that do not want to show key values of constraint errors answer with it.
func (e *Error) Terse() *Error {
	var cause *db.Error
	if e.Details == nil && e.Hint == "" || !errors.As(e.Err, &cause) {
		return e
	}
	terse := *e
	terse.Details, terse.Hint = nil, ""
	return &terse
}

// Write sends the error: status, Header and the body as JSON; head leaves the body out. A 401 without a WWW-Authenticate of its
// own and a 503 or 504 without a Retry-After get the plain ones. Headers that w has already (CORS, request id) stay.
func (e *Error) Write(w http.ResponseWriter, head, anonymous bool) {
	status := e.HTTPStatus(anonymous)
	header := w.Header()
	maps.Copy(header, e.Header)
	if status == http.StatusUnauthorized && header.Get("WWW-Authenticate") == "" {
		header.Set("WWW-Authenticate", "Bearer")
	}
	unavailable := status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
	if unavailable && header.Get("Retry-After") == "" {
		header.Set("Retry-After", "1")
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Proxy-Status", "Groundwork; error="+token(e.Code))
	body := e.AppendJSON(nil)
	if !head {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	} else {
		header.Del("Content-Length")
	}
	w.WriteHeader(status)
	if !head {
		_, _ = w.Write(body) // the client may be gone: there is nobody left to tell
	}
}

// appendValue appends v as JSON, with <, > and & as they are. What JSON cannot express becomes null.
func appendValue(buf []byte, v any) []byte {
	if v == nil {
		return append(buf, "null"...)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return append(buf, "null"...)
	}
	return append(buf, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// token returns a code as it may stand in a structured header: letters and digits only.
func token(code string) string {
	for i := range len(code) {
		c := code[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "internal"
		}
	}
	if code == "" {
		return "internal"
	}
	return code
}
