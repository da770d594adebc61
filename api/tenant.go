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

// chosenTenant is a tenant and who chose it.
type chosenTenant struct {
	name string
	// byProgram is true when the program chose it (Config.Tenant, WithTenant) and not the request.
	byProgram bool
}

// WithTenant returns a context whose work through a [Collection] belongs to tenant. Inside a request the context of hooks and functions
// carries the request's tenant already; jobs and tests name it with WithTenant. Like the answer of Config.Tenant it is trusted as code:
// the Authorizer learns that the program chose the tenant.
func WithTenant(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, tenantKey{}, chosenTenant{name: tenant, byProgram: true})
}

// Tenant returns the tenant that the work of ctx belongs to: that of [WithTenant] or of the request, else that of the caller's
// Identity, else "main".
func Tenant(ctx context.Context) string {
	return tenantIn(ctx, auth.FromContext(ctx)).name
}

func tenantIn(ctx context.Context, who auth.Identity) chosenTenant {
	if chosen, ok := ctx.Value(tenantKey{}).(chosenTenant); ok && chosen.name != "" {
		return chosen
	}
	if who.Tenant != "" {
		return chosenTenant{name: who.Tenant}
	}
	return chosenTenant{name: mainTenant}
}

// tenantHeader is how a request asks for another tenant than its own.
const tenantHeader = "Groundwork-Tenant"

// tenantOf tells which tenant a request is for: the one it asks for, its token's, the program's choice, or "main". Asking for another
// than one's own takes an Authorizer that guards tenants.
func (a *API) tenantOf(r *http.Request, who auth.Identity) (chosenTenant, error) {
	own := a.ownTenant(r, who)
	asked := r.Header.Get(tenantHeader)
	if asked == "" || asked == own.name {
		return own, nil
	}
	if guard, ok := a.cfg.Authorizer.(policy.TenantGuard); !ok || !guard.GuardsTenants() {
		return chosenTenant{}, &Error{
			Code: "42501", Message: "permission denied for the tenant asked for", Err: policy.ErrDenied,
			Hint: "Leave the header " + tenantHeader + " out.",
		}
	}
	return chosenTenant{name: asked}, nil
}

// ownTenant is the tenant of a request that asks for none.
func (a *API) ownTenant(r *http.Request, who auth.Identity) chosenTenant {
	if who.Tenant == "" && a.cfg.Tenant != nil {
		if tenant := a.cfg.Tenant(r); tenant != "" {
			return chosenTenant{name: tenant, byProgram: true}
		}
	}
	return tenantIn(r.Context(), who)
}
