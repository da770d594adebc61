package rbac

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Config composes an [Engine]. The zero Config has no rule in code; with an empty database it then denies everybody but the service
// key.
type Config struct {
	// Rules are the rules of the program. They are not stored, and count beside the stored ones; default none.
	Rules []Rule
	// Grants are the grants of the program, not stored either; default none.
	Grants []Grant
	// Resources are objects that rules may name beside those that Mount describes: buckets, channels, tables of another API;
	// default none. They are known before [Engine.Describe] only to those who call it.
	Resources []policy.Resource
	// TrustTokenRoles lets the roles that a token carries (Identity.Roles) count as grants in its tenant; default: only grants
	// count, and a revocation does not wait for a token to expire.
	TrustTokenRoles bool
	// Poll is how often the version of the policy is read, to notice what other programs changed; default 1 s, give or take a
	// fifth. Negative: never, and MaxStale does not apply.
	Poll time.Duration
	// MaxStale is how long decisions may rest on a policy that could not be compared with the database; after it every Plan is
	// an error. Default 5 min; negative: for ever.
	MaxStale time.Duration
	// Subjects bounds how many callers' grants are remembered; default 10,000.
	Subjects int
	// Logger receives what cannot be returned to a caller; default slog.Default().
	Logger *slog.Logger
	// Clock tells the time; nil: the system's.
	Clock Clock
}

// Clock is the time as the engine sees it. Tests bring their own.
type Clock interface {
	// Now is the present moment.
	Now() time.Time
	// After is as time.After.
	After(d time.Duration) <-chan time.Time
}

// systemClock is the clock of the machine.
type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func (c Config) withDefaults() Config {
	c.Poll = cmp.Or(c.Poll, time.Second)
	c.MaxStale = cmp.Or(c.MaxStale, 5*time.Minute)
	c.Subjects = cmp.Or(c.Subjects, 10_000)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	return c
}
