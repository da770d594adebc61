package cache

// Principal is a caller as keys see one: auth.Identity is a Principal. A principal that also has CacheRevision() string puts that
// text into every key, so that a change of policies moves callers to new keys.
type Principal interface {
	// CacheSubject names the caller; two callers with one name and one tenant are the same caller.
	CacheSubject() string
	// CacheTenant names the caller's tenant.
	CacheTenant() string
}

// Scope says who may share an answer. The zero Scope is nobody: nothing is read from the cache and nothing is stored. Scopes are
// values, compared with ==.
type Scope struct {
	kind                 scopeKind
	tenant, id, revision string
}

type scopeKind uint8

const (
	scopeNobody scopeKind = iota
	scopePublic
	scopeTenant
	scopePermissions
	scopeSubject
)

// Public is everybody: the answer has the same bytes with and without credentials.
func Public() Scope { return Scope{kind: scopePublic} }

// ForTenant is every caller of the principal's tenant. A nil principal gives the zero Scope.
func ForTenant(p Principal) Scope {
	if p == nil {
		return Scope{}
	}
	return Scope{kind: scopeTenant, tenant: p.CacheTenant(), revision: revision(p)}
}

// ForPermissions is every caller of the principal's tenant with the same fingerprint: a text that says all that decides what the
// caller may see, such as a sorted list of roles. A nil principal or an empty fingerprint gives the zero Scope.
func ForPermissions(p Principal, fingerprint string) Scope {
	if p == nil || fingerprint == "" {
		return Scope{}
	}
	return Scope{kind: scopePermissions, tenant: p.CacheTenant(), id: fingerprint, revision: revision(p)}
}

// ForSubject is the principal alone. A nil principal, or one without a name, gives the zero Scope.
func ForSubject(p Principal) Scope {
	if p == nil || p.CacheSubject() == "" {
		return Scope{}
	}
	return Scope{kind: scopeSubject, tenant: p.CacheTenant(), id: p.CacheSubject(), revision: revision(p)}
}

// anonymous is every caller without credentials whom nobody knows. They have one identity, which a fill may read.
func anonymous() Scope { return Scope{kind: scopeSubject} }

// personal reports whether the answer is for one known caller.
func (s Scope) personal() bool { return s.kind == scopeSubject && s.id != "" }

// Nobody reports whether this is the zero Scope.
func (s Scope) Nobody() bool { return s.kind == scopeNobody }

// Tenant is the tenant whose callers share the answer; "" for Public. A fill may read it without depending on one caller, see
// [ScopeFrom].
func (s Scope) Tenant() string { return s.tenant }

// observed reports whether a fill under this scope must not read who the caller is.
func (s Scope) observed() bool { return s.kind != scopeSubject }

// covers reports whether an answer of this scope may contain a value of the inner one: everybody who gets the answer would also
// have been given the value.
func (s Scope) covers(inner Scope) bool {
	switch {
	case inner.kind == scopePublic, s == inner:
		return true
	case inner.kind == scopeTenant:
		return s.kind > scopePublic && s.tenant == inner.tenant && s.revision == inner.revision
	}
	return false
}

// tag is carried by every entry of one subject, see [Subject].
func (s Scope) tag() (Tag, bool) {
	if !s.personal() {
		return Tag{}, false
	}
	return subjectTag(s.tenant, s.id), true
}

func revision(p Principal) string {
	if r, ok := p.(interface{ CacheRevision() string }); ok {
		return r.CacheRevision()
	}
	return ""
}
