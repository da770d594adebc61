package db

import "context"

type (
	urgentKey      struct{}
	maintenanceKey struct{}
)

// Urgent marks the work done under the returned context as sign-in or health work: it may use the connections that a driver keeps
// back, so that a flood on one resource cannot stop logins.
func Urgent(ctx context.Context) context.Context { return context.WithValue(ctx, urgentKey{}, true) }

// IsUrgent reports whether ctx was marked by [Urgent]. It is for drivers.
func IsUrgent(ctx context.Context) bool { return ctx.Value(urgentKey{}) != nil }

// Maintenance marks the work done under the returned context as schema work, such as a migration: a driver lifts its limits on how
// long a statement and a transaction may take. Requests never get it.
func Maintenance(ctx context.Context) context.Context {
	return context.WithValue(ctx, maintenanceKey{}, true)
}

// IsMaintenance reports whether ctx was marked by [Maintenance]. It is for drivers.
func IsMaintenance(ctx context.Context) bool { return ctx.Value(maintenanceKey{}) != nil }
