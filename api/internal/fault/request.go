package fault

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Parse says that a request's query string or a header cannot be read; details says what was found and expected ("" for null).
func Parse(message, details string) *Error {
	return &Error{Code: CodeParse, Message: message, Details: text(details)}
}

// Body says that a request body cannot be read.
func Body(message string) *Error { return &Error{Code: CodeBody, Message: message} }

// Range says that a limit, offset or Range header asks for rows that cannot be.
func Range(details string) *Error {
	return &Error{Code: CodeRange, Message: "Requested range not satisfiable", Details: details}
}

// RangeBeyond says that a counted request's offset lies behind the last row; its Content-Range tells the total.
func RangeBeyond(offset, total int64) *Error {
	e := Range(fmt.Sprintf("An offset of %d was requested, but there are only %d rows.", offset, total))
	e.Header = http.Header{"Content-Range": {"*/" + strconv.FormatInt(total, 10)}}
	return e
}

// Media says that no media type of an Accept header is on offer.
func Media(accepted []string) *Error {
	return &Error{Code: CodeMedia, Message: "None of these media types are available: " + strings.Join(accepted, ", ")}
}

// Schema says that a profile header names a schema that is not exposed.
func Schema(name string, exposed []string) *Error {
	return &Error{
		Code: CodeSchema, Message: "Invalid schema: " + name,
		Hint: "Only the following schemas are exposed: " + strings.Join(exposed, ", "),
	}
}

// Method says that a resource does not answer an HTTP method. allow are the methods it answers; none leaves the Allow header out.
func Method(method string, allow ...string) *Error {
	return withAllow(&Error{Code: CodeMethod, Message: "Unsupported HTTP method: " + method}, allow)
}

// RPCMethod says that functions do not answer an HTTP method.
func RPCMethod(method string, allow ...string) *Error {
	return withAllow(&Error{Code: CodeRPCMethod, Message: "Cannot use the " + method + " method on RPC"}, allow)
}

// Path says that nothing answers under a path.
func Path() *Error { return &Error{Code: CodePath, Message: "Invalid path specified in request URL"} }

// RootOff says that the API document is switched off.
func RootOff() *Error { return &Error{Code: CodeRootOff, Message: "The API document is switched off"} }

// NotImplemented says that a feature is missing here; details names it, hint says what to use instead ("" for null).
func NotImplemented(details, hint string) *Error {
	return &Error{Code: CodeNotImplemented, Message: "Feature not implemented", Details: details, Hint: hint}
}

// NeedsPostgreSQL says that a feature does not exist on SQLite; hint says what to use instead ("" for null).
func NeedsPostgreSQL(feature, hint string) *Error {
	return NotImplemented(feature+" needs PostgreSQL", hint)
}

// Aggregates says that aggregate functions are switched off.
func Aggregates() *Error {
	return &Error{Code: CodeAggregates, Message: "Use of aggregate functions is not allowed"}
}

// Preferences says that a request with handling=strict gave preferences nobody knows.
func Preferences(unknown []string) *Error {
	return &Error{
		Code: CodePreferences, Message: "Invalid preferences given with handling=strict",
		Details: "Invalid preferences: " + strings.Join(unknown, ", "),
	}
}

// MaxAffected says that a write touched more rows than its max-affected preference allows.
func MaxAffected(rows int64) *Error {
	return &Error{
		Code: CodeMaxAffected, Message: "Query result exceeds max-affected preference constraint",
		Details: fmt.Sprintf("The query affects %d rows", rows),
	}
}

// MaxAffectedCall says that max-affected means nothing to a function that returns one value.
func MaxAffectedCall() *Error {
	return &Error{
		Code:    CodeMaxAffectedCall,
		Message: "Function must return SETOF or TABLE when max-affected preference is used with handling=strict",
	}
}

// PutFilters says that a PUT does not name exactly the primary key.
func PutFilters() *Error {
	return &Error{
		Code:    CodePutFilters,
		Message: "Filters must include all and only primary key columns with 'eq' operators",
	}
}

// PutLimit says that a PUT carries a limit or an offset.
func PutLimit() *Error {
	return &Error{Code: CodePutLimit, Message: "limit/offset querystring parameters are not allowed for PUT"}
}

// PutPayload says that the body of a PUT has another key than its address.
func PutPayload() *Error {
	return &Error{Code: CodePutPayload, Message: "Payload values do not match URL in primary key column(s)"}
}

// NotSingle says that the object media type met another number of rows than one. Clients look for the words "0 rows".
func NotSingle(rows int64) *Error {
	return &Error{
		Code: CodeNotSingle, Message: "Cannot coerce the result to a single JSON object",
		Details: fmt.Sprintf("The result contains %d rows", rows),
	}
}

// NoRow says that an item route found nothing the caller may see: [NotSingle] of no rows, with 404.
func NoRow() *Error {
	e := NotSingle(0)
	e.Status = http.StatusNotFound
	return e
}

// NoWhere refuses an UPDATE or DELETE that would touch a whole table; verb is "UPDATE" or "DELETE".
func NoWhere(verb string) *Error {
	return &Error{Code: "21000", Message: verb + " requires a WHERE clause"}
}

// QueryTooLong says that a query string has more than limit bytes.
func QueryTooLong(limit int) *Error {
	return &Error{
		Code: "GW414", Message: "The query string is too long",
		Details: fmt.Sprintf("At most %d bytes are accepted.", limit),
	}
}

// BodyTooLarge says that a request body has more than limit bytes.
func BodyTooLarge(limit int64) *Error {
	return &Error{
		Code: "GW413", Message: "The request body is too large",
		Details: fmt.Sprintf("At most %d bytes are accepted.", limit),
	}
}

func withAllow(e *Error, allow []string) *Error {
	if len(allow) > 0 {
		e.Header = http.Header{"Allow": {strings.Join(allow, ",")}}
	}
	return e
}

// text makes an empty string null.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}
