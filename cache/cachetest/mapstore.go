package cachetest

import (
	"context"
	"sync"

	"github.com/groundwork-go/groundwork/cache"
)

// MapStore is the smallest store there can be: a map that never forgets. The zero MapStore is ready for use.
type MapStore struct {
	mu      sync.RWMutex
	entries map[string]*cache.Entry
}

// Get returns the entry under the key.
func (s *MapStore) Get(_ context.Context, k cache.Key) (*cache.Entry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.entries[k.Canonical()], nil
}

// Set keeps the entry.
func (s *MapStore) Set(_ context.Context, k cache.Key, e *cache.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil {
		s.entries = map[string]*cache.Entry{}
	}
	s.entries[k.Canonical()] = e
	return nil
}

// Delete forgets the entries.
func (s *MapStore) Delete(_ context.Context, keys ...cache.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range keys {
		delete(s.entries, k.Canonical())
	}
	return nil
}
