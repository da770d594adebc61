// Package cachetest tests implementations of the seams of package cache, and gives tests a clock that they set, a store that fails when
// told to, and a bus in memory that can be cut.
//
//	func TestStore(t *testing.T) {
//		cachetest.TestStore(t, func(t *testing.T) cache.Store { return mystore.New(t.TempDir()) })
//	}
//
// # Extending
//
// A store of your own implements [cache.Store] and passes [TestStore]; a bus implements [cache.Bus] and passes [TestBus].
package cachetest
