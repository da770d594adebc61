package cachetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
)

// TestStore checks what [cache.Store] promises, alone and under a cache. Open makes an empty store for each test; it must have room for
// 100 entries of 1 KiB.
func TestStore(t *testing.T, open func(t *testing.T) cache.Store) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s cache.Store, keys *cache.Cache)
	}{
		{"finds nothing in an empty store", storeEmpty},
		{"keeps the whole entry", storeKeeps},
		{"replaces", storeReplaces},
		{"deletes", storeDeletes},
		{"tells keys apart", storeTellsApart},
		{"heeds an ended context", storeHeedsContext},
		{"may be used concurrently", storeConcurrent},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t), keyMaker(t)) })
	}
	t.Run("under a cache, gives hits", func(t *testing.T) { storeHits(t, open(t)) })
	t.Run("under a cache, gives no old value", func(t *testing.T) { storeInvalidates(t, open(t)) })
	t.Run("under a cache, gives nothing of an earlier process", func(t *testing.T) { storeRestarts(t, open(t)) })
}

func keyMaker(t *testing.T) *cache.Cache {
	t.Helper()
	return openCache(t, cache.Config{})
}

func openCache(t *testing.T, config cache.Config) *cache.Cache {
	t.Helper()
	c, err := cache.New(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func key(c *cache.Cache, parts ...string) cache.Key {
	return c.Key(cache.Public(), "cachetest", parts...)
}

func entry(k cache.Key, body string) *cache.Entry {
	now := time.Now().Round(0)
	return &cache.Entry{
		Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}, "X-Two": {"a", "b"}}, Body: []byte(body),
		Variants: map[cache.Encoding][]byte{cache.Gzip: []byte("packed")}, ETag: `"tag"`, Stamp: 1 << 60,
		Tags:   []cache.Tag{cache.Row("todos", 5), cache.Set("todos"), cache.Custom("odd", "\x00\xff\"")},
		Stored: now, FreshUntil: now.Add(time.Minute), UsableUntil: now.Add(time.Hour),
		StaleWhileRevalidate: time.Second, StaleIfError: -1, CanonicalKey: k.Canonical(),
	}
}

func storeEmpty(t *testing.T, s cache.Store, keys *cache.Cache) {
	t.Helper()
	e, err := s.Get(t.Context(), key(keys, "nothing"))
	require.NoError(t, err)
	require.Nil(t, e)
}

func storeKeeps(t *testing.T, s cache.Store, keys *cache.Cache) {
	t.Helper()
	k := key(keys, "one")
	want := entry(k, "body")
	require.NoError(t, s.Set(t.Context(), k, want))
	got, err := s.Get(t.Context(), k)
	require.NoError(t, err)
	require.NotNil(t, got, "stored a moment ago")
	same(t, want, got)
}

func same(t *testing.T, want, got *cache.Entry) {
	t.Helper()
	require.Equal(t, want.Status, got.Status)
	require.Equal(t, want.Header, got.Header)
	require.Equal(t, want.Body, got.Body)
	require.Equal(t, want.Variants, got.Variants)
	require.Equal(t, want.ETag, got.ETag)
	require.Equal(t, want.Stamp, got.Stamp)
	require.Equal(t, want.Tags, got.Tags)
	require.Equal(t, want.CanonicalKey, got.CanonicalKey)
	require.Equal(t, want.StaleWhileRevalidate, got.StaleWhileRevalidate)
	require.Equal(t, want.StaleIfError, got.StaleIfError)
	require.WithinDuration(t, want.Stored, got.Stored, time.Millisecond)
	require.WithinDuration(t, want.FreshUntil, got.FreshUntil, time.Millisecond)
	require.WithinDuration(t, want.UsableUntil, got.UsableUntil, time.Millisecond)
}

func storeReplaces(t *testing.T, s cache.Store, keys *cache.Cache) {
	t.Helper()
	k := key(keys, "one")
	require.NoError(t, s.Set(t.Context(), k, entry(k, "first")))
	require.NoError(t, s.Set(t.Context(), k, entry(k, "second")))
	got, err := s.Get(t.Context(), k)
	require.NoError(t, err)
	require.Equal(t, "second", string(got.Body))
}

func storeDeletes(t *testing.T, s cache.Store, keys *cache.Cache) {
	t.Helper()
	one, two, never := key(keys, "one"), key(keys, "two"), key(keys, "never")
	require.NoError(t, s.Set(t.Context(), one, entry(one, "one")))
	require.NoError(t, s.Set(t.Context(), two, entry(two, "two")))
	require.NoError(t, s.Delete(t.Context(), one, never))
	require.NoError(t, s.Delete(t.Context()))
	got, err := s.Get(t.Context(), one)
	require.NoError(t, err)
	require.Nil(t, got, "deleted")
	got, err = s.Get(t.Context(), two)
	require.NoError(t, err)
	require.NotNil(t, got, "another one was deleted")
}

func storeTellsApart(t *testing.T, s cache.Store, keys *cache.Cache) {
	t.Helper()
	lists := [][]string{{"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"a\x00b"}, {"A", "b"}}
	for _, parts := range lists {
		k := key(keys, parts...)
		require.NoError(t, s.Set(t.Context(), k, entry(k, fmt.Sprintf("%q", parts))))
	}
	for _, parts := range lists {
		got, err := s.Get(t.Context(), key(keys, parts...))
		require.NoError(t, err)
		require.NotNil(t, got)
		require.Equal(t, fmt.Sprintf("%q", parts), string(got.Body))
	}
}

// storeHeedsContext allows a store that needs no time to succeed all the same; it must not wait.
func storeHeedsContext(t *testing.T, s cache.Store, keys *cache.Cache) {
	t.Helper()
	k := key(keys, "one")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range []error{
		s.Set(ctx, k, entry(k, "one")),
		s.Delete(ctx, k),
		func() error { _, err := s.Get(ctx, k); return err }(),
	} {
		require.True(t, err == nil || errors.Is(err, context.Canceled), "want context.Canceled or nothing, got %v", err)
	}
}

func storeConcurrent(t *testing.T, s cache.Store, keys *cache.Cache) {
	t.Helper()
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 50 {
				k := key(keys, fmt.Sprint(i%10))
				if err := s.Set(t.Context(), k, entry(k, fmt.Sprint(i%10))); err != nil && !errors.Is(err, cache.ErrFull) {
					t.Errorf("Set: %v", err)
				}
				got, err := s.Get(t.Context(), k)
				if err != nil || got != nil && string(got.Body) != fmt.Sprint(i%10) {
					t.Errorf("Get: %v, %v", got, err)
				}
				if worker == 0 && i%7 == 0 {
					if err := s.Delete(t.Context(), k); err != nil {
						t.Errorf("Delete: %v", err)
					}
				}
			}
		})
	}
	all.Wait()
}

// value is a value that tests change, with how often it was read.
type value struct {
	mu    sync.Mutex
	text  string
	reads int
}

func (v *value) set(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.text = text
}

func (v *value) fill(context.Context, *cache.Recorder) (*cache.Entry, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.reads++
	return &cache.Entry{Body: []byte(v.text), Tags: []cache.Tag{cache.Row("todos", 1)}}, nil
}

func do(t *testing.T, c *cache.Cache, v *value) (string, cache.Outcome) {
	t.Helper()
	e, o, err := c.Do(t.Context(), key(c, "todos", "1"), cache.Policy{TTL: time.Hour}, v.fill)
	require.NoError(t, err)
	return string(e.Body), o
}

func storeHits(t *testing.T, s cache.Store) {
	t.Helper()
	c, v := openCache(t, cache.Config{Store: s}), &value{text: "first"}
	_, o := do(t, c, v)
	require.Equal(t, cache.Miss, o.Result)
	require.True(t, o.Stored)
	body, o := do(t, c, v)
	require.Equal(t, cache.Hit, o.Result)
	require.Equal(t, "first", body)
	require.Equal(t, 1, v.reads)
}

func storeInvalidates(t *testing.T, s cache.Store) {
	t.Helper()
	c, v := openCache(t, cache.Config{Store: s}), &value{text: "0"}
	for i := range 20 {
		want := fmt.Sprint(i)
		v.set(want)
		_, err := c.Invalidate(t.Context(), cache.Row("todos", 1))
		require.NoError(t, err)
		body, _ := do(t, c, v)
		require.Equal(t, want, body, "after an invalidation")
		body, o := do(t, c, v)
		require.Equal(t, want, body)
		require.Equal(t, cache.Hit, o.Result)
	}
}

func storeRestarts(t *testing.T, s cache.Store) {
	t.Helper()
	clock := NewClock()
	first, err := cache.New(cache.Config{Store: unclosed{s}, Now: clock.Now})
	require.NoError(t, err)
	v := &value{text: "before"}
	do(t, first, v)
	require.NoError(t, first.Close())
	v.set("after")
	clock.Advance(time.Second)
	body, _ := do(t, openCache(t, cache.Config{Store: s, Now: clock.Now}), v)
	require.Equal(t, "after", body, "nobody told the second process what changed between")
}

// unclosed is a store that a cache does not close.
type unclosed struct{ cache.Store }
