package cache_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
)

// TestP1_NoAnswerReachesAnotherCaller has 50 users of 5 tenants with 4 roles ask for the same addresses, through routes of every scope
// and some that were declared wrongly. Each body says for whom it was made.
func TestP1_NoAnswerReachesAnotherCaller(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{Caller: callers{}, MaxBytes: 4 << 20})
	e := leaky(c)
	var people []person
	for user := range 50 {
		people = append(people, person{fmt.Sprintf("user-%02d", user), fmt.Sprintf("tenant-%d", user%5), fmt.Sprintf("role-%d", user%4)})
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(3, uint64(worker)))
			for range 2000 {
				checkAnswer(t, e, random, people[random.IntN(len(people))])
			}
		})
	}
	all.Wait()
	s := c.Stats()
	require.Greater(t, s.Hits, int64(1000), "the test means nothing without hits")
	require.Positive(t, s.Violations, "the wrong declarations were noticed")
	t.Logf("%+v", s)
}

// leaky is a server whose routes tell for whom they answered.
func leaky(c *cache.Cache) *echo.Echo {
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(ec echo.Context) error {
			name := ec.Request().Header.Get("Authorization")
			if name == "" {
				name = strings.TrimPrefix(ec.Request().Header.Get("Cookie"), "session=")
			}
			if fields := strings.Fields(name); len(fields) == 3 {
				who := person{fields[0], fields[1], fields[2]}
				ec.SetRequest(ec.Request().WithContext(signIn(ec.Request().Context(), who)))
				ec.Set("user", who.subject)
			}
			return next(ec)
		}
	})
	signedIn := func(ec echo.Context) person {
		p, _ := ec.Request().Context().Value(personKey{}).(person)
		return p
	}
	scopes := map[string]func(echo.Context) cache.Scope{
		"default": nil,
		"public":  func(echo.Context) cache.Scope { return cache.Public() },
		"tenant":  func(ec echo.Context) cache.Scope { return cache.ForTenant(signedIn(ec)) },
		"role":    func(ec echo.Context) cache.Scope { return cache.ForPermissions(signedIn(ec), signedIn(ec).role) },
		"subject": func(ec echo.Context) cache.Scope { return cache.ForSubject(signedIn(ec)) },
		"nobody":  func(echo.Context) cache.Scope { return cache.Scope{} },
	}
	handlers := map[string]echo.HandlerFunc{
		// Says who asks, whatever the route declares.
		"identity": func(ec echo.Context) error {
			p, _ := whoAmI(ec.Request().Context())
			return ec.String(http.StatusOK, "subject="+p.subject+" tenant="+p.tenant+" role="+p.role)
		},
		// Says what the scope tells.
		"scope": func(ec echo.Context) error {
			return ec.String(http.StatusOK, "tenant="+cache.ScopeFrom(ec.Request().Context()).Tenant())
		},
		// Says who asks by ways that nobody sees.
		"raw": func(ec echo.Context) error {
			r := ec.Request()
			return ec.String(http.StatusOK, fmt.Sprint("raw=", r.Header["Authorization"], r.Header["Cookie"], r.Header["Apikey"], ec.Get("user"),
				" ", ec.RealIP(), r.URL.Query().Get("access_token"), " ", r.Header["X-User"]))
		},
	}
	for scope, of := range scopes {
		for name, handler := range handlers {
			e.GET("/"+scope+"/"+name+"/:id", handler, c.HTTP(cache.Route{Scope: of}))
		}
	}
	return e
}

var named = regexp.MustCompile(`(user|tenant|role)-\d\d?`)

func checkAnswer(t *testing.T, e *echo.Echo, random *rand.Rand, who person) {
	t.Helper()
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	scope, handler := pick("default", "public", "tenant", "role", "subject", "nobody"), pick("identity", "scope", "raw")
	target := fmt.Sprintf("/%s/%s/%d?access_token=%s", scope, handler, random.IntN(3), who.subject)
	credential := strings.Join([]string{who.subject, who.tenant, who.role}, " ")
	fields := []string{"X-User", who.subject, "X-Forwarded-For", who.subject, "Apikey", who.subject}
	if random.IntN(2) == 0 {
		fields = append(fields, "Authorization", credential)
	} else {
		fields = append(fields, "Cookie", "session="+credential)
	}
	w := ask(t, e, pick("GET", "GET", "GET", "HEAD"), target, fields...)
	got := w.Body.String()
	for _, word := range named.FindAllStringSubmatch(got, -1) {
		if want := map[string]string{"user": who.subject, "tenant": who.tenant, "role": who.role}[word[1]]; word[0] != want {
			t.Errorf("%s for %v gave %q (%s)", target, who, got, status(w))
		}
	}
	if handler == "identity" && got != "" && !strings.Contains(got, who.subject) {
		t.Errorf("%s for %v gave %q (%s)", target, who, got, status(w))
	}
}

func TestAnAnswerThatReadsTheCallerIsReported(t *testing.T) {
	t.Parallel()
	meter := &meter{}
	c := newCache(t, cache.Config{Caller: callers{}, Meter: meter})
	e := serve(c, cache.Route{Scope: func(echo.Context) cache.Scope { return cache.Public() }}, func(ec echo.Context) error {
		p, _ := whoAmI(ec.Request().Context())
		return ec.String(http.StatusOK, p.subject)
	})
	for _, name := range []string{"ada", "grace"} {
		w := ask(t, e, "GET", "/a", "Authorization", "Bearer "+name)
		require.Equal(t, name, w.Body.String())
		require.Equal(t, "groundwork; fwd=miss; detail=scope", status(w))
	}
	require.EqualValues(t, 2, meter.count("cache_scope_violation_total"))
	require.EqualValues(t, 2, meter.count("cache_requests_total"))
}

// meter counts.
type meter struct{ counts sync.Map }

func (m *meter) Add(name string, n int64, _ ...string) {
	before, _ := m.counts.LoadOrStore(name, int64(0))
	m.counts.Store(name, before.(int64)+n)
}

func (m *meter) Record(string, float64, ...string) {}

func (m *meter) count(name string) int64 {
	n, _ := m.counts.Load(name)
	count, _ := n.(int64)
	return count
}
