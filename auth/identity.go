package auth

import (
	"strings"

	"github.com/google/uuid"
)

// The roles that the wire itself knows.
const (
	// RoleAnon is the role of callers without a credential.
	RoleAnon = "anon"
	// RoleAuthenticated is the usual role of users.
	RoleAuthenticated = "authenticated"
	// RoleService is the role of secret keys, never of a user.
	RoleService = "service_role"
)

// Identity is who makes a request. The zero value is anonymous. It is a value: middleware puts one into the context with
// [NewContext], everything behind reads it with [FromContext]. Callers must not change its slices and maps.
type Identity struct {
	// ID is the user's id; the nil UUID for anonymous callers and service keys. A program whose users have other ids derives one
	// (uuid.NewSHA1) and keeps its own in Claims.
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

// Anonymous reports that nobody signed in: neither a user, nor a service key, nor a role of the program's own. An ID alone, with the
// zero Role, counts as signed in; so does a Role other than "anon" without an ID.
func (i Identity) Anonymous() bool {
	return i.ID == uuid.Nil && (i.Role == "" || i.Role == RoleAnon)
}

// Subject is the caller's name in policies: "user:<ID>" for users, "role:service" for service keys, "role:anon" for anonymous
// callers, and "role:<Role>" for callers who have a role but no id.
func (i Identity) Subject() string {
	switch {
	case i.ID != uuid.Nil:
		return "user:" + i.ID.String()
	case i.Role == "" || i.Role == RoleAnon:
		return "role:anon"
	case i.Role == RoleService:
		return "role:service"
	}
	return "role:" + i.Role
}

// CacheSubject is the caller's name in the keys of cached answers: the same as [Identity.Subject].
func (i Identity) CacheSubject() string { return i.Subject() }

// CacheTenant is the tenant's name in the keys of cached answers: "main" for callers without a tenant.
func (i Identity) CacheTenant() string {
	if i.Tenant == "" {
		return "main"
	}
	return i.Tenant
}

// Allows reports whether the caller's scopes let an action on a resource through. It is a ceiling, not a right: policies decide
// after it. Without scopes (nil) everything passes; an empty list lets nothing pass. A scope is "resource:action"; either may be *.
func (i Identity) Allows(resource, action string) bool {
	if i.Scopes == nil {
		return true
	}
	for _, scope := range i.Scopes {
		on, do, ok := strings.Cut(scope, ":")
		if ok && (on == "*" || on == resource) && (do == "*" || do == action) {
			return true
		}
	}
	return false
}
