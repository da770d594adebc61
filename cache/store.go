package cache

import (
	"context"
	"errors"
)

// Store keeps entries. The cache treats every error as a miss, checks by itself that what it gets belongs to the key and has not
// been invalidated, and never asks a Store to expire anything: FreshUntil and UsableUntil are advice on what may be thrown away.
//
// A Store serves one process: entries that outlive the process are refused by the next one, and entries of another process must not
// appear. All methods are safe for concurrent use and keep to the context's deadline. Stored entries are not changed. A Store that
// is also an [io.Closer] is closed with the cache. cachetest.TestStore checks all of this.
type Store interface {
	// Get returns the entry last stored under the key, or nil and no error when there is none.
	Get(ctx context.Context, k Key) (*Entry, error)
	// Set stores the entry under the key, in place of an earlier one. It may refuse with [ErrFull], and may drop any entry later.
	Set(ctx context.Context, k Key, e *Entry) error
	// Delete removes the entries under the keys. Keys without one are no error.
	Delete(ctx context.Context, keys ...Key) error
}

// Statser is a [Store] that tells what it holds; [Cache.Stats] asks it.
type Statser interface {
	// StoreStats returns the number of entries and the bytes they take.
	StoreStats() (entries, bytes int64)
}

// ErrFull says that a Store had no room for an entry. The cache goes on without storing it.
var ErrFull = errors.New("cache: no room in the store")

// dropper is a store that can drop all entries of tags at once, so that a hit need not ask the ledger.
type dropper interface {
	drop(tags []Tag) int
	dropAll() int
}
