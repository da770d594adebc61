package api

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Resource describes one collection of the API: a Bun model, or anything else that a [Source] can read. The zero value of every
// field but Name is a safe default.
type Resource[T any] struct {
	// Name is the name in URLs, embeds and policies; default: the table's name.
	Name string
	// ReadOnly offers reading only, whatever policies say; default: everything the table or source can do.
	ReadOnly bool
	// Actions are what callers may do at all, before any policy is asked, where ReadOnly is too coarse; nil: as ReadOnly says.
	Actions []policy.Action
	// Tenant is the wire name of the column that holds the row's tenant. Every read and write is then limited to the caller's
	// tenant outside all policies, the column is set on insert and immutable after; "" = rows belong to no tenant.
	Tenant string
	// Source serves rows that are no database table; nil: the table of the Bun model T.
	Source Source[T]
	// BeforeWrite runs inside the transaction before the statement and may change the rows or refuse with an error.
	BeforeWrite func(ctx context.Context, w *Write[T]) error
	// AfterWrite runs inside the transaction after the statement; an error undoes the write. Slow work belongs into
	// db.AfterCommit.
	AfterWrite func(ctx context.Context, w *Write[T]) error
	// AfterRead sees, and may change, the rows of every answer before they are written. It costs a struct per row. Fields the
	// request did not select are zero, and changes to them are not shown. What would pass the hook by is refused: casts and JSON
	// paths in select, and embedding the resource in another. Filters and order still see the stored values, so a secret is the
	// business of policies (Plan.Readable, Plan.Mask), not of this hook.
	AfterRead func(ctx context.Context, rows []T) error
	// AllowUnfiltered permits PATCH and DELETE without any filter; default: refused with 21000.
	AllowUnfiltered bool
	// Rows clamps the rows of a list of this resource; 0: Config.Limits.Rows, -1: no limit.
	Rows int64
	// Description is shown in the API document.
	Description string
}

// resource is a Resource without its type: what the two request paths work on.
type resource struct {
	name            string
	table           *schema.Table
	actions         []policy.Action
	tenant          *schema.Column
	rows            int64
	allowUnfiltered bool
	description     string
	codec           codec
	source          untypedSource
	before, after   func(ctx context.Context, w *write) error
	afterRead       func(ctx context.Context, rows []any) error
	validate        *rowValidator
}

// Register adds a resource and returns the typed way to use it from Go. It never fails: [API.Mount] reports what is wrong with r
// together with every other mistake. Registering after Mount is such a mistake.
func Register[T any](a *API, r Resource[T]) *Collection[T] {
	collection := &Collection[T]{api: a, res: newResource(r)}
	if a.database == nil {
		return collection // New has reported it
	}
	table, err := schema.FromModel(a.database, (*T)(nil))
	if err != nil {
		a.reject(fmt.Errorf("api: resource %q: %w", r.Name, err))
		return collection
	}
	register(a, collection, table, r, newCodec[T](table))
	return collection
}

// newResource takes over what needs no table.
func newResource[T any](r Resource[T]) *resource {
	return &resource{name: r.Name, rows: r.Rows, allowUnfiltered: r.AllowUnfiltered, description: r.Description}
}

// register completes a registration when its table is known.
func register[T any](a *API, collection *Collection[T], table *schema.Table, r Resource[T], rows codec) {
	res := collection.res
	orElse(&res.name, table.Name)
	table.Name = res.name
	res.table, res.codec = table, rows
	if r.ReadOnly && r.Actions != nil {
		a.reject(fmt.Errorf("api: resource %q: give ReadOnly or Actions, not both", res.name))
	}
	a.reject(res.build(a, r.Tenant, wantedActions(r), offeredActions(r.Source, table)))
	typed[T](res, r)
	a.add(res)
}

// wantedActions are the actions that a registration asks for; nil for all.
func wantedActions[T any](r Resource[T]) []policy.Action {
	if r.ReadOnly && r.Actions == nil {
		return []policy.Action{policy.Select}
	}
	return r.Actions
}

// typed attaches what needs the type: hooks, validation and source.
func typed[T any](res *resource, r Resource[T]) {
	res.validate = newRowValidator[T](res.table)
	if r.BeforeWrite != nil {
		res.before = hook(r.BeforeWrite)
	}
	if r.AfterWrite != nil {
		res.after = hook(r.AfterWrite)
	}
	if r.AfterRead != nil {
		res.afterRead = readHook(r.AfterRead)
	}
	if r.Source != nil {
		res.source = untyped(r.Source)
	}
}

// build checks the untyped parts of a registration.
func (res *resource) build(a *API, tenant string, wanted, offered []policy.Action) error {
	var mistakes []error
	if !resourceName.MatchString(res.name) || res.name == "rpc" || res.name == "batch" {
		mistakes = append(mistakes, fmt.Errorf("api: resource name %q: want letters, digits, - and _, and neither rpc nor batch", res.name))
	}
	if tenant != "" {
		if res.tenant = res.table.Lookup(tenant); res.tenant == nil {
			mistakes = append(mistakes, fmt.Errorf("api: resource %q: tenant column %q does not exist", res.name, tenant))
		}
	}
	res.actions = offered
	if wanted != nil {
		res.actions = wanted
	}
	for _, action := range wanted {
		if !slices.Contains(offered, action) {
			mistakes = append(mistakes, fmt.Errorf("api: resource %q cannot %s: it offers %v", res.name, action, offered))
		}
	}
	if res.rows == 0 {
		res.rows = a.cfg.Limits.Rows
	}
	return errors.Join(mistakes...)
}

// add puts a resource into the registry.
func (a *API) add(res *resource) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.mounted:
		a.reject(fmt.Errorf("api: resource %q was registered after Mount", res.name))
	case a.resources[res.name] != nil:
		a.reject(fmt.Errorf("api: resource %q is registered twice", res.name))
	default:
		a.resources[res.name] = res
		a.byTable[res.table] = res
		a.names = append(a.names, res.name)
	}
}

// can reports whether the resource offers the action.
func (res *resource) can(action policy.Action) bool { return slices.Contains(res.actions, action) }

// typedWrite reports whether a write needs rows as structs.
func (res *resource) typedWrite() bool { return res.before != nil || res.validate != nil }

var resourceName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_-]*$`)
