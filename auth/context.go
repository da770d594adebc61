package auth

import "context"

type (
	identityKey struct{}
	observerKey struct{}
)

// NewContext returns a context that carries who.
func NewContext(ctx context.Context, who Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, who)
}

// FromContext returns who makes the request. A context without an identity is anonymous, with the role "anon".
func FromContext(ctx context.Context) Identity {
	if read, ok := ctx.Value(observerKey{}).(func()); ok {
		read()
	}
	who, _ := ctx.Value(identityKey{}).(Identity)
	if who.Role == "" {
		who.Role = RoleAnon
	}
	return who
}

// Observe returns a context under which every [FromContext] calls read first. A cache uses it to learn that an answer depended on
// the caller. Observers of outer contexts are called too; read must be safe for concurrent use.
func Observe(ctx context.Context, read func()) context.Context {
	outer, ok := ctx.Value(observerKey{}).(func())
	if !ok {
		return context.WithValue(ctx, observerKey{}, read)
	}
	return context.WithValue(ctx, observerKey{}, func() {
		outer()
		read()
	})
}
