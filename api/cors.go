package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

const (
	corsMethods = "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"
	corsExposed = "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, Transfer-Encoding, Range-Unit, " +
		"Preference-Applied, ETag, Retry-After, Groundwork-Stamp, X-Total-Count, Link, X-Supabase-Api-Version"
)

// corsRules are a checked CORS configuration.
type corsRules struct {
	origins     map[string]bool // nil: every origin
	credentials bool
	mistake     error
}

func newCORS(cfg CORS) corsRules {
	rules := corsRules{credentials: cfg.Credentials}
	if cfg.Origins == nil {
		if cfg.Credentials {
			rules.mistake = errors.New("api: CORS.Credentials needs a list of CORS.Origins")
		}
		rules.credentials = false
		return rules
	}
	rules.origins = make(map[string]bool, len(cfg.Origins))
	for _, origin := range cfg.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != origin {
			rules.mistake = fmt.Errorf("api: CORS origin %q: want scheme://host[:port]", origin)
		}
		rules.origins[origin] = true
	}
	return rules
}

// apply sets the CORS headers of an answer and reports whether the request was a preflight, which is then answered.
func (c *corsRules) apply(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	h := w.Header()
	if c.origins != nil {
		h.Add("Vary", "Origin")
	}
	if origin == "" {
		return false
	}
	asked := r.Header.Get("Access-Control-Request-Method")
	preflight := r.Method == http.MethodOptions && asked != ""
	if c.origins != nil && !c.origins[origin] {
		if preflight {
			w.WriteHeader(http.StatusOK)
		}
		return preflight
	}
	if c.origins == nil {
		h.Set("Access-Control-Allow-Origin", "*")
	} else {
		h.Set("Access-Control-Allow-Origin", origin)
		if c.credentials {
			h.Set("Access-Control-Allow-Credentials", "true")
		}
	}
	if !preflight {
		h.Set("Access-Control-Expose-Headers", corsExposed)
		return false
	}
	h.Set("Access-Control-Allow-Methods", corsMethods)
	allowed := "Authorization"
	if more := r.Header.Get("Access-Control-Request-Headers"); more != "" {
		allowed += ", " + more
	}
	h.Set("Access-Control-Allow-Headers", allowed)
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusOK)
	return true
}
