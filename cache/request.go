package cache

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

var (
	credentialFields     = []string{"Authorization", "Cookie", "Apikey", "X-Api-Key"}
	credentialParameters = []string{"apikey", "access_token"}
)

// hasCredentials reports whether the request says who makes it.
func hasCredentials(r *http.Request) bool {
	for _, name := range credentialFields {
		if len(r.Header[name]) > 0 {
			return true
		}
	}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		return true
	}
	if r.URL.User != nil {
		return true
	}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if slices.Contains(credentialParameters, decoded(name)) {
			return true
		}
	}
	return false
}

// unfit says why a request cannot be answered from a cache, or "".
func unfit(r *http.Request) string {
	switch {
	case len(r.Header["Upgrade"]) > 0:
		return "upgrade"
	case r.ContentLength != 0 || len(r.TransferEncoding) > 0:
		return "body"
	case len(r.Header["If-Match"]) > 0 || len(r.Header["If-Unmodified-Since"]) > 0:
		return "precondition"
	}
	for _, unit := range r.Header["Range"] {
		if !strings.HasPrefix(unit, "bytes=") {
			return "range"
		}
	}
	if values := r.Header["Cache-Control"]; len(values) > 0 {
		if _, never := parseDirectives(values)["no-store"]; never {
			return "request"
		}
	}
	return ""
}

// freshEnough makes the test that a request puts on stored answers with Cache-Control; nil: it puts none.
func freshEnough(h http.Header) func(e *Entry, now time.Time) bool {
	values := h["Cache-Control"]
	if len(values) == 0 {
		if slices.Contains(h["Pragma"], "no-cache") {
			return func(*Entry, time.Time) bool { return false }
		}
		return nil
	}
	wants := parseDirectives(values)
	maxAge, hasMaxAge := wants.seconds("max-age")
	minFresh, hasMinFresh := wants.seconds("min-fresh")
	_, noCache := wants["no-cache"]
	if !hasMaxAge && !hasMinFresh && !noCache {
		return nil
	}
	return func(e *Entry, now time.Time) bool {
		return !noCache && (!hasMaxAge || now.Sub(e.Stored) <= maxAge) && (!hasMinFresh || e.FreshUntil.Sub(now) >= minFresh)
	}
}

// directives are the members of Cache-Control by their names in lower case.
type directives map[string]string

// parseDirectives reads the field. The first of two equal names counts; what is no directive is skipped.
func parseDirectives(values []string) directives {
	d := directives{}
	for _, value := range values {
		for value != "" {
			var member string
			member, value = cutMember(value)
			name, argument, _ := strings.Cut(member, "=")
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "" {
				continue
			}
			if _, twice := d[name]; !twice {
				d[name] = unquoted(strings.TrimSpace(argument))
			}
		}
	}
	return d
}

// cutMember cuts a list at its first comma outside of quotes. A quote that nothing closes hides nothing.
func cutMember(list string) (member, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	if quoted {
		member, rest, _ = strings.Cut(list, ",")
		return member, rest
	}
	return list, ""
}

func unquoted(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	return strings.ReplaceAll(text[1:len(text)-1], `\`, "")
}

// maxSeconds is the largest number of seconds that is told apart.
const maxSeconds = 1 << 31

// seconds is the argument of a directive. One that is no number counts as 0, which is stale.
func (d directives) seconds(name string) (time.Duration, bool) {
	text, ok := d[name]
	if !ok {
		return 0, false
	}
	n := int64(0)
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, true
		}
		n = min(n*10+int64(c-'0'), maxSeconds)
	}
	return time.Duration(n) * time.Second, true
}
