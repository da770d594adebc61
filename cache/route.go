package cache

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// route is a Route with what was learned of it.
type route struct {
	cache  *Cache
	config Route
	varies atomic.Pointer[[]string]
}

// shown are the fields that a handler sees without being asked for them. It has to name in Vary those it uses.
var shown = []string{"Accept", "Accept-Language", "Origin", "User-Agent"}

// traced are fields that a handler sees although no answer depends on them.
var traced = []string{"Traceparent", "Tracestate"}

// maxVary bounds how many fields one route may vary on.
const maxVary = 16

func newRoute(c *Cache, config Route) *route {
	rt := &route{cache: c, config: config}
	var names []string
	for _, name := range config.Vary {
		names = append(names, textproto.CanonicalMIMEHeaderKey(name))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	rt.varies.Store(&names)
	return rt
}

// vary are the fields that are part of every key of the route, in order. The slice must not be changed.
func (rt *route) vary() []string { return *rt.varies.Load() }

// learn adds the fields of an answer's Vary. It reports whether the answer can be kept.
func (rt *route) learn(vary []string) bool {
	for {
		known := rt.varies.Load()
		names := slices.Clone(*known)
		for _, field := range vary {
			for name := range strings.SplitSeq(field, ",") {
				name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
				switch {
				case name == "*":
					return false
				case name == "", name == "Accept-Encoding", slices.Contains(names, name):
					continue
				}
				names = append(names, name)
			}
		}
		if len(names) == len(*known) {
			return true
		}
		if len(names) > max(maxVary, len(rt.config.Vary)) {
			return false
		}
		slices.Sort(names)
		if rt.varies.CompareAndSwap(known, &names) {
			return true
		}
	}
}

// asked is what of a request is part of the key.
type asked struct {
	scope  Scope
	route  string
	scheme string // with the host, unless any will do
	host   string
	query  []parameter
	vary   []string
}

// key is the key of the answer to a request. Every field has its length before it.
func (rt *route) key(a asked, r *http.Request) Key {
	var stack [1024]byte
	b := appendScope(appendField(stack[:0], rt.cache.config.Namespace), a.scope)
	b = appendField(b, "http")
	b = appendField(b, a.route)
	b = appendField(b, a.scheme)
	b = appendField(b, a.host)
	b = appendField(b, r.URL.EscapedPath())
	b = append(b, byte(len(a.query)), byte(len(a.query)>>8), byte(len(a.query)>>16))
	for _, p := range a.query {
		b = appendField(b, p.name)
		if p.bare {
			b = append(b, 0)
			continue
		}
		b = appendField(append(b, 1), p.value)
	}
	for _, name := range a.vary {
		b = appendField(b, name)
		values := r.Header[name]
		b = append(b, byte(len(values)), byte(len(values)>>8))
		for _, value := range values {
			b = appendField(b, varyValue(name, value))
		}
	}
	return newKey(b, a.scope, a.route)
}

// varyValue is the content of a field, without differences that mean nothing.
func varyValue(name, value string) string {
	if name != "Accept" && name != "Accept-Language" || strings.Contains(value, `"`) {
		return value
	}
	return strings.ToLower(strings.ReplaceAll(value, " ", ""))
}

// visible is the request as the handler sees it: what is in the key, and nothing else that could shape the answer.
func (rt *route) visible(ctx context.Context, r *http.Request, a asked) *http.Request {
	own := r.WithContext(ctx)
	own.Method, own.Body, own.ContentLength = http.MethodGet, http.NoBody, 0
	own.RemoteAddr, own.Trailer = "", nil
	own.Form, own.PostForm, own.MultipartForm = nil, nil, nil
	u := *r.URL
	u.RawQuery, u.ForceQuery = rt.config.Query.visible(u.RawQuery), false
	own.URL, own.RequestURI = &u, u.RequestURI()
	own.Header = make(http.Header, len(a.vary)+len(shown))
	for _, names := range [][]string{shown, traced, a.vary} {
		for _, name := range names {
			if values, ok := r.Header[name]; ok {
				own.Header[name] = slices.Clone(values)
			}
		}
	}
	own.Host, own.TLS = a.host, nil
	if a.scheme == "https" {
		own.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	return own
}

// parameter is one of a query.
type parameter struct {
	name, value string
	bare        bool // without an equals sign
}

// QueryRule says which parameters of the query count. The handler does not see the others. Parameters that carry credentials, apikey
// and access_token, never count.
type QueryRule struct {
	// Allow names those that count; nil: all.
	Allow []string
	// Deny names those that do not count, such as utm_source; nil: none.
	Deny []string
}

// maxParameters bounds how many parameters are told apart; a query with more is one text.
const maxParameters = 1000

// normalise returns the parameters that count in the order of their names, keeping the order of equal names. What does not decode
// counts as it is.
func (q QueryRule) normalise(raw string) []parameter {
	if raw == "" {
		return nil
	}
	pairs := strings.Count(raw, "&") + 1
	if pairs > maxParameters {
		return []parameter{{name: raw, bare: true}}
	}
	query := make([]parameter, 0, pairs)
	for len(raw) > 0 {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, equals := strings.Cut(pair, "=")
		if name = decoded(name); q.counts(name) {
			query = append(query, parameter{name: name, value: decoded(value), bare: !equals})
		}
	}
	slices.SortStableFunc(query, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	return query
}

// visible is the query as the handler sees it: the parameters that count, as they were written.
func (q QueryRule) visible(raw string) string {
	var seen []string
	for pair := range strings.SplitSeq(raw, "&") {
		if name, _, _ := strings.Cut(pair, "="); q.counts(decoded(name)) {
			seen = append(seen, pair)
		}
	}
	return strings.Join(seen, "&")
}

func (q QueryRule) counts(name string) bool {
	if slices.Contains(credentialParameters, name) || slices.Contains(q.Deny, name) {
		return false
	}
	return q.Allow == nil || slices.Contains(q.Allow, name)
}

func decoded(text string) string {
	if !strings.ContainsAny(text, "%+") {
		return text
	}
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}
