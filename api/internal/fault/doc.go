// Package fault is the one error type of the resource doors and the one table that turns its codes into HTTP statuses.
//
// Every error a client sees under a resource path is an [*Error]: code, message, details and hint, as PostgREST's clients expect
// them. Code that finds a mistake in a request returns one of the constructors:
//
//	return fault.UnknownResource("psots", "posts")
//
// Everything else (errors of the database, of the policy engine, of hooks) goes through [From] once, where the answer is written:
//
//	fault.From(err).Write(w, r.Method == http.MethodHead, anonymous)
//
// [From] never lets the text of an error it does not know reach a client.
//
// # Extending
//
// A program's own error needs no import of this package: an error with a method Code() string, Status() int, or both, finds its
// place by [From]; Details() any and Hint() string are used when present.
package fault
