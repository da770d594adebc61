package cache

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"
)

// flight is one fill that several requests may wait for.
type flight struct {
	key   Key
	stamp Stamp
	done  chan struct{} // closed when what follows is set

	entry  *Entry
	err    error
	shared bool   // others than the leader may have the entry
	stored bool   // and it is in the cache
	why    string // it was not stored

	landed    sync.Once
	abandoned bool // nobody else can have the answer, and the fill goes on
}

// flights are the fills under way, one for each key.
type flights struct {
	mu      sync.Mutex
	running map[[16]byte]*flight
}

// join returns the flight for the key and whether the caller leads it. A flight that began before one of the key's tags was
// invalidated is left to those who wait for it already. It returns nil when the hash belongs to another key's flight.
func (f *flights) join(k Key, l *ledger) (running *flight, leads bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	running = f.running[k.hash]
	if running != nil && running.key.canonical != k.canonical {
		return nil, false
	}
	if running != nil && l.valid(running.stamp, k.tags) {
		return running, false
	}
	running = &flight{key: k, stamp: l.now(), done: make(chan struct{})}
	f.running[k.hash] = running
	return running, true
}

// busy reports whether somebody fills the key.
func (f *flights) busy(k Key) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.running[k.hash] != nil
}

// land ends a flight and lets everybody who waits go on.
func (f *flights) land(done *flight) {
	f.mu.Lock()
	if f.running[done.key.hash] == done {
		delete(f.running, done.key.hash)
	}
	f.mu.Unlock()
	done.landed.Do(func() { close(done.done) })
}

// abandon lets everybody who waits go on alone, while the fill goes on for its own client.
func (f *flights) abandon(lost *flight) {
	lost.landed.Do(func() {
		lost.abandoned = true
		close(lost.done)
	})
}

// refusedFor is how long a key is remembered whose answer could not be shared.
const refusedFor = 10 * time.Second

// refused remembers keys whose answers could not be shared, so that requests for them do not queue behind each other. It takes a
// fixed amount of memory: a slot that two keys share makes one of them forget early.
type refused [1024]struct{ id, until atomic.Int64 }

func (r *refused) add(k Key, now time.Time) {
	slot, id := r.slot(k)
	r[slot].id.Store(id)
	r[slot].until.Store(now.Add(refusedFor).UnixNano())
}

func (r *refused) has(k Key, now time.Time) bool {
	slot, id := r.slot(k)
	return r[slot].id.Load() == id && now.UnixNano() < r[slot].until.Load()
}

func (r *refused) remove(k Key) {
	slot, id := r.slot(k)
	if r[slot].id.Load() == id {
		r[slot].until.Store(0)
	}
}

func (r *refused) slot(k Key) (slot int, id int64) {
	number := binary.LittleEndian.Uint64(k.hash[:])
	return int(number % uint64(len(r))), int64(number)
}
