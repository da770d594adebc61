package cache

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// memory is the Store of one process. The policy decides what stays, an index finds entries by tag, and a budget in bytes is
// reserved before each store, because the policy evicts only behind its writers.
type memory struct {
	limit     int64
	used      atomic.Int64
	evictions atomic.Int64
	policy    *otter.Cache[[16]byte, *record]

	mu   sync.Mutex // guards tags and the links of records
	tags map[Tag]*link

	graveyard sync.Mutex // a leaf: taken under the locks of the policy
	dead      []*record
}

// record is an entry in memory with its links to others of the same tags.
type record struct {
	hash  [16]byte
	entry *Entry
	size  int64
	links []link
	gone  bool
}

// link puts a record into the list of one tag.
type link struct {
	record     *record
	prev, next *link
}

func newMemory(limit int64) (*memory, error) {
	m := &memory{limit: limit, tags: map[Tag]*link{}}
	policy, err := otter.New(&otter.Options[[16]byte, *record]{
		MaximumWeight:    uint64(limit - limit/8),
		Weigher:          func(_ [16]byte, r *record) uint32 { return uint32(min(r.size, 1<<31)) },
		OnAtomicDeletion: m.died,
		Executor:         func(task func()) { task() },
	})
	m.policy = policy
	return m, err
}

// Get returns the entry under the key.
func (m *memory) Get(_ context.Context, k Key) (*Entry, error) {
	r, ok := m.policy.GetIfPresent(k.hash)
	if !ok || r.entry.CanonicalKey != k.canonical {
		return nil, nil
	}
	return r.entry, nil
}

// Set stores the entry if there is room for it.
func (m *memory) Set(_ context.Context, k Key, e *Entry) error {
	r := &record{hash: k.hash, entry: e, size: e.Size(), links: make([]link, len(e.Tags))}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bury()
	if m.used.Load()+r.size > m.limit {
		m.policy.CleanUp()
		m.bury()
	}
	if m.used.Load()+r.size > m.limit {
		return ErrFull
	}
	m.used.Add(r.size)
	m.link(r)
	m.policy.Set(k.hash, r)
	m.bury()
	return nil
}

// Delete removes the entries under the keys.
func (m *memory) Delete(_ context.Context, keys ...Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range keys {
		m.policy.Invalidate(k.hash)
	}
	m.bury()
	return nil
}

// StoreStats tells what memory holds.
func (m *memory) StoreStats() (entries, bytes int64) {
	return int64(m.policy.EstimatedSize()), m.used.Load()
}

func (m *memory) drop(tags []Tag) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bury()
	dropped := 0
	for _, tag := range tags {
		for l := m.tags[tag]; l != nil; l = m.tags[tag] {
			m.policy.Invalidate(l.record.hash)
			m.remove(l.record)
			dropped++
		}
	}
	m.bury()
	return dropped
}

func (m *memory) dropAll() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bury()
	dropped := m.policy.EstimatedSize()
	m.policy.InvalidateAll()
	m.bury()
	return dropped
}

// died is called by the policy for each record that leaves it, under its locks.
func (m *memory) died(e otter.DeletionEvent[[16]byte, *record]) {
	if e.WasEvicted() {
		m.evictions.Add(1)
	}
	m.graveyard.Lock()
	m.dead = append(m.dead, e.Value)
	m.graveyard.Unlock()
}

// bury takes records that left the policy out of the index and gives their bytes back.
func (m *memory) bury() {
	m.graveyard.Lock()
	dead := m.dead
	m.dead = nil
	m.graveyard.Unlock()
	for _, r := range dead {
		m.remove(r)
	}
}

func (m *memory) remove(r *record) {
	if r.gone {
		return
	}
	r.gone = true
	m.unlink(r)
	m.used.Add(-r.size)
}

func (m *memory) link(r *record) {
	for i, tag := range r.entry.Tags {
		l := &r.links[i]
		l.record, l.next = r, m.tags[tag]
		if l.next != nil {
			l.next.prev = l
		}
		m.tags[tag] = l
	}
}

func (m *memory) unlink(r *record) {
	for i, tag := range r.entry.Tags {
		l := &r.links[i]
		if l.next != nil {
			l.next.prev = l.prev
		}
		switch {
		case l.prev != nil:
			l.prev.next = l.next
		case l.next != nil:
			m.tags[tag] = l.next
		default:
			delete(m.tags, tag)
		}
	}
}
