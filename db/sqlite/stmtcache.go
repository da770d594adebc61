package sqlite

// stmtCache holds the prepared statements of one connection by their text, and forgets the least recently used.
type stmtCache struct {
	limit  int
	byText map[string]*stmt
	ring   stmt // ring.next is the most recently used, ring.prev the least
}

func (k *stmtCache) init(limit int) {
	k.limit = limit
	k.byText = make(map[string]*stmt)
	k.ring.next, k.ring.prev = &k.ring, &k.ring
}

func (k *stmtCache) get(text string) *stmt {
	s := k.byText[text]
	if s != nil && k.ring.next != s {
		k.unlink(s)
		k.link(s)
	}
	return s
}

func (k *stmtCache) add(s *stmt) {
	for len(k.byText) >= k.limit {
		k.remove(k.ring.prev)
	}
	k.byText[s.text] = s
	k.link(s)
}

func (k *stmtCache) remove(s *stmt) {
	k.unlink(s)
	delete(k.byText, s.text)
	s.finalize()
}

func (k *stmtCache) clear() {
	for k.ring.prev != nil && k.ring.prev != &k.ring {
		k.remove(k.ring.prev)
	}
}

func (k *stmtCache) link(s *stmt) {
	s.prev, s.next = &k.ring, k.ring.next
	s.prev.next, s.next.prev = s, s
}

func (k *stmtCache) unlink(s *stmt) {
	s.prev.next, s.next.prev = s.next, s.prev
	s.prev, s.next = nil, nil
}
