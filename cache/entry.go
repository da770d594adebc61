package cache

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Stamp is a moment of the cache's logical clock, which goes forward with each invalidation. An entry with a stamp has seen every
// invalidation up to it.
type Stamp uint64

// Encoding is a content coding, as Content-Encoding spells it.
type Encoding string

// Gzip is the one coding that the cache makes variants for.
const Gzip Encoding = "gzip"

// Entry is a stored answer. A fill makes one and gives it away; from then on nobody may change it or what it points to.
type Entry struct {
	// Status is the HTTP status; 0 for values that are no answers to a request.
	Status int
	// Header has canonical names. Fields that belong to one exchange only are not among them.
	Header http.Header
	// Body is the content without a content coding.
	Body []byte
	// Variants are other codings of the body; nil: none.
	Variants map[Encoding][]byte
	// ETag is the validator of Body, with its quotes; "" for none.
	ETag string
	// Stamp was taken before the fill read anything.
	Stamp Stamp
	// Tags are what the fill read.
	Tags []Tag
	// Stored is when the fill ended.
	Stored time.Time
	// FreshUntil is when the answer expires; a fill that leaves it zero gets it from the [Policy].
	FreshUntil time.Time
	// UsableUntil is when nothing may use the answer any more; a fill that leaves it zero gets it from the [Policy].
	UsableUntil time.Time
	// StaleWhileRevalidate and StaleIfError are how long after FreshUntil the answer may be used so; negative means never, zero
	// takes the [Policy].
	StaleWhileRevalidate, StaleIfError time.Duration
	// CanonicalKey is the [Key.Canonical] of the key it was stored under.
	CanonicalKey string

	use *use
}

// use is what changes while an entry lives. Entries that share it are the same answer.
type use struct {
	refreshing atomic.Bool
	asked      atomic.Int32
}

// Size estimates how many bytes of memory the entry takes, with its share of every index. The memory store counts with it.
func (e *Entry) Size() int64 {
	size := entryOverhead + len(e.CanonicalKey) + len(e.Body) + len(e.ETag)
	for name, values := range e.Header {
		size += fieldOverhead + len(name)
		for _, value := range values {
			size += len(value)
		}
	}
	for _, variant := range e.Variants {
		size += fieldOverhead + len(variant)
	}
	for _, tag := range e.Tags {
		size += tagOverhead + len(tag.canonical)
	}
	return int64(size)
}

// What the parts of an entry cost beside their bytes, measured on 64-bit machines: structs, map slots, index links, and the policy
// of the memory store.
const (
	entryOverhead = 640
	fieldOverhead = 80
	tagOverhead   = 176
)
