package cache_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
	"github.com/groundwork-go/groundwork/cache/cachetest"
)

// counted makes a fill that tells how often it ran.
func counted(tags ...cache.Tag) (fill cache.Fill, runs *atomic.Int32) {
	runs = &atomic.Int32{}
	return func(context.Context, *cache.Recorder) (*cache.Entry, error) {
		return &cache.Entry{Body: []byte(fmt.Sprint(runs.Add(1))), Tags: tags}, nil
	}, runs
}

func body(t *testing.T, c *cache.Cache, k cache.Key, p cache.Policy, fill cache.Fill) (string, cache.Outcome) {
	t.Helper()
	e, o, err := c.Do(t.Context(), k, p, fill)
	require.NoError(t, err)
	return string(e.Body), o
}

func exact(ttl time.Duration) cache.Policy { return cache.Policy{TTL: ttl, Jitter: -1} }

func TestAnswersExpire(t *testing.T) {
	t.Parallel()
	clock := cachetest.NewClock()
	c := newCache(t, cache.Config{Now: clock.Now})
	k := c.Key(cache.Public(), "k")
	fill, _ := counted()
	_, o := body(t, c, k, exact(time.Minute), fill)
	require.Equal(t, "groundwork; fwd=miss; stored", o.String())
	clock.Advance(59 * time.Second)
	got, o := body(t, c, k, exact(time.Minute), fill)
	require.Equal(t, "1", got)
	require.Equal(t, "groundwork; hit; ttl=1", o.String())
	clock.Advance(time.Second)
	got, o = body(t, c, k, exact(time.Minute), fill)
	require.Equal(t, "2", got)
	require.Equal(t, cache.Miss, o.Result)
}

func TestDefaultLifetimes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		policy         cache.Policy
		status         int
		atLeast, below time.Duration
	}{
		{"a minute with jitter", cache.Policy{}, 200, 54 * time.Second, 67 * time.Second},
		{"ten seconds for what is not there", cache.Policy{}, 404, 9 * time.Second, 12 * time.Second},
		{"and for what is gone", cache.Policy{TTL: time.Hour}, 410, 9 * time.Second, 12 * time.Second},
		{"as said", cache.Policy{TTL: time.Hour, Jitter: -1}, 200, time.Hour, time.Hour + 1},
		{"as said for what is not there", cache.Policy{NegativeTTL: time.Hour, Jitter: -1}, 404, time.Hour, time.Hour + 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clock := cachetest.NewClock()
			c := newCache(t, cache.Config{Now: clock.Now})
			e, _, err := c.Do(t.Context(), c.Key(cache.Public(), "k"), test.policy, func(context.Context, *cache.Recorder) (*cache.Entry, error) {
				return &cache.Entry{Status: test.status}, nil
			})
			require.NoError(t, err)
			lifetime := e.FreshUntil.Sub(clock.Now())
			require.GreaterOrEqual(t, lifetime, test.atLeast)
			require.Less(t, lifetime, test.below)
		})
	}
}

func TestNegativePoliciesStoreNothing(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	fill, runs := counted()
	for range 2 {
		_, o := body(t, c, c.Key(cache.Public(), "k"), cache.Policy{TTL: -1}, fill)
		require.Equal(t, "groundwork; fwd=bypass; detail=policy", o.String())
	}
	require.EqualValues(t, 2, runs.Load())
	absent := func(context.Context, *cache.Recorder) (*cache.Entry, error) { return &cache.Entry{Status: 404}, nil }
	_, o := body(t, c, c.Key(cache.Public(), "absent"), cache.Policy{NegativeTTL: -1}, absent)
	require.False(t, o.Stored)
}

func TestStaleWhileRevalidate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := cachetest.NewClock()
		c := newCache(t, cache.Config{Now: clock.Now})
		k, fill := c.Key(cache.Public(), "k"), func() cache.Fill { f, _ := counted(cache.Set("todos")); return f }()
		p := cache.Policy{TTL: time.Minute, Jitter: -1, StaleWhileRevalidate: time.Minute}
		body(t, c, k, p, fill)
		clock.Advance(90 * time.Second)
		got, o := body(t, c, k, p, fill)
		require.Equal(t, "1", got)
		require.Equal(t, "groundwork; hit; ttl=-30", o.String())
		synctest.Wait() // the refresh
		got, o = body(t, c, k, p, fill)
		require.Equal(t, "2", got)
		require.Equal(t, cache.Hit, o.Result)

		clock.Advance(2 * time.Minute)
		got, o = body(t, c, k, p, fill)
		require.Equal(t, "3", got, "the window has ended")
		require.Equal(t, cache.Miss, o.Result)

		clock.Advance(90 * time.Second)
		_, err := c.Invalidate(t.Context(), cache.Set("todos"))
		require.NoError(t, err)
		got, _ = body(t, c, k, p, fill)
		require.Equal(t, "4", got, "what was invalidated is never given")
	})
}

func TestStaleIfError(t *testing.T) {
	t.Parallel()
	clock := cachetest.NewClock()
	c := newCache(t, cache.Config{Now: clock.Now})
	k := c.Key(cache.Public(), "k")
	p := cache.Policy{TTL: time.Minute, Jitter: -1, StaleIfError: time.Minute}
	broken := errors.New("database is down")
	fails := func(context.Context, *cache.Recorder) (*cache.Entry, error) { return nil, broken }
	body(t, c, k, p, text("good", cache.Set("todos")))
	clock.Advance(90 * time.Second)
	got, o := body(t, c, k, p, fails)
	require.Equal(t, "good", got)
	require.Equal(t, "groundwork; fwd=stale; fwd-status=500; detail=stale-if-error", o.String())
	got, o = body(t, c, k, p, func(_ context.Context, r *cache.Recorder) (*cache.Entry, error) {
		r.NoStore("status")
		return &cache.Entry{Status: http.StatusServiceUnavailable}, nil
	})
	require.Equal(t, "good", got)
	require.Equal(t, 503, o.ForwardStatus)
	clock.Advance(time.Minute)
	_, _, err := c.Do(t.Context(), k, p, fails)
	require.ErrorIs(t, err, broken, "the window has ended")
}

func TestEagerRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := cachetest.NewClock()
		c := newCache(t, cache.Config{Now: clock.Now})
		k := c.Key(cache.Public(), "k")
		fill, runs := counted()
		p := cache.Policy{TTL: 100 * time.Second, Jitter: -1, EagerAt: 0.9}
		body(t, c, k, p, fill)
		clock.Advance(90 * time.Second)
		body(t, c, k, p, fill)
		synctest.Wait()
		require.EqualValues(t, 1, runs.Load(), "not past the mark")
		clock.Advance(time.Second)
		for range 3 {
			got, _ := body(t, c, k, p, fill)
			require.Equal(t, "1", got)
		}
		synctest.Wait()
		got, o := body(t, c, k, p, fill)
		require.Equal(t, "2", got)
		require.Equal(t, 100*time.Second, o.TTL)
		require.EqualValues(t, 2, runs.Load())
	})
}

func TestALeavingLeaderFailsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, cache.Config{})
		k := c.Key(cache.Public(), "k")
		release := make(chan struct{})
		fill := func(ctx context.Context, _ *cache.Recorder) (*cache.Entry, error) {
			<-release
			return &cache.Entry{Body: []byte("done")}, ctx.Err()
		}
		ctx, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, _, err := c.Do(ctx, k, cache.Policy{}, fill)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the leader left: %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			e, o, err := c.Do(t.Context(), k, cache.Policy{}, fill)
			if err != nil || string(e.Body) != "done" || !o.Collapsed {
				t.Errorf("a follower: %v %v %v", e, o, err)
			}
		})
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		all.Wait()
		require.EqualValues(t, 1, c.Stats().Fills)
	})
}

func TestPanicsReachOneCaller(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	k := c.Key(cache.Public(), "k")
	_, _, err := c.Do(t.Context(), k, cache.Policy{}, func(context.Context, *cache.Recorder) (*cache.Entry, error) {
		nothing := make([]int, c.Stats().Entries)
		return &cache.Entry{Status: nothing[0]}, nil
	})
	var panicked *cache.PanicError
	require.ErrorAs(t, err, &panicked)
	require.Contains(t, err.Error(), "index out of range")
	require.Contains(t, string(panicked.Stack), "do_test.go")
	got, _ := body(t, c, k, cache.Policy{}, text("well"))
	require.Equal(t, "well", got)
}

func TestFollowersOfAFailureRunThemselves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, cache.Config{})
		k := c.Key(cache.Public(), "k")
		release := make(chan struct{})
		var runs atomic.Int32
		fill := func(context.Context, *cache.Recorder) (*cache.Entry, error) {
			if runs.Add(1) == 1 {
				<-release
				return nil, errors.New("first fails")
			}
			return &cache.Entry{Body: []byte("good")}, nil
		}
		var failures, good atomic.Int32
		for range 10 {
			go func() {
				e, _, err := c.Do(t.Context(), k, cache.Policy{}, fill)
				switch {
				case err != nil:
					failures.Add(1)
				case string(e.Body) == "good":
					good.Add(1)
				}
			}()
		}
		synctest.Wait()
		close(release)
		synctest.Wait()
		require.EqualValues(t, 1, failures.Load())
		require.EqualValues(t, 9, good.Load())
	})
}

func TestAnswersThatAreNotSharedDoNotQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := cachetest.NewClock()
		c := newCache(t, cache.Config{Now: clock.Now})
		k := c.Key(cache.Public(), "k")
		private := func(_ context.Context, r *cache.Recorder) (*cache.Entry, error) {
			r.NoStore("private")
			return &cache.Entry{}, nil
		}
		_, o := body(t, c, k, cache.Policy{}, private)
		require.Equal(t, "groundwork; fwd=miss; detail=private", o.String())
		release := make(chan struct{})
		var running atomic.Int32
		for range 10 {
			go func() {
				_, _, _ = c.Do(t.Context(), k, cache.Policy{}, func(context.Context, *cache.Recorder) (*cache.Entry, error) {
					running.Add(1)
					<-release
					return &cache.Entry{}, nil
				})
			}()
		}
		synctest.Wait()
		require.EqualValues(t, 10, running.Load(), "all at the same time")
		close(release)
	})
}

func TestLargeAnswersAreNotStored(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{MaxEntry: 1000})
	_, o := body(t, c, c.Key(cache.Public(), "k"), cache.Policy{}, text(string(make([]byte, 1001))))
	require.Equal(t, "groundwork; fwd=miss; detail=size", o.String())
}

func TestNestedAnswersCarryWhatTheirPartsRead(t *testing.T) {
	t.Parallel()
	clock := cachetest.NewClock()
	c := newCache(t, cache.Config{Now: clock.Now})
	inner, outer := c.Key(cache.Public(), "inner"), c.Key(cache.Public(), "outer")
	fillInner, _ := counted(cache.Row("users", 1))
	fillOuter := func(ctx context.Context, _ *cache.Recorder) (*cache.Entry, error) {
		e, _, err := c.Do(ctx, inner, exact(10*time.Second), fillInner)
		return &cache.Entry{Body: e.Body}, err
	}
	for range 2 { // the second time, the inner one is a hit
		got, _ := body(t, c, outer, exact(time.Hour), fillOuter)
		require.Equal(t, "1", got)
		_, err := c.Purge(t.Context(), cache.PurgeFilter{Tags: []cache.Tag{cache.Custom("other")}})
		require.NoError(t, err)
	}
	_, err := c.Invalidate(t.Context(), cache.Row("users", 1))
	require.NoError(t, err)
	got, _ := body(t, c, outer, exact(time.Hour), fillOuter)
	require.Equal(t, "2", got)
	clock.Advance(10 * time.Second)
	got, _ = body(t, c, outer, exact(time.Hour), fillOuter)
	require.Equal(t, "3", got, "the outer answer lives no longer than its part")
}

func TestAFillThatNeedsItselfEnds(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	a, b := c.Key(cache.Public(), "a"), c.Key(cache.Public(), "b")
	depth := 0
	var fill cache.Fill
	fill = func(ctx context.Context, _ *cache.Recorder) (*cache.Entry, error) {
		if depth++; depth > 2 {
			return &cache.Entry{Body: []byte("end")}, nil
		}
		k := b
		if depth == 2 {
			k = a
		}
		e, _, err := c.Do(ctx, k, cache.Policy{}, fill)
		return &cache.Entry{Body: e.Body}, err
	}
	got, _ := body(t, c, a, cache.Policy{}, fill)
	require.Equal(t, "end", got)
}

func TestBypass(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	k := c.Key(cache.Public(), "k")
	body(t, c, k, cache.Policy{}, text("committed"))
	e, o, err := c.Do(cache.Bypass(t.Context()), k, cache.Policy{}, text("uncommitted"))
	require.NoError(t, err)
	require.Equal(t, "uncommitted", string(e.Body))
	require.Equal(t, cache.Bypassed, o.Result)
	got, _ := body(t, c, k, cache.Policy{}, text("other"))
	require.Equal(t, "committed", got)
}

func TestAClosedCacheAnswers(t *testing.T) {
	t.Parallel()
	c, err := cache.New(cache.Config{})
	require.NoError(t, err)
	k := c.Key(cache.Public(), "k")
	body(t, c, k, cache.Policy{}, text("stored"))
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	got, o := body(t, c, k, cache.Policy{}, text("made"))
	require.Equal(t, "made", got)
	require.Equal(t, cache.Bypassed, o.Result)
	require.Zero(t, c.Stats().Entries)
}

func TestPurge(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	for i := range 10 {
		body(t, c, c.Key(cache.Public(), "k", fmt.Sprint(i)), cache.Policy{}, text("x", cache.Row("todos", i), cache.Resource("todos")))
	}
	ada := person{subject: "user:ada"}
	body(t, c, c.Key(cache.ForSubject(ada), "k"), cache.Policy{}, text("ada"))
	for _, test := range []struct {
		filter  cache.PurgeFilter
		dropped int
	}{
		{cache.PurgeFilter{}, 0},
		{cache.PurgeFilter{Tags: []cache.Tag{cache.Row("todos", 3), cache.Row("todos", "4"), cache.Row("posts", 3)}}, 2},
		{cache.PurgeFilter{Tags: []cache.Tag{cache.Subject(ada)}}, 1},
		{cache.PurgeFilter{Tags: []cache.Tag{cache.Resource("todos")}}, 8},
		{cache.PurgeFilter{All: true}, 0},
	} {
		result, err := c.Purge(t.Context(), test.filter)
		require.NoError(t, err)
		require.Equal(t, test.dropped, result.Dropped, "%v", test.filter)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	type user struct{ Name string }
	c := newCache(t, cache.Config{})
	k := c.Key(cache.Public(), "user", "1")
	name, reads := "Ada", 0
	fetch := func() (*user, error) {
		return cache.Fetch(t.Context(), c, k, cache.Policy{}, cache.JSON[*user](), func(context.Context) (*user, []cache.Tag, error) {
			reads++
			if name == "" {
				return nil, nil, errors.New("no such user")
			}
			return &user{name}, []cache.Tag{cache.Row("users", 1)}, nil
		})
	}
	for range 3 {
		got, err := fetch()
		require.NoError(t, err)
		require.Equal(t, "Ada", got.Name)
		got.Name = "changed" // callers own what they get
	}
	require.Equal(t, 1, reads)
	name = ""
	_, err := c.Invalidate(t.Context(), cache.Row("users", 1))
	require.NoError(t, err)
	_, err = fetch()
	require.ErrorContains(t, err, "no such user")
	name = "Grace"
	got, err := fetch()
	require.NoError(t, err)
	require.Equal(t, "Grace", got.Name)

	// Another type under the same key: the kept bytes do not decode.
	number, err := cache.Fetch(t.Context(), c, k, cache.Policy{}, cache.JSON[int](), func(context.Context) (int, []cache.Tag, error) { return 7, nil, nil })
	require.NoError(t, err)
	require.Equal(t, 7, number)
}

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	_, err := cache.New(cache.Config{MaxBytes: 1000, MaxEntry: 999, FillTimeout: -1})
	require.ErrorContains(t, err, "MaxBytes")
	require.ErrorContains(t, err, "MaxEntry")
	require.ErrorContains(t, err, "FillTimeout")
}
