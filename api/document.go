package api

import (
	"net/http"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// serveDocument answers the root of the mount with the API document.
func (a *API) serveDocument(q *request) error {
	switch q.r.Method {
	case http.MethodOptions:
		return a.options(q, []string{http.MethodOptions, http.MethodGet, http.MethodHead})
	case http.MethodGet, http.MethodHead:
		return fault.RootOff()
	}
	return fault.Method(q.r.Method, http.MethodOptions, http.MethodGet, http.MethodHead)
}
