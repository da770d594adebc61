package auth

import "net/http"

// Authenticator tells who makes a request. A request without credentials is the anonymous Identity and no error; credentials that
// are there and wrong are an error that wraps one of this package's, never anonymous. Authenticate must be safe for concurrent use.
type Authenticator interface {
	Authenticate(r *http.Request) (Identity, error)
}

// AuthenticatorFunc makes a function an [Authenticator].
type AuthenticatorFunc func(r *http.Request) (Identity, error)

// Authenticate calls f.
func (f AuthenticatorFunc) Authenticate(r *http.Request) (Identity, error) { return f(r) }
