package rbac

import (
	"sync"

	"github.com/google/uuid"
)

// cacheShards divides the remembered subjects, so that callers seldom wait for each other.
const cacheShards = 16

// subjectCache remembers a bounded number of subjects. What was not used while the younger half filled up twice is forgotten.
type subjectCache struct {
	shards [cacheShards]cacheShard
}

type cacheShard struct {
	mu         sync.Mutex
	half       int
	young, old map[subjectKey]*subject
	// generation counts what was forgotten on purpose: a subject that was read before is not remembered after.
	generation uint64
}

func newSubjectCache(size int) *subjectCache {
	c := &subjectCache{}
	for i := range c.shards {
		c.shards[i].half = max(1, size/cacheShards/2)
	}
	return c
}

func (c *subjectCache) shard(id uuid.UUID) *cacheShard {
	return &c.shards[(id[0]^id[7]^id[15])%cacheShards]
}

// get returns what is remembered, or nil and the generation to give to put.
func (c *subjectCache) get(key subjectKey) (*subject, uint64) {
	shard := c.shard(key.id)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if found := shard.young[key]; found != nil {
		return found, 0
	}
	found := shard.old[key]
	if found != nil {
		shard.keep(key, found)
	}
	return found, shard.generation
}

// put remembers a subject unless its user was dropped since the generation was read.
func (c *subjectCache) put(key subjectKey, s *subject, generation uint64) {
	shard := c.shard(key.id)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.generation == generation {
		shard.keep(key, s)
	}
}

func (s *cacheShard) keep(key subjectKey, found *subject) {
	if len(s.young) >= s.half {
		s.old, s.young = s.young, nil
	}
	if s.young == nil {
		s.young = make(map[subjectKey]*subject)
	}
	s.young[key] = found
}

// drop forgets a user in every tenant.
func (c *subjectCache) drop(id uuid.UUID) {
	shard := c.shard(id)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.generation++
	for _, half := range [...]map[subjectKey]*subject{shard.young, shard.old} {
		for key := range half {
			if key.id == id {
				delete(half, key)
			}
		}
	}
}

// clear forgets everybody.
func (c *subjectCache) clear() {
	for i := range c.shards {
		shard := &c.shards[i]
		shard.mu.Lock()
		shard.generation++
		shard.young, shard.old = nil, nil
		shard.mu.Unlock()
	}
}

// size counts what is remembered.
func (c *subjectCache) size() int {
	total := 0
	for i := range c.shards {
		shard := &c.shards[i]
		shard.mu.Lock()
		total += len(shard.young) + len(shard.old)
		shard.mu.Unlock()
	}
	return total
}
