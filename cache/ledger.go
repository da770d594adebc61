package cache

import "sync"

// ledger is the logical clock and what was invalidated when. It decides whether an entry may still be used: it may when none of its
// tags was invalidated after its stamp.
//
// It remembers a bounded number of tags. What it forgets raises the floor, and entries older than the floor are refused, so that
// forgetting costs a miss and never an old value.
type ledger struct {
	mu          sync.RWMutex
	clock       Stamp
	floor       Stamp
	last        map[Tag]*invalidated
	first, tail *invalidated // oldest and newest
	bytes       int
	limit       int
}

type invalidated struct {
	tag        Tag
	at         Stamp
	prev, next *invalidated
}

const invalidatedOverhead = 160

// newLedger begins at a stamp larger than those of earlier processes, so that entries which a store kept from one are refused.
func newLedger(begin Stamp, limit int) *ledger {
	return &ledger{clock: begin, floor: begin, last: map[Tag]*invalidated{}, limit: limit}
}

func (l *ledger) now() Stamp {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.clock
}

// bump records that the tags were invalidated and runs drop before anybody can store again.
func (l *ledger) bump(tags []Tag, drop func()) Stamp {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock++
	for _, tag := range tags {
		if tag != (Tag{}) {
			l.record(tag)
		}
	}
	for l.bytes > l.limit && l.first != nil {
		l.forget()
	}
	drop()
	return l.clock
}

// clear refuses every entry from before now and runs drop before anybody can store again.
func (l *ledger) clear(drop func()) Stamp {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock++
	l.floor = l.clock
	clear(l.last)
	l.first, l.tail, l.bytes = nil, nil, 0
	drop()
	return l.clock
}

// valid reports whether an entry with the stamp and tags has seen every invalidation.
func (l *ledger) valid(stamp Stamp, tags []Tag) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.validLocked(stamp, tags)
}

// ifValid runs store when an entry with the stamp and tags has seen every invalidation; none can come in between.
func (l *ledger) ifValid(stamp Stamp, tags []Tag, store func() error) (bool, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.validLocked(stamp, tags) {
		return false, nil
	}
	return true, store()
}

func (l *ledger) validLocked(stamp Stamp, tags []Tag) bool {
	if stamp < l.floor {
		return false
	}
	if stamp >= l.clock {
		return true
	}
	for _, tag := range tags {
		if known := l.last[tag]; known != nil && known.at > stamp {
			return false
		}
	}
	return true
}

func (l *ledger) record(tag Tag) {
	known := l.last[tag]
	if known == nil {
		known = &invalidated{tag: tag}
		l.last[tag] = known
		l.bytes += invalidatedOverhead + len(tag.canonical)
	} else {
		l.unlink(known)
	}
	known.at = l.clock
	known.prev, known.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = known
	} else {
		l.first = known
	}
	l.tail = known
}

func (l *ledger) forget() {
	oldest := l.first
	l.unlink(oldest)
	delete(l.last, oldest.tag)
	l.bytes -= invalidatedOverhead + len(oldest.tag.canonical)
	l.floor = max(l.floor, oldest.at)
}

func (l *ledger) unlink(i *invalidated) {
	if i.prev != nil {
		i.prev.next = i.next
	} else {
		l.first = i.next
	}
	if i.next != nil {
		i.next.prev = i.prev
	} else {
		l.tail = i.prev
	}
}
