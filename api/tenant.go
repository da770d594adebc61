package api

import (
	"context"
	"net/http"

	"github.com/groundwork-go/groundwork/auth"
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

// tenantOf tells which tenant a request is for: the one it asks for, its token's, the program's choice, or "main".
func (a *API) tenantOf(r *http.Request, who auth.Identity) string {
	if asked := r.Header.Get("Groundwork-Tenant"); asked != "" {
		return asked
	}
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
