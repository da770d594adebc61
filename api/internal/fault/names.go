package fault

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

// UnknownResource says that no resource has that name. closest is a similar name the caller may see, or "".
func UnknownResource(name, closest string) *Error {
	e := &Error{Code: CodeResource, Message: "Could not find the table 'public." + name + "' in the schema cache"}
	if closest != "" {
		e.Hint = "Perhaps you meant the table 'public." + closest + "'"
	}
	return e
}

// UnknownFunction says that no function has that name and takes these arguments. closest is a similar function the caller may see,
// perhaps with its arguments, or "".
func UnknownFunction(name string, args []string, closest string) *Error {
	signature := "public." + name + "(" + strings.Join(args, ", ") + ")"
	if len(args) == 0 {
		signature = "public." + name + " without parameters"
	}
	e := &Error{Code: CodeFunction, Message: "Could not find the function " + signature + " in the schema cache"}
	if closest != "" {
		e.Hint = "Perhaps you meant to call the function public." + closest
	}
	return e
}

// UnknownBodyColumn says that a body or columns= names a column the resource does not have.
func UnknownBodyColumn(column, table string) *Error {
	return &Error{
		Code:    CodeBodyColumn,
		Message: "Could not find the '" + column + "' column of '" + table + "' in the schema cache",
	}
}

// UnknownColumn says that a filter, an order or a select list names a column the table does not have.
func UnknownColumn(table, column string) *Error {
	return &Error{Code: "42703", Message: "column " + table + "." + column + " does not exist"}
}

// UnknownType says that a cast names a type that does not exist or may not be used.
func UnknownType(name string) *Error {
	return &Error{Code: "42704", Message: fmt.Sprintf("type %q does not exist", name)}
}

// Denied says that the caller may not do what it asked with a table.
func Denied(table string) *Error {
	return &Error{Code: "42501", Message: "permission denied for table " + table}
}

// Preset says that a policy sets a column to another value than the caller sent.
func Preset(table, column string) *Error {
	e := Denied(table)
	e.Details = "The server sets the column " + column + " to another value."
	e.Hint = "Leave the column out."
	e.Err = policy.ErrDenied
	return e
}

// NotEmbedded says that a filter, order or limit is addressed to a resource that is not in the select list.
func NotEmbedded(name string) *Error {
	return &Error{
		Code: CodeNotEmbedded, Message: "'" + name + "' is not an embedded resource in this request",
		Hint: "Verify that '" + name + "' is included in the 'select' query parameter.",
	}
}

// RelatedOrder says that rows of parent cannot be sorted by a column of a to-many resource.
func RelatedOrder(parent, rel string) *Error {
	return &Error{
		Code: CodeRelatedOrder, Message: "A related order on '" + rel + "' is not possible",
		Details: "'" + parent + "' and '" + rel + "' do not form a many-to-one or one-to-one relationship",
	}
}

// EmbedOperator says that an embedded resource was compared with another operator than is.null.
func EmbedOperator(name string) *Error {
	return &Error{
		Code: CodeEmbedOperator, Message: "Bad operator on the '" + name + "' embedded resource",
		Details: "Only is null or not is null filters are allowed on embedded resources",
	}
}

// NoRelation says that nothing leads from table from to table to. hint is the hint of the request ("" for none), closest a
// similar name the caller may see ("" for none).
func NoRelation(from, to, hint, closest string) *Error {
	using := ""
	if hint != "" {
		using = "using the hint '" + hint + "' "
	}
	e := &Error{
		Code:    CodeNoRelation,
		Message: "Could not find a relationship between '" + from + "' and '" + to + "' in the schema cache",
		Details: "Searched for a foreign key relationship between '" + from + "' and '" + to + "' " + using +
			"in the schema 'public', but no matches were found.",
	}
	if closest != "" {
		e.Hint = "Perhaps you meant '" + closest + "' instead of '" + to + "'."
	}
	return e
}

// Candidate is one of several relations, as [AmbiguousRelation] lists them.
type Candidate struct {
	Cardinality  string `json:"cardinality"`
	Embedding    string `json:"embedding"`
	Relationship string `json:"relationship"`
}

// AmbiguousRelation says that several relations lead from table from to table to; spellings are what the request may write instead.
func AmbiguousRelation(from, to string, candidates []Candidate, spellings []string) *Error {
	quoted := make([]string, len(spellings))
	for i, s := range spellings {
		quoted[i] = "'" + s + "'"
	}
	return &Error{
		Code:    CodeAmbiguous,
		Message: "Could not embed because more than one relationship was found for '" + from + "' and '" + to + "'",
		Details: candidates,
		Hint: "Try changing '" + to + "' to one of the following: " + strings.Join(quoted, ", ") +
			". Find the desired relationship in the 'details' key.",
	}
}

// DuplicateName says that two embedded resources of a parent come out under one name at one depth.
func DuplicateName(parent, name string, depth int) *Error {
	return &Error{
		Code:    "42712",
		Message: fmt.Sprintf(`table name "%s_%s_%d" specified more than once`, parent, name, depth),
	}
}

// Token says that a credential is no good: code is [CodeToken] or [CodeClaims].
func Token(code, message string) *Error {
	challenge := `Bearer error="invalid_token", error_description="` + quotable(message) + `"`
	return &Error{Code: code, Message: message, Header: http.Header{"Www-Authenticate": {challenge}}}
}

// AnonymousOff says that callers must sign in.
func AnonymousOff() *Error {
	return &Error{
		Code: CodeAnonymousOff, Message: "Anonymous access is disabled",
		Header: http.Header{"Www-Authenticate": {"Bearer"}},
	}
}

// quotable keeps what may stand between quotes in a header.
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
}
