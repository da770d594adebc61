package cache

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// entry makes what is kept of an answer, and says on the recorder when nothing may be.
func (rt *route) entry(r *Recorder, a asked, answer *capture, err error) *Entry {
	now := rt.cache.config.Now()
	status := answer.status
	if status == 0 {
		status = http.StatusOK // as net/http does for a handler that writes nothing
	}
	e := &Entry{Status: status, Body: answer.body, ETag: answer.header.Get("ETag")}
	said := parseDirectives(answer.header.Values("Cache-Control"))
	if why := unstorable(a.scope, status, said, answer, err); why != "" {
		r.NoStore(why)
		return e
	}
	lifetime, explicit := explicitLifetime(answer.header, said, now)
	if rt.config.Obey == PolicyWins {
		explicit = false
	}
	switch _, noCache := said["no-cache"]; {
	case explicit:
		e.FreshUntil = now.Add(lifetime)
	case noCache && rt.config.Obey == OriginWins:
		r.NoStore("no-cache")
		return e
	case !slices.Contains(keptByDefault, status):
		r.NoStore("status")
		return e
	}
	if rt.config.Obey == OriginWins {
		e.StaleWhileRevalidate, e.StaleIfError = staleness(said)
	}
	e.Header = keptHeader(answer.header)
	if len(e.Header["Date"]) == 0 {
		e.Header["Date"] = []string{now.UTC().Format(http.TimeFormat)}
	}
	if e.ETag == "" && status == http.StatusOK {
		e.ETag = bodyTag(e.Body)
	}
	if e.ETag != "" {
		e.Header["Etag"] = []string{e.ETag}
	}
	if status != http.StatusNoContent {
		e.Header["Content-Length"] = []string{strconv.Itoa(len(e.Body))}
	}
	return e
}

// keptByDefault are the statuses that are kept without a word of the handler.
var keptByDefault = []int{200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}

// unstorable says why an answer must not be kept, or "".
func unstorable(s Scope, status int, said directives, answer *capture, err error) string {
	_, noStore := said["no-store"]
	_, private := said["private"]
	h := answer.header
	length, sized := h["Content-Length"]
	switch {
	case answer.streamed || answer.dropped:
		return "stream"
	case err != nil:
		return "error"
	case noStore:
		return "no-store"
	case private && !s.personal():
		return "private"
	case len(h["Set-Cookie"]) > 0:
		return "cookie"
	case len(h["Content-Encoding"]) > 0:
		return "encoding"
	case status == http.StatusPartialContent || len(h["Content-Range"]) > 0:
		return "partial"
	case status < 200 || status == http.StatusNotModified:
		return "status"
	case sized && length[0] != strconv.Itoa(len(answer.body)):
		return "length"
	}
	return ""
}

// explicitLifetime is how long the answer is fresh by its own words.
func explicitLifetime(h http.Header, said directives, now time.Time) (time.Duration, bool) {
	for _, name := range []string{"s-maxage", "max-age"} {
		if lifetime, ok := said.seconds(name); ok {
			return lifetime, true
		}
	}
	expires := h["Expires"]
	if len(expires) == 0 {
		return 0, false
	}
	end, err := http.ParseTime(expires[0])
	if err != nil || len(expires) > 1 {
		return 0, true
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return end.Sub(date), true
	}
	return end.Sub(now), true
}

// staleness is how long the answer may be used after it expired, by its own words; 0: it does not say, negative: never.
func staleness(said directives) (whileRevalidate, ifError time.Duration) {
	for _, name := range []string{"must-revalidate", "proxy-revalidate", "s-maxage"} {
		if _, never := said[name]; never {
			return -1, -1
		}
	}
	allowed := func(name string) time.Duration {
		d, ok := said.seconds(name)
		if ok && d == 0 {
			return -1
		}
		return d
	}
	return allowed("stale-while-revalidate"), allowed("stale-if-error")
}

// exchange are fields that belong to one exchange and are not kept.
var exchange = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding",
	"Upgrade", "Content-Length", "Set-Cookie", "Etag", "Age", "Cache-Status", "X-Request-Id", "Traceparent", "Tracestate", "Server-Timing",
}

var exchangePrefixes = []string{"Access-Control-", "Ratelimit", "X-Ratelimit"}

// keptHeader is the part of a header that later answers get too.
func keptHeader(h http.Header) http.Header {
	var named []string
	for _, value := range h["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			named = append(named, http.CanonicalHeaderKey(strings.TrimSpace(name)))
		}
	}
	kept := make(http.Header, len(h)+2)
	for name, values := range h {
		name = http.CanonicalHeaderKey(name)
		belongs := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if slices.Contains(exchange, name) || slices.Contains(named, name) || slices.ContainsFunc(exchangePrefixes, belongs) {
			continue
		}
		kept[name] = slices.Clone(values)
	}
	return kept
}

// bodyTag is a strong validator made of the bytes.
func bodyTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"h` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}
