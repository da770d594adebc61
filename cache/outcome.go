package cache

import (
	"strconv"
	"strings"
	"time"
)

// Result is how a request was answered.
type Result uint8

const (
	// Bypassed means that the cache had no part in it.
	Bypassed Result = iota
	// Hit means that a stored answer was given.
	Hit
	// Stale means that a stored answer was given after it had expired.
	Stale
	// Miss means that the answer was made for this request, or for one that came at the same time.
	Miss
)

// String is the result as metrics name it.
func (r Result) String() string {
	switch r {
	case Hit:
		return "hit"
	case Stale:
		return "stale"
	case Miss:
		return "miss"
	}
	return "bypass"
}

// Outcome tells how [Cache.Do] came to its answer.
type Outcome struct {
	// Result is how the request was answered.
	Result Result
	// Forward is why the fill ran, in the words of RFC 9211: bypass, method, miss, request or stale; "" when it did not.
	Forward string
	// ForwardStatus is the status with which a fill failed when a stale answer was given in its place; else 0.
	ForwardStatus int
	// Stored reports that the answer is in the cache now.
	Stored bool
	// Collapsed reports that the request waited for another one's fill.
	Collapsed bool
	// TTL is how long the answer stays fresh; negative when it has expired.
	TTL time.Duration
	// Age is how long ago the answer was made.
	Age time.Duration
	// Detail is a word that says why something was not stored.
	Detail string
}

// String is the member of a Cache-Status field (RFC 9211).
func (o Outcome) String() string {
	var b strings.Builder
	b.Grow(64)
	b.WriteString("groundwork")
	if o.Forward == "" {
		b.WriteString("; hit; ttl=")
		b.WriteString(strconv.FormatInt(int64(o.TTL/time.Second), 10))
	} else {
		b.WriteString("; fwd=")
		b.WriteString(o.Forward)
	}
	if o.ForwardStatus != 0 {
		b.WriteString("; fwd-status=")
		b.WriteString(strconv.Itoa(o.ForwardStatus))
	}
	if o.Stored {
		b.WriteString("; stored")
	}
	if o.Collapsed {
		b.WriteString("; collapsed")
	}
	if o.Detail != "" {
		b.WriteString("; detail=")
		b.WriteString(token(o.Detail))
	}
	return b.String()
}

// token is the text when it can stand as a token of a structured field, and else the text in quotes.
func token(text string) string {
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return strconv.QuoteToASCII(text)
		}
	}
	return text
}
