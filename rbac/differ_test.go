package rbac_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

var policies = flag.Int("policies", 150, "how many random policies the differential test tries; 1500 is the long form")

// coarseNames is the small world in which random policies meet random questions often.
var (
	coarseDoms  = []string{"main", "t1", "t2"}
	coarseObjs  = []string{"a", "b", "gw.rules"}
	coarseActs  = []policy.Action{"select", "update", "publish"}
	coarseRoles = []string{"r1", "r2", "r3", "r4", "r5"}
)

func coarseUser(i int) uuid.UUID { return uuid.UUID{0: 1, 6: 0x40, 8: 0x80, 15: byte(i)} }

func coarseResources() []policy.Resource {
	var list []policy.Resource
	for _, name := range coarseObjs {
		list = append(list, policy.Resource{Name: name, Actions: coarseActs})
	}
	return list
}

// randomPolicy makes rules and grants of every kind that the coarse decision can see: denies, stars, tenants, chains, expired grants.
func randomPolicy(random *rand.Rand, now time.Time) rbac.Config {
	pick := func(from []string, star float64) string {
		if random.Float64() < star {
			return "*"
		}
		return from[random.IntN(len(from))]
	}
	subject := func() rbac.Subject {
		switch random.IntN(8) {
		case 0:
			return rbac.Anon
		case 1:
			return rbac.Authenticated
		case 2:
			return rbac.User(coarseUser(random.IntN(4)))
		}
		return rbac.Role(coarseRoles[random.IntN(len(coarseRoles))])
	}
	var cfg rbac.Config
	acts := []string{"select", "update", "publish"}
	for range 1 + random.IntN(12) {
		r := rbac.Rule{
			Sub: subject(), Dom: pick(coarseDoms, 0.4), Obj: pick(coarseObjs, 0.3), Act: policy.Action(pick(acts, 0.3)),
		}
		if random.IntN(3) == 0 {
			r.Cond = "{auth.claims.aal}=eq.aal2"
		}
		if random.IntN(4) == 0 {
			r.Eft = rbac.Deny
		}
		cfg.Rules = append(cfg.Rules, r)
	}
	for range random.IntN(10) {
		g := rbac.Grant{Sub: subject(), Role: rbac.Role(coarseRoles[random.IntN(len(coarseRoles))]), Dom: pick(coarseDoms, 0.4)}
		switch random.IntN(6) {
		case 0:
			g.ExpiresAt = now.Add(-time.Minute)
		case 1:
			g.ExpiresAt = now.Add(time.Minute)
		}
		cfg.Grants = append(cfg.Grants, g)
	}
	return cfg
}

// withoutCircles leaves out the grants that would be refused.
func withoutCircles(t *testing.T, cfg rbac.Config) rbac.Config {
	t.Helper()
	grants := cfg.Grants
	cfg.Grants = nil
	for _, g := range grants {
		try := cfg
		try.Grants = append(slices.Clone(cfg.Grants), g)
		if _, err := rbac.New(t.Context(), nil, try); err == nil {
			cfg = try
		}
	}
	return cfg
}

func TestTheIndexDecidesAsCasbinDoes(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	asked, allowed := 0, 0
	for seed := range *policies {
		random := rand.New(rand.NewPCG(uint64(seed), 7))
		cfg := withoutCircles(t, randomPolicy(random, now))
		cfg.Resources, cfg.Clock = coarseResources(), newClock(now)
		for i := range 4 { // Casbin asks about one subject: there, users have the role of everybody signed in by a grant
			cfg.Grants = append(cfg.Grants, rbac.Grant{Sub: rbac.User(coarseUser(i)), Role: rbac.Authenticated})
		}
		engine, err := rbac.New(t.Context(), nil, cfg)
		require.NoError(t, err)
		if err := engine.Describe(nil); err != nil {
			require.ErrorIs(t, err, rbac.ErrInvalid)
			t.Fatal(err)
		}
		enforcer, err := engine.Casbin(t.Context())
		require.NoError(t, err)
		for i := range 5 {
			who := auth.Identity{}
			if i < 4 {
				who = signedIn(coarseUser(i))
			}
			for _, dom := range coarseDoms {
				who.Tenant = dom
				for _, obj := range coarseObjs {
					for _, act := range coarseActs {
						want, err := enforcer.Enforce(who.Subject(), dom, obj, string(act))
						require.NoError(t, err)
						got := engine.Check(t.Context(), who, dom, obj, act)
						require.Equal(t, want, got, "policy %d: %s %s %s %s\n%s", seed, who.Subject(), dom, obj, act, printed(cfg))
						asked++
						if got {
							allowed++
						}
					}
				}
			}
		}
	}
	t.Logf("%d questions about %d policies, %d allowed", asked, *policies, allowed)
	require.Greater(t, allowed, asked/20)
	require.Less(t, allowed, asked*19/20)
}

func printed(cfg rbac.Config) string {
	text := ""
	for _, r := range cfg.Rules {
		text += fmt.Sprintf("p %s %s %s %s %q %q %s %q\n", r.Sub, r.Dom, r.Obj, r.Act, r.Cond, r.Fields, r.Eft, r.Chk)
	}
	for _, g := range cfg.Grants {
		text += fmt.Sprintf("g %s %s %s %v\n", g.Sub, g.Role, g.Dom, g.ExpiresAt)
	}
	return text
}

// largePolicy has 100,000 rules for 10,000 roles, and one user with three roles.
func largePolicy(b *testing.B, rules, roles int) (*rbac.Engine, auth.Identity) {
	b.Helper()
	cfg := rbac.Config{}
	for i := range roles / 10 {
		cfg.Resources = append(cfg.Resources, policy.Resource{Name: fmt.Sprintf("res%d", i), Actions: everyAction})
	}
	for i := range rules {
		cfg.Rules = append(cfg.Rules, rbac.Rule{
			Sub: rbac.Role(fmt.Sprintf("role%d", i%roles)), Obj: cfg.Resources[i%len(cfg.Resources)].Name, Act: everyAction[i/roles%4],
			Dom: []string{"*", "main", "other"}[i%3],
		})
	}
	who := signedIn(ann)
	for i := range 3 {
		cfg.Grants = append(cfg.Grants, rbac.Grant{Sub: rbac.User(ann), Role: rbac.Role(fmt.Sprintf("role%d", i*roles/3))})
	}
	engine, err := rbac.New(b.Context(), nil, cfg)
	require.NoError(b, err)
	require.NoError(b, engine.Describe(nil))
	return engine, who
}

func BenchmarkCheck(b *testing.B) {
	engine, who := largePolicy(b, 100_000, 10_000)
	ctx := context.Background()
	b.Run("allowed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !engine.Check(ctx, who, "main", "res0", "select") {
				b.Fatal("denied")
			}
		}
	})
	b.Run("denied", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if engine.Check(ctx, who, "main", "res1", "select") {
				b.Fatal("allowed")
			}
		}
	})
}

// BenchmarkCasbin is what stands beside BenchmarkCheck: Casbin's own Enforce on a tenth of the rules.
func BenchmarkCasbin(b *testing.B) {
	engine, who := largePolicy(b, 10_000, 1000)
	enforcer, err := engine.Casbin(b.Context())
	require.NoError(b, err)
	b.Run("allowed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ok, err := enforcer.Enforce(who.Subject(), "main", "res0", "select")
			if err != nil || !ok {
				b.Fatal("denied", err)
			}
		}
	})
	b.Run("index", func(b *testing.B) {
		b.ReportAllocs()
		ctx := context.Background()
		for b.Loop() {
			if !engine.Check(ctx, who, "main", "res0", "select") {
				b.Fatal("denied")
			}
		}
	})
}

func TestACheckAllocatesNothing(t *testing.T) {
	engine, err := rbac.New(t.Context(), nil, rbac.Config{
		Resources: coarseResources(),
		Rules:     []rbac.Rule{{Sub: rbac.Role("r1"), Obj: "a", Act: "select"}, {Sub: rbac.Role("r1"), Obj: "*", Act: "*", Dom: "t1"}},
		Grants:    []rbac.Grant{{Sub: rbac.User(ann), Role: rbac.Role("r1")}},
	})
	require.NoError(t, err)
	require.NoError(t, engine.Describe(nil))
	ctx, who := t.Context(), signedIn(ann)
	require.True(t, engine.Check(ctx, who, "main", "a", "select"))
	require.Zero(t, testing.AllocsPerRun(100, func() { engine.Check(ctx, who, "main", "a", "select") }))
	require.Zero(t, testing.AllocsPerRun(100, func() { engine.Check(ctx, who, "main", "b", "update") }))
	require.Zero(t, testing.AllocsPerRun(100, func() { engine.Check(ctx, who, "t1", "b", "update") }))
}
