package rbac

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Engine decides by rules and grants. It is a policy.Authorizer and a policy.Describer, and safe for concurrent use.
//
//   - Decide: [Engine.Plan], [Engine.Check]
//   - Change: [Engine.AddRule], [Engine.UpdateRule], [Engine.RemoveRule], [Engine.Grant], [Engine.Revoke]
//   - Look: [Engine.Rules], [Engine.Grants], [Engine.Version], [Engine.Quarantined], [Engine.Casbin]
//   - Run: [New], [Engine.Describe], [Engine.Reload], [Engine.Close]
type Engine struct {
	cfg      Config
	database *bun.DB // nil: nothing is stored
	store    *store
	compiler compiler
	// rules and grants are those of the configuration, numbered.
	rules  []Rule
	grants []Grant

	current  atomic.Pointer[snapshot]
	subjects *subjectCache
	// seen is when the policy was last compared with the database, in nanoseconds. behind says that a change of our own was
	// committed and could not be applied: nothing is decided until it is.
	seen   atomic.Int64
	behind atomic.Bool

	mu sync.Mutex // held while the snapshot is replaced

	wake  chan struct{}
	stop  context.CancelFunc
	loops sync.WaitGroup
}

// New makes an engine, brings the tables it stores in to their present form, and loads what they hold. database may be nil: the rules
// are then those of cfg alone. Mistakes in cfg that need no table to be seen are errors here, all at once; the others, such as unknown
// columns, are errors of [Engine.Describe] and so of Mount.
//
// The engine follows changes that other programs make until [Engine.Close].
func New(ctx context.Context, database *bun.DB, cfg Config) (*Engine, error) {
	e := &Engine{
		cfg: cfg.withDefaults(), database: database, compiler: compiler{dialect: dialect.SQLite},
		wake: make(chan struct{}, 1), stop: func() {},
	}
	e.subjects = newSubjectCache(e.cfg.Subjects)
	if err := e.number(); err != nil {
		return nil, err
	}
	if database == nil {
		e.current.Store(newDraft(nil).snapshot)
		return e, nil
	}
	e.store = &store{database: database}
	e.compiler.dialect = database.Dialect().Name()
	if err := e.store.migrate(ctx); err != nil {
		return nil, fmt.Errorf("rbac: prepare tables: %w", err)
	}
	if err := e.Reload(ctx); err != nil {
		return nil, err
	}
	e.follow(ctx)
	return e, nil
}

// number checks the configuration's rules and grants and gives them their numbers.
func (e *Engine) number() error {
	var mistakes []error
	for i, r := range e.cfg.Rules {
		checked, err := r.normal()
		if err != nil {
			mistakes = append(mistakes, placed(err, fmt.Sprintf("Rules[%d]", i)))
		}
		checked.ID = int64(-1 - i)
		e.rules = append(e.rules, checked)
	}
	for i, g := range e.cfg.Grants {
		checked, err := g.normal()
		if err == nil && reaches(e.grants, checked) {
			err = wrong("role", string(checked.Role)+" has the role "+string(checked.Sub)+" already: a circle")
		}
		if err != nil {
			mistakes = append(mistakes, placed(err, fmt.Sprintf("Grants[%d]", i)))
		}
		checked.ID = int64(-1 - i)
		e.grants = append(e.grants, checked)
	}
	return errors.Join(mistakes...)
}

// Close stops following changes and waits until that has ended. Decisions are still made, on the policy as it is, until
// Config.MaxStale.
func (e *Engine) Close() {
	e.stop()
	e.loops.Wait()
}

// Version is the version of the stored policy that decisions rest on. It grows by one with each change.
func (e *Engine) Version() int64 { return e.current.Load().version }

// Check is the coarse decision: may the caller do the action on some row of the object at all? It is what a guard of a program's own
// handlers asks, and the same as Casbin's Enforce over the same policy. It is false for everything that cannot be decided.
func (e *Engine) Check(ctx context.Context, who auth.Identity, tenant, obj string, act policy.Action) bool {
	in, now, err := e.ready()
	if err != nil || !askable(obj) || !askable(string(act)) || in.resources[obj] == nil {
		return false
	}
	if service(&who) {
		return true
	}
	caller, ok, err := e.subject(ctx, in, &policy.Request{Who: who, Tenant: tenant}, now)
	return err == nil && ok && allows(caller.buckets, obj, string(act))
}

// ready returns the policy to decide by, or why there is none.
func (e *Engine) ready() (*snapshot, time.Time, error) {
	in, now := e.current.Load(), e.cfg.Clock.Now()
	switch {
	case in.resources == nil:
		return nil, now, ErrNotReady
	case e.database == nil || e.cfg.Poll < 0 && !e.behind.Load():
		return in, now, nil
	case e.behind.Load():
		return nil, now, ErrStale
	case e.cfg.MaxStale > 0 && now.UnixNano()-e.seen.Load() > int64(e.cfg.MaxStale):
		return nil, now, ErrStale
	}
	return in, now, nil
}

// GuardsTenants is true: [Engine.Plan] denies in a tenant that is neither the caller's own nor one where the caller holds a grant, so
// the doors may let requests ask for a tenant.
func (e *Engine) GuardsTenants() bool { return true }
