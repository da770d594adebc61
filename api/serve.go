package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// request is one HTTP request on its way through the API.
type request struct {
	caller
	w   http.ResponseWriter
	r   *http.Request
	res *resource
}

// caller is who asks and for which tenant.
type caller struct {
	who    auth.Identity
	tenant string
	// byProgram is true when the program chose the tenant, not the request.
	byProgram bool
}

// ServeHTTP answers a request below the mount. [API.Mount] routes to it; it may also be used without Echo when nothing stands
// before the resource names in the path.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), a.cfg.Limits.Time)
	defer cancel()
	r = r.WithContext(ctx)
	defer func() {
		if p := recover(); p != nil {
			a.recovered(w, r, p)
		}
	}()
	if body, ok := r.Body.(*edgeBody); ok {
		r.Body = body.whole
	}
	q := &request{w: w, r: r}
	if err := a.authenticate(q); err != nil {
		a.writeError(w, q.r, err)
		return
	}
	if err := a.route(q); err != nil {
		a.writeError(w, q.r, err)
	}
}

// authenticate puts the caller into the request and its context.
func (a *API) authenticate(q *request) error {
	ctx := q.r.Context()
	if a.cfg.Auth == nil {
		q.who = auth.FromContext(ctx)
	} else {
		who, err := a.cfg.Auth.Authenticate(q.r)
		if err != nil {
			return authFault(err)
		}
		q.who = who
		q.r = q.r.WithContext(auth.NewContext(ctx, who))
	}
	tenant, err := a.tenantOf(q.r, q.who)
	if err != nil {
		return err
	}
	q.tenant, q.byProgram = tenant.name, tenant.byProgram
	if tenant != tenantIn(q.r.Context(), q.who) {
		q.r = q.r.WithContext(context.WithValue(q.r.Context(), tenantKey{}, tenant))
	}
	return nil
}

// authFault places the errors of an Authenticator.
func authFault(err error) error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, auth.ErrTokenExpired):
		e = fault.Token(fault.CodeClaims, "JWT expired")
	case errors.Is(err, auth.ErrSessionEnded):
		e = fault.Token(fault.CodeClaims, "JWT session ended")
	case errors.Is(err, auth.ErrInvalidKey):
		e = fault.Token(fault.CodeToken, "Invalid API key")
	case errors.Is(err, auth.ErrInvalidToken):
		e = fault.Token(fault.CodeToken, "The token could not be verified")
	case errors.Is(err, auth.ErrUnauthenticated):
		e = fault.AnonymousOff()
	default:
		e = &Error{Status: http.StatusServiceUnavailable, Code: fault.CodeNoConnection, Message: "Sign-in cannot be checked at the moment"}
	}
	e.Err = err
	return e
}

// route finds what the path names. It works on the escaped path, so that a key may hold an escaped slash.
func (a *API) route(q *request) error {
	if a.names == nil && !a.mounted {
		return &Error{Status: http.StatusServiceUnavailable, Code: fault.CodeNotLoaded, Message: "The API is not mounted"}
	}
	rest := strings.TrimPrefix(q.r.URL.EscapedPath(), a.prefix)
	if rest == "" || rest == "/" {
		return a.serveDocument(q)
	}
	if err := a.checkProfile(q.r); err != nil {
		return err
	}
	first, second, deeper := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	name, err := url.PathUnescape(first)
	if err != nil || strings.Contains(second, "/") || deeper && second == "" {
		return fault.Path()
	}
	if name == "rpc" && deeper {
		return a.call(q, second)
	}
	q.res = a.resources[name]
	if q.res == nil {
		return fault.UnknownResource(name, a.closestVisible(q, name))
	}
	if !deeper {
		return a.collection(q)
	}
	if q.res.table.PrimaryKey == nil {
		return fault.Path()
	}
	return a.item(q, second)
}

// closestVisible finds a resource with a similar name that the caller may read, for a hint.
func (a *API) closestVisible(q *request, name string) string {
	closest, ok := schema.Closest(name, a.names)
	if !ok {
		return ""
	}
	if _, err := a.authorize(q.r.Context(), &q.caller, a.resources[closest], policy.Select, nil); err != nil {
		return ""
	}
	return closest
}

// collection dispatches on the method of /{resource}.
func (a *API) collection(q *request) error {
	switch q.r.Method {
	case http.MethodOptions:
		return a.options(q, q.res.methods())
	case http.MethodGet, http.MethodHead:
		return a.allowed(q, a.list, policy.Select)
	case http.MethodPost:
		return a.allowed(q, a.insert, policy.Insert)
	case http.MethodPatch:
		return a.allowed(q, a.update, policy.Update)
	case http.MethodPut:
		return a.allowed(q, a.put, policy.Insert, policy.Update)
	case http.MethodDelete:
		return a.allowed(q, a.remove, policy.Delete)
	}
	return fault.Method(q.r.Method, q.res.methods()...)
}

// allowed calls the handler when the resource offers the actions.
func (a *API) allowed(q *request, handler func(*request) error, actions ...policy.Action) error {
	for _, action := range actions {
		if !q.res.can(action) {
			return fault.Method(q.r.Method, q.res.methods()...)
		}
	}
	err := handler(q)
	if err != nil && namesSchema(err) {
		// What exists is told only to those who may use it.
		for _, action := range actions {
			if _, refused := a.authorize(q.r.Context(), &q.caller, q.res, action, nil); refused != nil {
				return refused
			}
		}
	}
	return err
}

// namesSchema reports whether an error tells what columns or relations there are.
func namesSchema(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "42703", fault.CodeNoRelation, fault.CodeAmbiguous, fault.CodeBodyColumn, fault.CodeNotEmbedded, fault.CodeEmbedOperator, "42P10":
		return true
	}
	return false
}

func (a *API) options(q *request, methods []string) error {
	h := q.w.Header()
	h.Set("Allow", strings.Join(methods, ","))
	h.Set("Content-Length", "0")
	q.w.WriteHeader(http.StatusOK)
	return nil
}

// methods are the HTTP methods of the collection route.
func (res *resource) methods() []string {
	methods := []string{http.MethodOptions}
	if res.can(policy.Select) {
		methods = append(methods, http.MethodGet, http.MethodHead)
	}
	if res.can(policy.Insert) {
		methods = append(methods, http.MethodPost)
		if res.can(policy.Update) && res.table.PrimaryKey != nil {
			methods = append(methods, http.MethodPut)
		}
	}
	if res.can(policy.Update) {
		methods = append(methods, http.MethodPatch)
	}
	if res.can(policy.Delete) {
		methods = append(methods, http.MethodDelete)
	}
	return methods
}

// itemMethods are the HTTP methods of the item route.
func (res *resource) itemMethods() []string {
	return slices.DeleteFunc(res.methods(), func(method string) bool { return method == http.MethodPost })
}

// readBody reads a request body within the limit.
func (a *API) readBody(q *request) ([]byte, error) {
	if q.r.Body == nil || q.r.Body == http.NoBody {
		return nil, nil
	}
	if q.r.ContentLength > a.cfg.Limits.Body {
		return nil, fault.BodyTooLarge(a.cfg.Limits.Body)
	}
	body := http.MaxBytesReader(q.w, q.r.Body, a.cfg.Limits.Body)
	if q.r.ContentLength > 0 && q.r.ContentLength <= believed {
		buf := make([]byte, q.r.ContentLength)
		if _, err := io.ReadFull(body, buf); err != nil {
			return nil, bodyFault(err)
		}
		return buf, nil
	}
	buf, err := io.ReadAll(body)
	if err != nil {
		return nil, bodyFault(err)
	}
	return buf, nil
}

// believed is the largest announced length for which memory is set aside before the bytes are there.
const believed = 64 << 10

func bodyFault(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	e := fault.Body("The request body ended early")
	e.Err = err
	return e
}
