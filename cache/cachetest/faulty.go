package cachetest

import (
	"context"
	"errors"
	"sync"

	"github.com/groundwork-go/groundwork/cache"
)

// ErrFault is what a [FaultyStore] and a cut [Hub] fail with.
var ErrFault = errors.New("cachetest: a fault was asked for")

// Fault is a way in which a [FaultyStore] fails.
type Fault int

const (
	// Works means no fault.
	Works Fault = iota
	// Fails makes every call return [ErrFault].
	Fails
	// Hangs makes every call wait for the end of its context, or for the next fault.
	Hangs
	// Forgets makes Get find nothing and Set keep nothing, without an error.
	Forgets
	// Mixes makes Get return an entry of another key.
	Mixes
	// Full makes Set refuse with cache.ErrFull.
	Full
)

// FaultyStore is a store over another one that fails as told. It is safe for concurrent use.
type FaultyStore struct {
	under cache.Store

	mu      sync.Mutex
	fault   Fault
	changed chan struct{}
	any     *cache.Entry
}

// NewFaultyStore returns a store that works until [FaultyStore.Break].
func NewFaultyStore(under cache.Store) *FaultyStore {
	return &FaultyStore{under: under, changed: make(chan struct{})}
}

// Break makes the store fail from now on.
func (s *FaultyStore) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	close(s.changed)
	s.changed = make(chan struct{})
}

// Get asks the store below, if the fault lets it.
func (s *FaultyStore) Get(ctx context.Context, k cache.Key) (*cache.Entry, error) {
	fault, err := s.failing(ctx)
	switch {
	case err != nil:
		return nil, err
	case fault == Forgets:
		return nil, nil
	case fault == Mixes:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.any, nil
	}
	return s.under.Get(ctx, k)
}

// Set asks the store below, if the fault lets it.
func (s *FaultyStore) Set(ctx context.Context, k cache.Key, e *cache.Entry) error {
	fault, err := s.failing(ctx)
	switch {
	case err != nil:
		return err
	case fault == Forgets:
		return nil
	case fault == Full:
		return cache.ErrFull
	}
	s.mu.Lock()
	s.any = e
	s.mu.Unlock()
	return s.under.Set(ctx, k, e)
}

// Delete asks the store below, if the fault lets it.
func (s *FaultyStore) Delete(ctx context.Context, keys ...cache.Key) error {
	if _, err := s.failing(ctx); err != nil {
		return err
	}
	return s.under.Delete(ctx, keys...)
}

func (s *FaultyStore) failing(ctx context.Context) (Fault, error) {
	s.mu.Lock()
	fault, changed := s.fault, s.changed
	s.mu.Unlock()
	switch fault {
	case Fails:
		return fault, ErrFault
	case Hangs:
		select {
		case <-ctx.Done():
			return fault, ctx.Err()
		case <-changed:
			return fault, ErrFault
		}
	}
	return fault, nil
}
