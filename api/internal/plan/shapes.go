package plan

import (
	"hash/maphash"
	"sync"
)

// The bounds of a [shapes] table. A caller can ask for any subset of columns, so the texts are many even though they are finite: a
// shard that is full is emptied, and what is in use comes back at once.
const (
	shapeShards   = 16
	shapesByShard = 256
)

// shapes finds the statement of a text without copying the text.
type shapes struct {
	seed   maphash.Seed
	once   sync.Once
	shards [shapeShards]shard
}

type shard struct {
	mu     sync.RWMutex
	byText map[string]*Statement
}

func (s *shapes) shard(text []byte) *shard {
	s.once.Do(func() { s.seed = maphash.MakeSeed() })
	return &s.shards[maphash.Bytes(s.seed, text)%shapeShards]
}

// find returns the statement with that text, or what build makes of the text, which is kept for the next request. build may run
// more than once for a text when requests come at the same moment.
func (s *shapes) find(text []byte, build func(text string) *Statement) *Statement {
	in := s.shard(text)
	in.mu.RLock()
	found := in.byText[string(text)]
	in.mu.RUnlock()
	if found != nil {
		return found
	}
	found = build(string(text))
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.byText == nil || len(in.byText) >= shapesByShard {
		in.byText = make(map[string]*Statement, 16)
	}
	in.byText[found.Text] = found
	return found
}
