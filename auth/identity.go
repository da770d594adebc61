package auth

import (
	"context"

	"github.com/google/uuid"
)

// Identity is who makes a request. The zero value is anonymous. It is a value: middleware puts one into the context with
// [NewContext], everything behind reads it with [FromContext]. Callers must not change its slices and maps.
type Identity struct {
	// ID is the user's id; the nil UUID for anonymous callers and service keys.
	ID uuid.UUID
	// Email is a confirmed address, or "".
	Email string
	// Role is the wire's one role: "anon" (or ""), "authenticated", "service_role", or a role of the program's own.
	Role string
	// Roles are further role names without prefix that the token carries.
	Roles []string
	// Scopes narrow what a key or token may do ("posts:select", "*:select"); nil means no ceiling, see [Identity.Allows].
	Scopes []string
	// Tenant comes only from a signed token or a key row; "" means none.
	Tenant string
	// SessionID is the nil UUID for keys and foreign tokens.
	SessionID uuid.UUID
	// AAL is the authenticator assurance level: "", "aal1" or "aal2".
	AAL string
	// Claims are the token's claims with exact numbers (json.Number).
	Claims map[string]any
}

type contextKey struct{}

// NewContext returns a context that carries who.
func NewContext(ctx context.Context, who Identity) context.Context {
	return context.WithValue(ctx, contextKey{}, who)
}
