package cache

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxTags is how many tags one entry may carry; an answer with more is not stored. Callers with many rows use [Set] or [Part].
const maxTags = 256

// Recorder notes what one fill reads. A fill gets it as an argument, and the functions [AddTags], [NoStore], [Taint] and [ScopeFrom]
// find it in the context. It is safe for concurrent use.
type Recorder struct {
	mu     sync.Mutex
	outer  *Recorder // of the fill that this one is part of
	lost   func()    // called when it is plain that nobody else can have the answer; nil: nobody waits
	key    Key
	tags   []Tag
	why    string
	taints TaintKind
	until  time.Time // the earliest expiry of other cached values that went in
}

// TaintKind says what about the caller a fill depended on.
type TaintKind uint8

const (
	// TaintIdentity is who the caller is: the fill read the identity although others share the answer.
	TaintIdentity TaintKind = 1 << iota
	// TaintRequest is anything else of the request that is not in the key.
	TaintRequest
)

func newRecorder(k Key) *Recorder {
	r := &Recorder{key: k}
	r.AddTags(k.tags...)
	return r
}

// fills reports whether a fill of the key is under way around this point: waiting for it would never end.
func (r *Recorder) fills(k Key) bool {
	for ; r != nil; r = r.outer {
		if r.key.canonical == k.canonical {
			return true
		}
	}
	return false
}

// AddTags adds what the fill read.
func (r *Recorder) AddTags(tags ...Tag) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, tag := range tags {
		if tag == (Tag{}) || slices.Contains(r.tags, tag) {
			continue
		}
		if len(r.tags) == maxTags {
			r.refuse("tags")
			return
		}
		r.tags = append(r.tags, tag)
	}
}

// NoStore makes the answer go to its caller only. Why is a short word for Cache-Status; the first one given counts.
func (r *Recorder) NoStore(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse(why)
}

// Taint says that the answer depends on something that is not in the key. It is then not stored.
func (r *Recorder) Taint(kind TaintKind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taints |= kind
	r.refuse("scope")
}

// Scope is who shares the answer.
func (r *Recorder) Scope() Scope { return r.key.scope }

func (r *Recorder) refuse(why string) {
	if r.why == "" {
		r.why = why
	}
}

// abandon makes the answer go to its caller only, and lets those who wait for it go on now.
func (r *Recorder) abandon(why string) {
	r.NoStore(why)
	if r.lost != nil {
		r.lost()
	}
}

// rekey stores the answer under another key, once the fill knows better what the answer depends on.
func (r *Recorder) rekey(k Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.key = k
}

// includes notes that another cached value became part of this answer.
func (r *Recorder) includes(inner Key, e *Entry, why string) {
	if !r.key.scope.covers(inner.scope) {
		r.Taint(TaintIdentity)
	}
	if why != "" {
		r.NoStore(why)
	}
	if e == nil {
		return
	}
	r.AddTags(e.Tags...)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !e.FreshUntil.IsZero() && (r.until.IsZero() || e.FreshUntil.Before(r.until)) {
		r.until = e.FreshUntil
	}
}

// result is what the recorder knows when the fill has ended.
func (r *Recorder) result() (k Key, tags []Tag, why string, taints TaintKind, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.key, slices.Clone(r.tags), r.why, r.taints, r.until
}

type recorderKey struct{}

func recorderFrom(ctx context.Context) *Recorder {
	r, _ := ctx.Value(recorderKey{}).(*Recorder)
	return r
}

// AddTags says, from inside a fill, what was read. Outside of a fill it does nothing.
func AddTags(ctx context.Context, tags ...Tag) {
	if r := recorderFrom(ctx); r != nil {
		r.AddTags(tags...)
	}
}

// NoStore says, from inside a fill, that the answer is for its caller only. Why is a short word for Cache-Status. Outside of a fill
// it does nothing.
func NoStore(ctx context.Context, why string) {
	if r := recorderFrom(ctx); r != nil {
		r.NoStore(why)
	}
}

// Taint says, from inside a fill, that the answer depends on something that is not in the key. Outside of a fill it does nothing.
func Taint(ctx context.Context, kind TaintKind) {
	if r := recorderFrom(ctx); r != nil {
		r.Taint(kind)
	}
}

// ScopeFrom is, inside a fill, who shares the answer, and the zero Scope elsewhere. A fill for a tenant learns the tenant here
// instead of from the caller's identity, which would taint it.
func ScopeFrom(ctx context.Context) Scope {
	if r := recorderFrom(ctx); r != nil {
		return r.Scope()
	}
	return Scope{}
}

type bypassKey struct{}

// Bypass returns a context under which nothing is read from a cache and nothing is stored. Use it for reads inside a transaction
// that has written: others must not see what may still be rolled back.
func Bypass(ctx context.Context) context.Context {
	return context.WithValue(ctx, bypassKey{}, true)
}

func bypassed(ctx context.Context) bool { return ctx.Value(bypassKey{}) != nil }
