package cache_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
	"github.com/groundwork-go/groundwork/cache/cachetest"
)

func TestMemoryIsAStore(t *testing.T) {
	t.Parallel()
	cachetest.TestStore(t, func(t *testing.T) cache.Store {
		s, err := cache.NewMemory(1 << 20)
		require.NoError(t, err)
		return s
	})
}

func TestP9_MemoryStaysWithinItsBytes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		limit          int64
		entries, bytes int
		tags           int
	}{
		{"small bodies", 1 << 20, 5000, 100, 3},
		{"large bodies", 8 << 20, 2000, 256 << 10, 1},
		{"bodies of every size", 4 << 20, 5000, -1, 4},
		{"many tags", 2 << 20, 2000, 10, 64},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCache(t, cache.Config{MaxBytes: test.limit})
			var all sync.WaitGroup
			for worker := range 4 {
				all.Go(func() {
					random := rand.New(rand.NewPCG(1, uint64(worker)))
					for i := range test.entries / 4 {
						size := test.bytes
						if size < 0 {
							size = random.IntN(100 << 10)
						}
						tags := make([]cache.Tag, test.tags)
						for n := range tags {
							tags[n] = cache.Row("todos", worker, i, n)
						}
						_, _, err := c.Do(t.Context(), c.Key(cache.Public(), "flood", fmt.Sprint(worker), fmt.Sprint(i)), cache.Policy{},
							text(string(make([]byte, size)), tags...))
						if err != nil {
							t.Error(err)
						}
						if i%5 == 0 {
							_, _ = c.Invalidate(t.Context(), tags[0], cache.Custom("x", fmt.Sprint(worker, i)))
						}
						if used := c.Stats().Bytes; used > test.limit+test.limit/100 {
							t.Errorf("%d bytes used of %d", used, test.limit)
						}
					}
				})
			}
			all.Wait()
			s := c.Stats()
			require.Positive(t, s.Entries)
			require.Greater(t, s.Bytes, test.limit/2, "and the room is used")
			_, err := c.Purge(t.Context(), cache.PurgeFilter{All: true})
			require.NoError(t, err)
			require.Zero(t, c.Stats().Bytes, "everything was given back")
		})
	}
}

// TestP9_TheBytesAreReal compares what the cache counts with what the garbage collector finds. It runs alone.
func TestP9_TheBytesAreReal(t *testing.T) {
	const limit = 16 << 20
	live := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for _, test := range []struct{ size, rows int }{{0, 1}, {500, 1}, {20 << 10, 1}, {500, 64}} {
		size := test.size
		t.Run(fmt.Sprintf("bodies of %d bytes from %d rows", size, test.rows), func(t *testing.T) {
			before := live()
			c := newCache(t, cache.Config{MaxBytes: limit})
			for i := range limit / (size + 500) {
				id := fmt.Sprint(i)
				tags := []cache.Tag{cache.Resource("todos"), cache.Part("todos", "user", i%100)}
				for row := range test.rows {
					tags = append(tags, cache.Row("todos", id, row))
				}
				_, _, err := c.Do(t.Context(), c.Key(cache.Public(), "todos", id), cache.Policy{}, func(context.Context, *cache.Recorder) (*cache.Entry, error) {
					return &cache.Entry{
						Status: 200, Header: map[string][]string{"Content-Type": {"application/json"}, "Date": {"Tue, 01 Jan 2030 00:00:00 GMT"}},
						Body: make([]byte, size), ETag: `"h1234567890123456789012"`,
						Tags: tags,
					}, nil
				})
				require.NoError(t, err)
			}
			taken := live() - before
			t.Logf("counted %d KiB for %d entries, the heap grew by %d KiB", c.Stats().Bytes>>10, c.Stats().Entries, taken>>10)
			require.LessOrEqual(t, taken, int64(limit+limit/100))
			runtime.KeepAlive(c)
		})
	}
}

// TestAFloodOfKeysDoesNotPushTheHotOnesOut compares hit ratios under a Zipf load, alone and with as many requests for keys that are
// asked for once.
func TestAFloodOfKeysDoesNotPushTheHotOnesOut(t *testing.T) {
	t.Parallel()
	ratio := func(flood bool) float64 {
		c := newCache(t, cache.Config{MaxBytes: 4 << 20})
		random := rand.New(rand.NewPCG(7, 7))
		zipf := rand.NewZipf(random, 1.1, 1, 20_000)
		hits, all := 0, 30_000
		for i := range all {
			_, o := body(t, c, c.Key(cache.Public(), "hot", fmt.Sprint(zipf.Uint64())), cache.Policy{}, text("body"))
			if o.Result == cache.Hit {
				hits++
			}
			if flood {
				body(t, c, c.Key(cache.Public(), "once", fmt.Sprint(i)), cache.Policy{}, text("body"))
			}
		}
		return float64(hits) / float64(all)
	}
	quiet, flooded := ratio(false), ratio(true)
	t.Logf("hit ratio %.3f, with the flood %.3f", quiet, flooded)
	require.Greater(t, flooded, 0.9*quiet)
}

func TestTheLedgerForgetsWithoutGivingOldValues(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{Store: &cachetest.MapStore{}, MaxBytes: 64 << 10}) // room for about 20 tags
	keys := func(i int) cache.Key { return c.Key(cache.Public(), fmt.Sprint(i)) }
	for i := range 100 {
		body(t, c, keys(i), cache.Policy{}, text("old", cache.Row("todos", i)))
	}
	for i := range 100 {
		_, err := c.Invalidate(t.Context(), cache.Row("todos", i))
		require.NoError(t, err)
	}
	for i := range 100 {
		got, _ := body(t, c, keys(i), cache.Policy{}, text("new", cache.Row("todos", i)))
		require.Equal(t, "new", got)
	}
	require.Less(t, c.Stats().Bytes, int64(8<<10))
}

func TestWhatCannotBeStoredIsNoError(t *testing.T) {
	t.Parallel()
	s, err := cache.NewMemory(4 << 10)
	require.NoError(t, err)
	c := newCache(t, cache.Config{})
	refused := 0
	for i := range 100 {
		k := c.Key(cache.Public(), fmt.Sprint(i))
		if err := s.Set(t.Context(), k, &cache.Entry{CanonicalKey: k.Canonical(), Body: make([]byte, 4000)}); errors.Is(err, cache.ErrFull) {
			refused++
		}
	}
	require.Positive(t, refused)
}
