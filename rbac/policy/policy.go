package policy

import (
	"context"
	"errors"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// ErrDenied is what a door returns when a plan denies. errors.Is finds it in every such error.
var ErrDenied = errors.New("policy: permission denied")

// Action is what a caller wants to do with a resource.
type Action string

// The actions of the generated doors. A program may use verbs of its own beside them.
const (
	Select  Action = "select"
	Insert  Action = "insert"
	Update  Action = "update"
	Delete  Action = "delete"
	Execute Action = "execute" // rpc functions; the resource is "rpc.<name>"
)

// Request is one question to an [Authorizer].
type Request struct {
	Who auth.Identity
	// Tenant is the tenant asked for; "main" for programs without tenants.
	Tenant string
	// TenantByProgram says that the program chose the tenant, for example by host name, and not the caller: it is then served
	// without a grant in it, unless the caller belongs to another one.
	TenantByProgram bool
	// Resource is the resource's name on the wire, "rpc.<name>" for functions.
	Resource string
	Action   Action
	// Columns are the wire names of the columns the request uses: for select those in filters, order, aggregates and joins
	// (not the ones only shown), for insert and update those in the payload, presets excluded.
	Columns []string
}

// Kind is the coarse answer of a [Plan].
type Kind uint8

// The kinds of plans. The zero value denies.
const (
	Denied Kind = iota
	Allowed
	Conditional
)

// Plan is an Authorizer's answer: which rows and columns the request may touch. The zero Plan denies. A Plan is read-only.
type Plan struct {
	Kind Kind
	// Where limits the existing rows (select, update, delete); nil: every row.
	Where filter.Expr
	// Check must be true for the new row (insert, update); nil: no check.
	Check filter.Expr
	// Readable and Writable are the columns the caller may see and send.
	Readable, Writable ColumnSet
	// Mask holds, for readable columns that are visible in some rows only, the condition under which a row shows the value;
	// elsewhere the value is null. Keys are wire names.
	Mask map[string]filter.Expr
	// Preset are column values (by wire name, in text form, nil for NULL) forced on insert and update. A client that sends
	// another value for one of them is denied.
	Preset map[string]any
	// Column names the column that made the plan deny; "" when no single column did.
	Column string
	// ScopeKey is equal for two plans exactly when they give the same authority.
	ScopeKey [32]byte
}

// Authorizer decides. Every variable in the Plan's conditions is already a bound value. An error denies and is answered with
// 503; Plan must be safe for concurrent use.
type Authorizer interface {
	Plan(ctx context.Context, r Request) (Plan, error)
}

// AuthorizerFunc makes a function an [Authorizer].
type AuthorizerFunc func(ctx context.Context, r Request) (Plan, error)

// Plan calls f.
func (f AuthorizerFunc) Plan(ctx context.Context, r Request) (Plan, error) { return f(ctx, r) }

// Resource tells a [Describer] about one mounted resource or function.
type Resource struct {
	// Name is the name that requests carry: "posts", "rpc.top_posts".
	Name string
	// Table is nil for functions and for sources that have no table.
	Table *schema.Table
	// Actions are the actions the resource offers.
	Actions []Action
	// Tenant is the wire name of the tenant column, "" when it has none.
	Tenant string
}

// TenantGuard is an optional ability of an [Authorizer]: the promise that Plan denies when the caller has no business in
// Request.Tenant. Without it a tenant that the request itself names (and not its token or the program) is refused before Plan is
// asked, so that an Authorizer which does not look at tenants opens none.
type TenantGuard interface {
	// GuardsTenants reports whether the promise holds.
	GuardsTenants() bool
}

// Describer is an optional ability of an [Authorizer]: Mount calls Describe once, before the first request, with everything
// that is mounted, so that conditions can be compiled against their tables. An error stops Mount.
type Describer interface {
	Describe(resources []Resource) error
}
