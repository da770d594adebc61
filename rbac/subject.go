package rbac

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// subjectKey is what decides the roles of a caller.
type subjectKey struct {
	id           uuid.UUID
	role, tenant string
	// carried are the roles of the token, when they count.
	carried string
}

// subject is a caller in a tenant: who he is, and what the database grants him.
type subject struct {
	starts []string
	direct []edge
	state  atomic.Pointer[resolved]
}

// resolved is a subject against one snapshot.
type resolved struct {
	in *snapshot
	// buckets hold all of the caller's rules.
	buckets []*bucket
	// roles are the names of his roles without prefix, sorted.
	roles []string
	// granted says that a grant opens the tenant to him.
	granted bool
	// until is when the first grant that counts here ends; zero: never.
	until time.Time
}

// service reports whether the caller holds a secret key, who is not asked for rules.
func service(who *auth.Identity) bool { return who.ID == uuid.Nil && who.Role == auth.RoleService }

// reserved names are given by the kind of the credential alone, and never by a name in a token.
func reserved(role string) bool {
	switch role {
	case "", auth.RoleAnon, auth.RoleAuthenticated, auth.RoleService, "service", "supabase_admin":
		return true
	}
	return false
}

// starts are the subjects a caller is without any grant.
func starts(who *auth.Identity, carried bool) []string {
	var list []string
	if who.ID != uuid.Nil {
		list = append(list, string(User(who.ID)), string(Authenticated))
	} else if who.Role == "" || who.Role == auth.RoleAnon {
		list = append(list, string(Anon))
	}
	names := []string{who.Role}
	if carried {
		names = append(names, who.Roles...)
	}
	for _, name := range names {
		if sub := string(Role(name)); !reserved(name) && askable(sub) && !slices.Contains(list, sub) {
			list = append(list, sub)
		}
	}
	return list
}

// subject finds the caller's rules in a tenant. ok is false when the tenant is not his.
func (e *Engine) subject(ctx context.Context, in *snapshot, r *policy.Request, now time.Time) (s *resolved, ok bool, err error) {
	if !askable(r.Tenant) {
		return nil, false, nil
	}
	home := r.Tenant == r.Who.Tenant || r.Who.Tenant == "" && r.Tenant == mainTenant
	carried := e.cfg.TrustTokenRoles && home && len(r.Who.Roles) > 0
	key := subjectKey{id: r.Who.ID, role: r.Who.Role, tenant: r.Tenant}
	if carried {
		key.carried = strings.Join(r.Who.Roles, "\x00")
	}
	found, generation := e.subjects.get(key)
	if found == nil {
		found = &subject{starts: starts(&r.Who, carried)}
		if found.direct, err = e.grantsOf(ctx, &r.Who); err != nil {
			return nil, false, err
		}
		found.direct = slices.DeleteFunc(found.direct, func(g edge) bool { return g.dom != "*" && g.dom != r.Tenant })
		e.subjects.put(key, found, generation)
	}
	s = found.state.Load()
	if s == nil || s.in != in || !s.until.IsZero() && !now.Before(s.until) {
		s = found.resolve(in, r.Tenant, now)
		found.state.Store(s)
	}
	return s, home || s.granted || r.Who.Tenant == "" && r.TenantByProgram, nil
}

// mainTenant is the tenant of programs that have none.
const mainTenant = "main"

// grantsOf reads what the database grants a user.
func (e *Engine) grantsOf(ctx context.Context, who *auth.Identity) ([]edge, error) {
	if who.ID == uuid.Nil || e.database == nil {
		return nil, nil
	}
	return e.store.grantsOf(ctx, User(who.ID))
}

// resolve follows the grants from where the subject stands.
//
//nolint:gocognit // one walk, told in the order it happens
func (s *subject) resolve(in *snapshot, tenant string, now time.Time) *resolved {
	out := &resolved{in: in}
	reached := slices.Clone(s.starts)
	follow := func(from string, edges []edge) {
		for i := range edges {
			g := &edges[i]
			if !g.counts(tenant, now) {
				continue
			}
			if !g.until.IsZero() && (out.until.IsZero() || g.until.Before(out.until)) {
				out.until = g.until
			}
			if slices.Contains(s.starts, from) && (g.dom == tenant || strings.HasPrefix(from, userPrefix)) {
				out.granted = true
			}
			if !slices.Contains(reached, g.role) {
				reached = append(reached, g.role)
			}
		}
	}
	if len(s.starts) > 0 {
		follow(s.starts[0], s.direct)
	}
	for i := 0; i < len(reached); i++ { //nolint:intrange // reached grows while it is walked
		follow(reached[i], in.edges[reached[i]])
	}
	for _, sub := range reached {
		for _, dom := range [...]string{tenant, "*"} {
			if b := in.bucket(place{dom, sub}); b != nil {
				out.buckets = append(out.buckets, b)
			}
		}
		if name, ok := strings.CutPrefix(sub, rolePrefix); ok {
			out.roles = append(out.roles, name)
		}
	}
	slices.Sort(out.roles)
	return out
}
