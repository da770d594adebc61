package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Config composes an [API]. The zero Config is safe: it denies every request.
type Config struct {
	// Auth tells who makes a request. nil: the Identity that middleware of your own put into the request's context, else
	// anonymous.
	Auth auth.Authenticator
	// Authorizer decides which rows and columns a caller may touch. nil: nobody may touch anything.
	Authorizer policy.Authorizer
	// Tenant names the tenant of a request that carries none in its token, for example by host name. Its answer is trusted as
	// code. nil: "main".
	Tenant func(*http.Request) string
	// Limits bound what one request may ask for; zero fields have the defaults that [Limits] documents.
	Limits Limits
	// CORS says which web pages may call; the zero value allows every origin without credentials.
	CORS CORS
	// Edge bounds connections and requests in [Server] and [Run].
	Edge Edge
	// HideDetails leaves the details and hints of database errors, which may hold values of rows, out of error bodies.
	HideDetails bool
	// Title and Version head the API document; default "Groundwork API" and "1".
	Title, Version string
	// Description (Markdown) and License are shown in the API document; default none.
	Description, License string
	// HideDocument switches off the API document and its page (404 PGRST126).
	HideDocument bool
	// Logger receives errors, panics, and the address that Run listens on; default slog.Default().
	Logger *slog.Logger
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Limits bound one request. Zero means the default, -1 no limit where that is said.
type Limits struct {
	// Rows clamps the rows of a list and of every embedded list; default 1,000, -1 = no limit. A resource may set its own.
	Rows int64
	// Body is the largest request body in bytes; default 10 MiB.
	Body int64
	// Time is how long a request may take; default 30 s.
	Time time.Duration
	// Embeds, Depth and Conditions bound the query: default 16 embedded resources, 10 levels, 200 filter conditions.
	Embeds, Depth, Conditions int
	// In bounds the elements of an in list; default 10,000.
	In int
	// JSONDepth and JSONKeys bound a body: default 64 levels, 10,000 keys in one object.
	JSONDepth, JSONKeys int
}

// CORS configures cross-origin requests.
type CORS struct {
	// Origins are the exact origins (scheme://host[:port]) that may call. nil: every origin, answered with "*" and never with
	// credentials.
	Origins []string
	// Credentials allows cookies; it takes effect only together with Origins.
	Credentials bool
}

// Edge bounds what a connection may do. Zero means the default.
type Edge struct {
	// ReadHeader (5 s), Read (30 s) and Idle (60 s) are the time limits of a connection.
	ReadHeader, Read, Idle time.Duration
	// Write is how long a client may take for each 64 KiB of an answer before it is given up; default 30 s. It holds in [Run] and
	// [Serve].
	Write time.Duration
	// Body is the largest body on routes that are not resources, in bytes; default 1 MiB.
	Body int64
	// HeaderBytes bounds the request line and headers; default 96 KiB.
	HeaderBytes int
	// PreStop is how long the server keeps serving after it has turned not ready; default 0.
	PreStop time.Duration
	// Drain is how long requests in flight may take to finish at a stop; default 25 s.
	Drain time.Duration
	// Proxies are the addresses whose X-Forwarded-For header counts; nil: nobody's, the socket's address is the client's.
	Proxies []netip.Prefix
	// Ready is asked by /ready beside the database ping, for example whether migrations are applied; nil: nothing more.
	Ready func(ctx context.Context) error
}

const (
	defaultRows      = 1000
	defaultBody      = 10 << 20
	defaultEdgeBody  = 1 << 20
	defaultTime      = 30 * time.Second
	defaultEmbeds    = 16
	defaultDepth     = 10
	defaultConds     = 200
	defaultIn        = 10_000
	defaultJSONDepth = 64
	defaultJSONKeys  = 10_000
)

// withDefaults fills the zero fields.
func (c Config) withDefaults() Config {
	if c.Authorizer == nil {
		c.Authorizer = policy.AuthorizerFunc(denyAll)
	}
	orElse(&c.Logger, slog.Default())
	if c.Now == nil {
		c.Now = time.Now
	}
	orElse(&c.Title, "Groundwork API")
	orElse(&c.Version, "1")
	orElse(&c.Limits.Rows, defaultRows)
	orElse(&c.Limits.Body, defaultBody)
	orElse(&c.Limits.Time, defaultTime)
	orElse(&c.Limits.Embeds, defaultEmbeds)
	orElse(&c.Limits.Depth, defaultDepth)
	orElse(&c.Limits.Conditions, defaultConds)
	orElse(&c.Limits.In, defaultIn)
	orElse(&c.Limits.JSONDepth, defaultJSONDepth)
	orElse(&c.Limits.JSONKeys, defaultJSONKeys)
	orElse(&c.Edge.ReadHeader, 5*time.Second)
	orElse(&c.Edge.Read, 30*time.Second)
	orElse(&c.Edge.Idle, time.Minute)
	orElse(&c.Edge.Write, 30*time.Second)
	orElse(&c.Edge.Body, defaultEdgeBody)
	orElse(&c.Edge.HeaderBytes, 96<<10)
	orElse(&c.Edge.Drain, 25*time.Second)
	return c
}

func orElse[T comparable](field *T, fallback T) {
	var zero T
	if *field == zero {
		*field = fallback
	}
}

func denyAll(context.Context, policy.Request) (policy.Plan, error) { return policy.Plan{}, nil }

// AllowAll lets everybody do everything. It is for first steps and for programs whose network is the guard; it must be written by
// name because nothing allows by default.
const AllowAll allowAll = "allow all"

// allowAll is a constant that is an Authorizer, so that no program can change what AllowAll means.
type allowAll string

// GuardsTenants is true: everybody may do everything in every tenant.
func (allowAll) GuardsTenants() bool { return true }

// Plan allows.
func (allowAll) Plan(context.Context, policy.Request) (policy.Plan, error) {
	return policy.Plan{Kind: policy.Allowed, Readable: policy.AllColumns(), Writable: policy.AllColumns()}, nil
}
