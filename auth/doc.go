// Package auth says who makes a request.
//
// An [Authenticator] reads the credentials of a request and returns an [Identity]; the middleware in front puts it into the context
// with [NewContext], and everything behind asks [FromContext]:
//
//	who := auth.FromContext(ctx)
//	if who.Anonymous() {
//		return auth.ErrUnauthenticated
//	}
//
// Nothing is found in a context that nobody put there: without an identity the caller is anonymous.
//
// # Extending
//
// Credentials of another kind (a header from a proxy, the tokens of another issuer) need one method, [Authenticator], or a function
// in [AuthenticatorFunc]. Refuse with one of this package's errors, so that the client gets the answer it knows.
package auth
