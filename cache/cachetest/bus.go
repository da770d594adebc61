package cachetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
)

// patience is how long tests wait for what should happen at once.
const patience = 10 * time.Second

// TestBus checks what [cache.Bus] promises. Open makes two instances that hear each other and nobody else.
func TestBus(t *testing.T, open func(t *testing.T) (a, b cache.Bus)) {
	t.Helper()
	t.Run("delivers to the others", func(t *testing.T) { busDelivers(t, open) })
	t.Run("carries every tag", func(t *testing.T) { busCarries(t, open) })
	t.Run("ends with its context", func(t *testing.T) { busEnds(t, open) })
	t.Run("under two caches, a write is seen", func(t *testing.T) { busInvalidates(t, open) })
}

// listener is one that listens to a bus.
type listener struct {
	mu       sync.Mutex
	messages []cache.Invalidation
	states   []cache.BusState
}

func (l *listener) apply(m cache.Invalidation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = append(l.messages, m)
}

func (l *listener) state(s cache.BusState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.states = append(l.states, s)
}

func (l *listener) connected() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.states) > 0 && l.states[len(l.states)-1] == cache.BusConnected
}

func (l *listener) heard(want cache.Invalidation) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.messages, func(m cache.Invalidation) bool {
		return m.Origin == want.Origin && m.All == want.All && slices.Equal(m.Tags, want.Tags)
	})
}

func listen(t *testing.T, b cache.Bus) *listener {
	t.Helper()
	l := &listener{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx, l.apply, l.state) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			_ = err // the context's, or none
		case <-time.After(patience):
			t.Error("Run did not return after its context ended")
		}
	})
	require.Eventually(t, l.connected, patience, time.Millisecond, "the bus says that it is connected")
	return l
}

func busDelivers(t *testing.T, open func(t *testing.T) (a, b cache.Bus)) {
	t.Helper()
	a, b := open(t)
	atA, atB := listen(t, a), listen(t, b)
	fromA := cache.Invalidation{Origin: "a", Tags: []cache.Tag{cache.Set("todos")}}
	fromB := cache.Invalidation{Origin: "b", All: true}
	require.NoError(t, a.Publish(t.Context(), fromA))
	require.NoError(t, b.Publish(t.Context(), fromB))
	require.Eventually(t, func() bool { return atB.heard(fromA) && atA.heard(fromB) }, patience, time.Millisecond)
}

func busCarries(t *testing.T, open func(t *testing.T) (a, b cache.Bus)) {
	t.Helper()
	a, b := open(t)
	atB := listen(t, b)
	m := cache.Invalidation{Origin: "a"}
	for i := range 300 {
		m.Tags = append(m.Tags, cache.Row("todos", i, "\x00\"\xff'"), cache.Part("todos", "Größe", i))
	}
	require.NoError(t, a.Publish(t.Context(), m))
	require.Eventually(t, func() bool { return atB.heard(m) }, patience, time.Millisecond, "600 tags, with odd bytes in them")
}

func busEnds(t *testing.T, open func(t *testing.T) (a, b cache.Bus)) {
	t.Helper()
	a, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	done := make(chan error, 1)
	l := &listener{}
	go func() { done <- a.Run(ctx, l.apply, l.state) }()
	select {
	case err := <-done:
		require.True(t, err == nil || errors.Is(err, context.Canceled), "got %v", err)
	case <-time.After(patience):
		t.Fatal("Run did not return under an ended context")
	}
}

func busInvalidates(t *testing.T, open func(t *testing.T) (a, b cache.Bus)) {
	t.Helper()
	a, b := open(t)
	one, two := openCache(t, cache.Config{Bus: a}), openCache(t, cache.Config{Bus: b})
	connected := func() bool { return one.Stats().Connected && two.Stats().Connected }
	require.Eventually(t, connected, patience, time.Millisecond)
	v := &value{text: "old"}
	do(t, one, v)
	do(t, two, v)
	v.set("new")
	_, err := one.Invalidate(t.Context(), cache.Row("todos", 1))
	require.NoError(t, err)
	body, _ := do(t, one, v)
	require.Equal(t, "new", body, "the writer sees its own write at once")
	sees := func() bool {
		e, _, err := two.Do(t.Context(), key(two, "todos", "1"), cache.Policy{TTL: time.Hour}, v.fill)
		return err == nil && string(e.Body) == "new"
	}
	require.Eventually(t, sees, patience, time.Millisecond, "the other instance sees it when the message came")
}
