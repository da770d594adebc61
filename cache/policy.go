package cache

import (
	"math/rand/v2"
	"net/http"
	"time"
)

// Policy says how long answers are kept. The zero Policy keeps them for a minute.
type Policy struct {
	// TTL is how long an answer is fresh; default one minute, negative: never stored.
	TTL time.Duration
	// StaleWhileRevalidate is how long an expired answer is still given while one request fills it anew in the background;
	// default 0, not at all. An invalidated answer is never given.
	StaleWhileRevalidate time.Duration
	// StaleIfError is how long an expired answer is still given when the fill fails; default 0, not at all.
	StaleIfError time.Duration
	// NegativeTTL replaces TTL for the statuses 404 and 410; default ten seconds, negative: never stored.
	NegativeTTL time.Duration
	// EagerAt is the part of the TTL after which the first hit fills the answer anew in the background; 0.9 is a good value.
	// Default 0: never.
	EagerAt float64
	// Jitter is how far the TTL is moved at random, up and down, so that answers stored together do not expire together. Default
	// 0.1; negative: not at all.
	Jitter float64
}

const (
	defaultTTL         = time.Minute
	defaultNegativeTTL = 10 * time.Second
	defaultJitter      = 0.1
)

// lifetime is how long an answer with the status stays fresh; zero or less: it is not stored.
func (p Policy) lifetime(status int) time.Duration {
	ttl, fallback := p.TTL, defaultTTL
	if status == http.StatusNotFound || status == http.StatusGone {
		ttl, fallback = p.NegativeTTL, defaultNegativeTTL
	}
	if ttl == 0 {
		ttl = fallback
	}
	return p.jittered(ttl)
}

func (p Policy) jittered(ttl time.Duration) time.Duration {
	jitter := p.Jitter
	if jitter == 0 {
		jitter = defaultJitter
	}
	if jitter < 0 || ttl <= 0 {
		return ttl
	}
	jitter = min(jitter, 1)
	return time.Duration(float64(ttl) * (1 - jitter + 2*jitter*rand.Float64()))
}

// complete sets what the fill left open in a new entry.
func (p Policy) complete(e *Entry, now time.Time) {
	e.Stored = now
	if e.FreshUntil.IsZero() {
		e.FreshUntil = now.Add(p.lifetime(e.Status))
	}
	if e.StaleWhileRevalidate == 0 {
		e.StaleWhileRevalidate = p.StaleWhileRevalidate
	}
	if e.StaleIfError == 0 {
		e.StaleIfError = p.StaleIfError
	}
	if e.UsableUntil.IsZero() {
		e.UsableUntil = e.FreshUntil.Add(max(0, e.StaleWhileRevalidate, e.StaleIfError))
	}
}

// eager reports whether a hit at this moment should fill the entry anew.
func (p Policy) eager(e *Entry, now time.Time) bool {
	if p.EagerAt <= 0 || p.EagerAt >= 1 {
		return false
	}
	whole := e.FreshUntil.Sub(e.Stored)
	return now.Sub(e.Stored) > time.Duration(float64(whole)*p.EagerAt)
}
