package cache

// NewMemory gives tests the store of a cache without a Store.
func NewMemory(limit int64) (Store, error) { return newMemory(limit) }
