package auth

import "errors"

// The reasons for which a credential is refused, for errors.Is. An [Authenticator] wraps them; a request without any credential is
// no error but anonymous.
var (
	// ErrUnauthenticated says that the caller must sign in.
	ErrUnauthenticated = errors.New("auth: not signed in")
	// ErrInvalidToken is a token that cannot be read or whose signature or claims are wrong.
	ErrInvalidToken = errors.New("auth: invalid token")
	// ErrTokenExpired is a good token whose time is over: the client refreshes it.
	ErrTokenExpired = errors.New("auth: token expired")
	// ErrSessionEnded is a good token of a session that was signed out, or of a user who was banned or deleted.
	ErrSessionEnded = errors.New("auth: session ended")
	// ErrInvalidKey is an API key that is unknown or revoked.
	ErrInvalidKey = errors.New("auth: invalid API key")
	// ErrUnavailable says that the credential could not be checked. It never means that the caller may pass.
	ErrUnavailable = errors.New("auth: check unavailable")
)
