package cache

import "context"

// Invalidate drops every entry that carries one of the tags, and keeps fills that began earlier from storing what they read. Call it
// after the write is committed and before its answer goes out. When it returns, this process no longer gives the old answers, and
// others were told; a message that could not be sent is sent later.
//
// The error is always nil with the stores and buses of today; a caller whose write must not be answered without it should check.
func (c *Cache) Invalidate(ctx context.Context, tags ...Tag) (Stamp, error) {
	m := Invalidation{Tags: tags}
	stamp, _ := c.applyLocally("write", m)
	c.announce(ctx, m)
	return stamp, nil
}

// PurgeFilter says what [Cache.Purge] drops. The zero filter drops nothing.
type PurgeFilter struct {
	// Tags drops the entries with one of these tags; see [Resource], [Subject].
	Tags []Tag
	// All drops everything.
	All bool
}

// PurgeResult tells what a purge did.
type PurgeResult struct {
	// Stamp is the moment of the purge.
	Stamp Stamp
	// Dropped counts entries dropped from this process's memory.
	Dropped int
}

// Purge drops entries by hand, here and in other processes: after a change that Groundwork could not see, or for an operator. It is as
// exact as [Cache.Invalidate].
func (c *Cache) Purge(ctx context.Context, f PurgeFilter) (PurgeResult, error) {
	if !f.All && len(f.Tags) == 0 {
		return PurgeResult{Stamp: c.ledger.now()}, nil
	}
	m := Invalidation{Tags: f.Tags, All: f.All}
	stamp, dropped := c.applyLocally("purge", m)
	c.announce(ctx, m)
	return PurgeResult{Stamp: stamp, Dropped: dropped}, nil
}

func (c *Cache) applyLocally(source string, m Invalidation) (Stamp, int) {
	dropped := 0
	drop := func() {
		switch {
		case c.dropper == nil:
		case m.All:
			dropped = c.dropper.dropAll()
		default:
			dropped = c.dropper.drop(m.Tags)
		}
	}
	var stamp Stamp
	if m.All {
		stamp = c.ledger.clear(drop)
	} else {
		stamp = c.ledger.bump(m.Tags, drop)
	}
	c.invalidations.Add(1)
	c.dropped.Add(int64(dropped))
	c.count("cache_invalidations_total", 1, "source", source)
	c.count("cache_entries_dropped_total", int64(dropped))
	return stamp, dropped
}
