package cachetest

import (
	"context"
	"slices"
	"sync"

	"github.com/groundwork-go/groundwork/cache"
)

// Hub joins buses in one process. A test can hold messages back and cut buses off. It is safe for concurrent use.
type Hub struct {
	mu    sync.Mutex
	buses []*HubBus
}

// HubBus is a [cache.Bus] on a [Hub].
type HubBus struct {
	hub   *Hub
	mu    sync.Mutex
	apply func(cache.Invalidation)
	state func(cache.BusState)
	cut   bool
	held  bool
	queue []cache.Invalidation
}

// Bus adds a bus to the hub.
func (h *Hub) Bus() *HubBus {
	b := &HubBus{hub: h}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buses = append(h.buses, b)
	return b
}

// Publish delivers to every bus that runs and is not cut.
func (b *HubBus) Publish(ctx context.Context, m cache.Invalidation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	cut := b.cut
	b.mu.Unlock()
	if cut {
		return ErrFault
	}
	b.hub.mu.Lock()
	buses := b.hub.buses
	b.hub.mu.Unlock()
	for _, other := range buses {
		other.deliver(m)
	}
	return nil
}

// Run delivers until ctx ends.
func (b *HubBus) Run(ctx context.Context, apply func(cache.Invalidation), state func(cache.BusState)) error {
	b.mu.Lock()
	b.apply, b.state = apply, state
	if !b.cut {
		state(cache.BusConnected)
	}
	b.mu.Unlock()
	<-ctx.Done()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.apply, b.state = nil, nil
	return ctx.Err()
}

// Cut loses every message from and to this bus, and says so.
func (b *HubBus) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = true
	if b.state != nil {
		b.state(cache.BusLost)
	}
}

// Join ends a Cut.
func (b *HubBus) Join() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = false
	if b.state != nil {
		b.state(cache.BusConnected)
	}
}

// Hold keeps messages to this bus back until [HubBus.Release].
func (b *HubBus) Hold() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = true
}

// Release delivers what was held back, newest first, and ends Hold.
func (b *HubBus) Release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = false
	for _, m := range slices.Backward(b.queue) {
		if b.apply != nil {
			b.apply(m)
		}
	}
	b.queue = nil
}

func (b *HubBus) deliver(m cache.Invalidation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.cut || b.apply == nil:
	case b.held:
		b.queue = append(b.queue, m)
	default:
		b.apply(m)
	}
}
