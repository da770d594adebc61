package cache

// Meter receives measurements. Names and labels are listed in the reference; labels are name, value pairs. Methods are called on the
// path of requests, must be quick and are safe for concurrent use.
type Meter interface {
	// Add adds to a counter.
	Add(name string, n int64, labels ...string)
	// Record adds a measurement to a distribution.
	Record(name string, value float64, labels ...string)
}

// Stats is what a cache holds and what it did since it was made.
type Stats struct {
	// Entries and Bytes are what the store holds, when it is a [Statser]. Bytes counts keys, tags and indexes too, also those of
	// the cache itself.
	Entries, Bytes int64
	// Hits, Stales, Misses and Bypasses count requests by [Result].
	Hits, Stales, Misses, Bypasses int64
	// Fills counts fills that ran, Collapsed requests that waited for another one's.
	Fills, Collapsed int64
	// Invalidations counts calls of Invalidate and messages from the bus, Dropped the entries they dropped from memory.
	Invalidations, Dropped int64
	// StoreErrors counts failures of the store, Violations fills that read the caller although others share the answer.
	StoreErrors, Violations int64
	// Connected reports that the bus delivers; true without a bus.
	Connected bool
}

// HitRatio is the part of requests answered without a fill, bypasses apart; 0 before the first request.
func (s Stats) HitRatio() float64 {
	all := s.Hits + s.Stales + s.Misses
	if all == 0 {
		return 0
	}
	return float64(s.Hits+s.Stales) / float64(all)
}

// Stats returns what the cache holds and did. The counters are read one after another, not at one moment.
func (c *Cache) Stats() Stats {
	s := Stats{
		Hits: c.results[Hit].Load(), Stales: c.results[Stale].Load(), Misses: c.results[Miss].Load(), Bypasses: c.results[Bypassed].Load(),
		Fills: c.fills.Load(), Collapsed: c.collapsed.Load(),
		Invalidations: c.invalidations.Load(), Dropped: c.dropped.Load(),
		StoreErrors: c.storeErrors.Load(), Violations: c.violations.Load(),
		Connected: !c.off.Load(),
	}
	var store any = c.config.Store
	if c.dropper != nil {
		store = c.dropper
	}
	if tells, ok := store.(Statser); ok {
		s.Entries, s.Bytes = tells.StoreStats()
	}
	c.ledger.mu.RLock()
	s.Bytes += int64(c.ledger.bytes)
	c.ledger.mu.RUnlock()
	return s
}

func (c *Cache) count(name string, n int64, labels ...string) {
	if c.config.Meter != nil {
		c.config.Meter.Add(name, n, labels...)
	}
}

func (c *Cache) countResult(k Key, o Outcome) {
	c.results[o.Result].Add(1)
	if o.Collapsed {
		c.collapsed.Add(1)
	}
	if c.config.Meter == nil {
		return
	}
	c.count("cache_requests_total", 1, "route", k.name, "result", o.Result.String(), "fwd", o.Forward)
	if o.Collapsed {
		c.count("cache_collapsed_total", 1, "route", k.name)
	}
}
