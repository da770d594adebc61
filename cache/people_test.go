package cache_test

import (
	"context"

	"github.com/groundwork-go/groundwork/cache"
)

// person is a caller.
type person struct{ subject, tenant, role string }

func (p person) CacheSubject() string { return p.subject }
func (p person) CacheTenant() string  { return p.tenant }

type (
	personKey   struct{}
	observerKey struct{}
)

// signIn puts a caller into the context, as middleware does.
func signIn(ctx context.Context, p person) context.Context {
	return context.WithValue(ctx, personKey{}, p)
}

// whoAmI is what handlers call.
func whoAmI(ctx context.Context) (person, bool) {
	if read, ok := ctx.Value(observerKey{}).(func()); ok {
		read()
	}
	p, ok := ctx.Value(personKey{}).(person)
	return p, ok
}

// callers joins the cache to signIn and whoAmI.
type callers struct{}

func (callers) Of(ctx context.Context) (cache.Principal, bool) {
	p, ok := ctx.Value(personKey{}).(person)
	return p, ok
}

func (callers) Observe(ctx context.Context, read func()) context.Context {
	outer, _ := ctx.Value(observerKey{}).(func())
	return context.WithValue(ctx, observerKey{}, func() {
		if outer != nil {
			outer()
		}
		read()
	})
}
