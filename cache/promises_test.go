package cache_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
	"github.com/groundwork-go/groundwork/cache/cachetest"
)

// The promises of the package, in the order of the explanation.

func TestP1_WhoForgetsToSayWhoMayShareGetsNoCaching(t *testing.T) {
	t.Parallel()
	ada := person{subject: "user:ada", tenant: "acme"}
	for _, test := range []struct {
		name   string
		scope  cache.Scope
		fill   func(ctx context.Context)
		stored bool
	}{
		{"the zero scope", cache.Scope{}, func(context.Context) {}, false},
		{"no principal", cache.ForSubject(nil), func(context.Context) {}, false},
		{"a principal without a name", cache.ForSubject(person{tenant: "acme"}), func(context.Context) {}, false},
		{"no fingerprint", cache.ForPermissions(ada, ""), func(context.Context) {}, false},
		{"public", cache.Public(), func(context.Context) {}, true},
		{"public, and the fill reads the caller", cache.Public(), func(ctx context.Context) { whoAmI(ctx) }, false},
		{"tenant, and the fill reads the caller", cache.ForTenant(ada), func(ctx context.Context) { whoAmI(ctx) }, false},
		{"tenant, and the fill asks for the tenant", cache.ForTenant(ada), func(ctx context.Context) {
			if cache.ScopeFrom(ctx).Tenant() != "acme" {
				cache.NoStore(ctx, "wrong")
			}
		}, true},
		{"permissions, and the fill reads the caller", cache.ForPermissions(ada, "editor"), func(ctx context.Context) { whoAmI(ctx) }, false},
		{"the caller alone", cache.ForSubject(ada), func(ctx context.Context) { whoAmI(ctx) }, true},
		{"tainted by hand", cache.Public(), func(ctx context.Context) { cache.Taint(ctx, cache.TaintRequest) }, false},
		{"refused by hand", cache.Public(), func(ctx context.Context) { cache.NoStore(ctx, "secret") }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCache(t, cache.Config{Caller: callers{}})
			ctx := signIn(t.Context(), ada)
			for range 2 {
				_, _, err := c.Do(ctx, c.Key(test.scope, "k"), cache.Policy{}, func(ctx context.Context, _ *cache.Recorder) (*cache.Entry, error) {
					test.fill(ctx)
					return &cache.Entry{}, nil
				})
				require.NoError(t, err)
			}
			require.Equal(t, test.stored, c.Stats().Hits == 1, "%+v", c.Stats())
		})
	}
}

func TestP1_APartForOneCallerIsNotKeptInAnAnswerForMany(t *testing.T) {
	t.Parallel()
	ada, grace := person{subject: "user:ada", tenant: "acme"}, person{subject: "user:grace", tenant: "acme"}
	scopes := map[string]cache.Scope{
		"public": cache.Public(), "tenant": cache.ForTenant(ada), "ada": cache.ForSubject(ada), "grace": cache.ForSubject(grace),
		"editors": cache.ForPermissions(ada, "editor"), "nobody": {},
	}
	allowed := map[string][]string{ // outer: inner
		"public": {"public"}, "tenant": {"public", "tenant"}, "ada": {"public", "tenant", "ada"},
		"grace": {"public", "tenant", "grace"}, "editors": {"public", "tenant", "editors"},
	}
	for outer, outerScope := range scopes {
		for inner, innerScope := range scopes {
			c := newCache(t, cache.Config{})
			_, o, err := c.Do(t.Context(), c.Key(outerScope, "outer"), cache.Policy{}, func(ctx context.Context, _ *cache.Recorder) (*cache.Entry, error) {
				e, _, err := c.Do(ctx, c.Key(innerScope, "inner"), cache.Policy{}, text("part"))
				return &cache.Entry{Body: e.Body}, err
			})
			require.NoError(t, err)
			require.Equal(t, strings.Contains(strings.Join(allowed[outer], " "), inner), o.Stored, "%s in %s", inner, outer)
		}
	}
}

func TestP2_AHitComesAfterAuthorization(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	e := echo.New()
	guard := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(ec echo.Context) error {
			if ec.Request().Header.Get("Authorization") != "Bearer ada" {
				return echo.ErrForbidden
			}
			return next(ec)
		}
	}
	everybody := cache.Route{Scope: func(echo.Context) cache.Scope { return cache.Public() }}
	e.GET("/a", numbered(), guard, c.HTTP(everybody))
	require.Contains(t, status(ask(t, e, "GET", "/a", "Authorization", "Bearer ada")), "stored")
	require.Contains(t, status(ask(t, e, "GET", "/a", "Authorization", "Bearer ada")), "hit")
	w := ask(t, e, "GET", "/a")
	require.Equal(t, http.StatusForbidden, w.Code)
	require.NotContains(t, w.Body.String(), "1")
}

func TestP3_AWriterSeesItsWrite(t *testing.T) {
	t.Parallel()
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCache(t, cache.Config{Store: store})
			var row atomic.Int64
			read := func(context.Context, *cache.Recorder) (*cache.Entry, error) {
				return &cache.Entry{Body: []byte(fmt.Sprint(row.Load())), Tags: []cache.Tag{cache.Row("todos", 1)}}, nil
			}
			k := c.Key(cache.Public(), "todo")
			stop := make(chan struct{})
			var readers sync.WaitGroup
			for range 4 {
				readers.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							_, _, _ = c.Do(t.Context(), k, cache.Policy{}, read)
						}
					}
				})
			}
			for i := range int64(500) {
				row.Store(i)
				_, err := c.Invalidate(t.Context(), cache.Row("todos", 1))
				require.NoError(t, err)
				got, o := body(t, c, k, cache.Policy{}, read)
				require.Equal(t, fmt.Sprint(i), got, "%v", o)
			}
			close(stop)
			readers.Wait()
		})
	}
}

// stores are the stores that promises are tested over: the memory store, which drops by tag, and one whose entries are checked when
// they are read.
func stores(t *testing.T) map[string]cache.Store {
	t.Helper()
	return map[string]cache.Store{"memory": nil, "another store": &cachetest.MapStore{}}
}

func TestP3_AFollowerDoesNotJoinAFillFromBeforeItsWrite(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		t.Run(fmt.Sprintf("the key tells its tags: %v", known), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCache(t, cache.Config{})
				k := c.Key(cache.Public(), "todo")
				if known {
					k = k.Reads(cache.Row("todos", 1))
				}
				row, release, runs := "old", make(chan struct{}), 0
				read := func(context.Context, *cache.Recorder) (*cache.Entry, error) {
					runs++
					seen := row
					if runs == 1 {
						<-release
					}
					return &cache.Entry{Body: []byte(seen), Tags: []cache.Tag{cache.Row("todos", 1)}}, nil
				}
				var before, after sync.WaitGroup
				for range 5 {
					before.Go(func() { _, _, _ = c.Do(t.Context(), k, cache.Policy{}, read) })
				}
				synctest.Wait()
				row = "new"
				_, err := c.Invalidate(t.Context(), cache.Row("todos", 1))
				require.NoError(t, err)
				for range 5 {
					after.Go(func() {
						if e, _, err := c.Do(t.Context(), k, cache.Policy{}, read); err != nil || string(e.Body) != "new" {
							t.Errorf("after the write: %s, %v", e.Body, err)
						}
					})
				}
				synctest.Wait()
				close(release)
				before.Wait()
				after.Wait()
				require.Equal(t, 2, runs, "exactly one more")
				got, _ := body(t, c, k, cache.Policy{}, read)
				require.Equal(t, "new", got)
			})
		})
	}
}

func TestP4_OtherInstancesSeeAWriteWhenItArrives(t *testing.T) {
	t.Parallel()
	hub := &cachetest.Hub{}
	busA, busB := hub.Bus(), hub.Bus()
	a, b := newCache(t, cache.Config{Bus: busA}), newCache(t, cache.Config{Bus: busB})
	connected := func() bool { return a.Stats().Connected && b.Stats().Connected }
	require.Eventually(t, connected, 10*time.Second, time.Millisecond)
	row := "0"
	read := func(context.Context, *cache.Recorder) (*cache.Entry, error) {
		return &cache.Entry{Body: []byte(row), Tags: []cache.Tag{cache.Row("todos", 1)}}, nil
	}
	get := func(c *cache.Cache) string {
		got, _ := body(t, c, c.Key(cache.Public(), "todo"), cache.Policy{TTL: time.Hour}, read)
		return got
	}
	write := func(c *cache.Cache, to string) {
		row = to
		_, err := c.Invalidate(t.Context(), cache.Row("todos", 1))
		require.NoError(t, err)
	}
	get(b)
	write(a, "1")
	require.Equal(t, "1", get(b))

	busB.Hold()
	write(a, "2")
	require.Equal(t, "1", get(b), "the message is on its way")
	busB.Release()
	require.Equal(t, "2", get(b))

	busB.Cut()
	write(a, "3")
	require.Equal(t, "3", get(b), "without a bus nothing is kept")
	require.False(t, b.Stats().Connected)
	busB.Join()
	require.Equal(t, "3", get(b))

	busA.Cut()
	write(a, "4") // a cannot tell
	require.Equal(t, "3", get(b))
	busA.Join()
	require.Eventually(t, func() bool { return get(b) == "4" }, 10*time.Second, time.Millisecond, "a tells it later")
}

func TestP5_ALateStoreOfAnOldValueIsRefused(t *testing.T) {
	t.Parallel()
	// The interleaving search tests the protocol; this is the code under the interleaving that gave the race its name.
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCache(t, cache.Config{Store: store})
			k := c.Key(cache.Public(), "todo")
			_, o := body(t, c, k, cache.Policy{}, func(ctx context.Context, _ *cache.Recorder) (*cache.Entry, error) {
				e := &cache.Entry{Body: []byte("old"), Tags: []cache.Tag{cache.Row("todos", 1)}}
				_, err := c.Invalidate(ctx, cache.Row("todos", 1)) // the writer, between the read and the store
				return e, err
			})
			require.Equal(t, "groundwork; fwd=miss; detail=outdated", o.String())
			got, _ := body(t, c, k, cache.Policy{}, text("new"))
			require.Equal(t, "new", got)
		})
	}
}

func TestP6_AWriteDropsWhatItCanAffectAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCache(t, cache.Config{Store: store})
			answers := map[string][]cache.Tag{
				"/todos/5":           {cache.Resource("todos"), cache.Row("todos", 5)},
				"/todos/6":           {cache.Resource("todos"), cache.Row("todos", 6)},
				"/todos?user_id=7":   {cache.Resource("todos"), cache.Part("todos", "user_id", 7)},
				"/todos?user_id=8":   {cache.Resource("todos"), cache.Part("todos", "user_id", 8)},
				"/todos?done=true":   {cache.Resource("todos"), cache.Set("todos")},
				"/users/7 and todos": {cache.Resource("users"), cache.Row("users", 7), cache.Part("todos", "user_id", "7")},
				"/posts":             {cache.Resource("posts"), cache.Set("posts")},
			}
			fillAll := func() (misses []string) {
				for path, tags := range answers {
					if _, o := body(t, c, c.Key(cache.Public(), path), cache.Policy{}, text(path, tags...)); o.Result == cache.Miss {
						misses = append(misses, path)
					}
				}
				return misses
			}
			require.Len(t, fillAll(), len(answers))
			_, err := c.Invalidate(t.Context(), cache.Row("todos", 5), cache.Set("todos"), cache.Part("todos", "user_id", int64(7)))
			require.NoError(t, err)
			require.ElementsMatch(t, []string{"/todos/5", "/todos?user_id=7", "/todos?done=true", "/users/7 and todos"}, fillAll())
			require.Empty(t, fillAll())
			_, err = c.Invalidate(t.Context(), cache.Resource("todos"))
			require.NoError(t, err)
			require.ElementsMatch(t, []string{"/todos/5", "/todos/6", "/todos?user_id=7", "/todos?user_id=8", "/todos?done=true"}, fillAll())
		})
	}
}

func TestP7_AFailingStoreIsAMiss(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault cachetest.Fault
	}{
		{"fails", cachetest.Fails}, {"hangs", cachetest.Hangs}, {"forgets", cachetest.Forgets},
		{"gives entries of other keys", cachetest.Mixes}, {"is full", cachetest.Full},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, clock := cachetest.NewFaultyStore(&cachetest.MapStore{}), cachetest.NewClock()
				c := newCache(t, cache.Config{Store: store, Now: clock.Now})
				for i := range 3 {
					body(t, c, c.Key(cache.Public(), fmt.Sprint(i)), cache.Policy{}, text("before"))
				}
				store.Break(test.fault)
				began := time.Now() // the bubble's
				for i := range 20 {
					got, _ := body(t, c, c.Key(cache.Public(), "new", fmt.Sprint(i)), cache.Policy{}, text("right"))
					require.Equal(t, "right", got)
				}
				require.LessOrEqual(t, time.Since(began), 150*time.Millisecond, "few requests wait, and not long")
				store.Break(cachetest.Works)
				clock.Advance(time.Second)
				got, _ := body(t, c, c.Key(cache.Public(), "0"), cache.Policy{}, text("after"))
				require.Equal(t, "before", got)
			})
		})
	}
}

func TestP8_AThousandMissesRunOneFill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, cache.Config{})
		k := c.Key(cache.Public(), "k")
		release := make(chan struct{})
		fill := func(context.Context, *cache.Recorder) (*cache.Entry, error) {
			<-release
			return &cache.Entry{Body: []byte("body")}, nil
		}
		var answered atomic.Int32
		for range 1000 {
			go func() {
				if e, _, err := c.Do(t.Context(), k, cache.Policy{}, fill); err == nil && string(e.Body) == "body" {
					answered.Add(1)
				}
			}()
		}
		synctest.Wait()
		close(release)
		synctest.Wait()
		require.EqualValues(t, 1000, answered.Load())
		require.EqualValues(t, 1, c.Stats().Fills)
		require.EqualValues(t, 999, c.Stats().Collapsed)
	})
}

func TestP8_AThousandRequestsRunOneHandler(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	var runs, answered atomic.Int32
	e := serve(c, cache.Route{}, func(ec echo.Context) error {
		runs.Add(1)
		return ec.String(http.StatusOK, "body")
	})
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			if ask(t, e, "GET", "/a").Body.String() == "body" {
				answered.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1000, answered.Load())
	require.EqualValues(t, 1, runs.Load())
}

// slowStore is a store whose first look-up takes until the test lets it go on.
type slowStore struct {
	cachetest.MapStore

	first   atomic.Bool
	proceed chan struct{}
}

func (s *slowStore) Get(ctx context.Context, k cache.Key) (*cache.Entry, error) {
	e, err := s.MapStore.Get(ctx, k)
	if s.first.CompareAndSwap(false, true) {
		<-s.proceed
	}
	return e, err
}

func TestP8_AMissThatComesLateFindsWhatWasFilledSince(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &slowStore{proceed: make(chan struct{})}
		c := newCache(t, cache.Config{Store: store, StoreTimeout: time.Hour})
		k := c.Key(cache.Public(), "k")
		for range 2 {
			go func() { _, _, _ = c.Do(t.Context(), k, cache.Policy{}, text("body")) }()
			synctest.Wait() // the first one has found nothing, and the second one fills
		}
		close(store.proceed)
		synctest.Wait()
		require.EqualValues(t, 1, c.Stats().Fills)
	})
}
