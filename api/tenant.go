package api

import (
	"context"
	"net/http"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// mainTenant is the tenant of programs that have none.
const mainTenant = "main"

type tenantKey struct{}

// WithTenant returns a context whose work through a [Collection] belongs to tenant. Inside a request the context of hooks and functions
// carries the request's tenant already; jobs and tests name it with WithTenant. Whether the caller may work there is asked of the
// Authorizer as always.
func WithTenant(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, tenantKey{}, tenant)
}

// Tenant returns the tenant that the work of ctx belongs to: that of [WithTenant] or of the request, else that of the caller's
// Identity, else "main".
func Tenant(ctx context.Context) string {
	if tenant, ok := ctx.Value(tenantKey{}).(string); ok && tenant != "" {
		return tenant
	}
	if tenant := auth.FromContext(ctx).Tenant; tenant != "" {
		return tenant
	}
	return mainTenant
}

// tenantHeader is how a request asks for another tenant than its own.
const tenantHeader = "Groundwork-Tenant"

// tenantOf tells which tenant a request is for: the one it asks for, its token's, the program's choice, or "main". Asking for another
// than one's own takes an Authorizer that guards tenants.
func (a *API) tenantOf(r *http.Request, who auth.Identity) (string, error) {
	own := a.ownTenant(r, who)
	asked := r.Header.Get(tenantHeader)
	if asked == "" || asked == own {
		return own, nil
	}
	if guard, ok := a.cfg.Authorizer.(policy.TenantGuard); !ok || !guard.GuardsTenants() {
		return "", &Error{
			Code: "42501", Message: "permission denied for the tenant asked for", Err: policy.ErrDenied,
			Hint: "Leave the header " + tenantHeader + " out.",
		}
	}
	return asked, nil
}

// ownTenant is the tenant of a request that asks for none.
func (a *API) ownTenant(r *http.Request, who auth.Identity) string {
	if who.Tenant != "" {
		return who.Tenant
	}
	if a.cfg.Tenant != nil {
		if tenant := a.cfg.Tenant(r); tenant != "" {
			return tenant
		}
	}
	return mainTenant
}
