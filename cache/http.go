package cache

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
)

// Route says how the middleware of [Cache.HTTP] treats the routes it stands before. The zero Route keeps answers to callers without
// credentials for a minute, and those to a known caller for that caller alone.
//
// The handler sees exactly what is in the key and nothing else of the request: its path and parameters, the query, the identity in
// the context if the scope is that caller alone, and few fields of the header (see Vary). So an answer cannot depend on something
// that the next caller has otherwise.
type Route struct {
	Policy
	// Scope says who shares an answer; the zero Scope bypasses the cache. Nil: a caller whom Config.Caller knows has answers of its
	// own, callers without credentials share, and any other request bypasses the cache. Credentials are the fields
	// Authorization, Cookie, apikey and X-Api-Key, the parameters apikey and access_token, and a client certificate.
	Scope func(echo.Context) Scope
	// Tags are what the answer will be made from, as far as the request tells. The handler may add others with [AddTags].
	Tags func(echo.Context) []Tag
	// Vary names the fields of the request that the handler reads: they are part of the key. Without it the handler sees Accept,
	// Accept-Language, Origin and User-Agent, and must name in its own Vary field those it uses.
	Vary []string
	// Query says which parameters count; the zero rule: all of them.
	Query QueryRule
	// AnyHost shares answers between host names and schemes. The handler then sees neither.
	AnyHost bool
	// Values names what outer middleware put into the echo.Context that the handler needs, such as a database. The handler runs
	// on a context of its own and sees these and no others. They must not depend on the request.
	Values []string
	// Obey says whether the handler's Cache-Control and Expires decide, or the Policy; default OriginWins.
	Obey Obey
	// Store has the last word on whether an answer is stored; nil: yes. The entry must not be changed.
	Store func(echo.Context, *Entry) bool
}

// Obey says who decides how long an answer is fresh.
type Obey uint8

const (
	// OriginWins lets Cache-Control and Expires of the handler decide, and the Policy where they are silent.
	OriginWins Obey = iota
	// PolicyWins lets the Policy decide. The directives no-store and private are obeyed all the same.
	PolicyWins
)

// HTTP returns middleware that answers GET and HEAD from the cache and drops what other methods may have changed. It must stand behind
// the middleware that knows callers and decides what they may do, because a hit ends here, and behind any that compresses.
func (c *Cache) HTTP(r Route) echo.MiddlewareFunc {
	rt := newRoute(c, r)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(ec echo.Context) error {
			switch ec.Request().Method {
			case http.MethodGet, http.MethodHead:
				return rt.serve(ec, next)
			case http.MethodOptions, http.MethodTrace:
				return next(ec)
			}
			return rt.change(ec, next)
		}
	}
}

// serve answers a GET or HEAD.
func (rt *route) serve(ec echo.Context, next echo.HandlerFunc) error {
	r := ec.Request()
	scope, reason := rt.admit(ec)
	if reason != "" {
		o := Outcome{Result: Bypassed, Forward: "bypass", Detail: reason}
		rt.cache.countResult(Key{name: ec.Path()}, o)
		ec.Response().Header().Add("Cache-Status", o.String())
		return next(ec)
	}
	f := &httpFill{route: rt, next: next, ec: ec, ask: asked{scope: scope, route: ec.Path()}}
	f.ask.query = rt.config.Query.normalise(r.URL.RawQuery)
	if !rt.config.AnyHost {
		f.ask.scheme, f.ask.host = ec.Scheme(), r.Host
	}
	w := work{filler: f, inline: true}
	if scope.personal() && hasCredentials(r) { // strangers must not be able to empty the cache
		w.accept = freshEnough(r.Header)
	}
	for {
		f.ask.vary = rt.vary()
		e, o, err := rt.cache.do(r.Context(), rt.key(f.ask, r), rt.config.Policy, w)
		if errors.Is(err, errMoved) {
			continue // another request learned what this route varies on
		}
		return f.finish(e, o, err)
	}
}

// admit returns who shares the answer, or why the cache has no part in it.
func (rt *route) admit(ec echo.Context) (Scope, string) {
	if reason := unfit(ec.Request()); reason != "" {
		return Scope{}, reason
	}
	return rt.scope(ec)
}

// scope is what the route says, or the default.
func (rt *route) scope(ec echo.Context) (Scope, string) {
	if rt.config.Scope != nil {
		if s := rt.config.Scope(ec); !s.Nobody() {
			return s, ""
		}
		return Scope{}, "scope"
	}
	r, caller := ec.Request(), rt.cache.config.Caller
	if caller != nil {
		if p, known := caller.Of(r.Context()); known {
			if s := ForSubject(p); !s.Nobody() {
				return s, ""
			}
			return Scope{}, "credentials"
		}
	}
	switch {
	case hasCredentials(r):
		return Scope{}, "credentials"
	case caller == nil:
		return Public(), ""
	}
	return anonymous(), ""
}

// change runs a handler that may change something, and drops the answers of the paths it names before its own answer goes out.
func (rt *route) change(ec echo.Context, next echo.HandlerFunc) error {
	r := ec.Request()
	drop := func() {
		response := ec.Response()
		if response.Status < 200 || response.Status >= 400 {
			return
		}
		tags := []Tag{pathTag(r.URL.EscapedPath())}
		for _, field := range []string{"Location", "Content-Location"} {
			if path := samePath(r, response.Header().Get(field)); path != "" {
				tags = append(tags, pathTag(path))
			}
		}
		_, _ = rt.cache.Invalidate(r.Context(), tags...)
	}
	ec.Response().Before(drop)
	ec.Response().Header().Add("Cache-Status", "groundwork; fwd=method")
	err := next(ec)
	if err == nil {
		drop() // what a handler changed after it had begun to answer
	}
	return err
}

// samePath is the path that a Location or Content-Location names, if it is on this host.
func samePath(r *http.Request, location string) string {
	if location == "" {
		return ""
	}
	u, err := r.URL.Parse(location)
	if err != nil || (u.Host != "" && u.Host != r.Host) {
		return ""
	}
	return u.EscapedPath()
}

// httpFill is one request's way of filling its key.
type httpFill struct {
	route *route
	ask   asked
	next  echo.HandlerFunc
	ec    echo.Context

	answer *capture // when this request ran the handler itself
	entry  *Entry
	err    error // the handler's, after it had begun to answer
}

// reads are the tags that the request tells.
func (f *httpFill) reads() []Tag {
	tags := []Tag{pathTag(f.ec.Request().URL.EscapedPath())}
	if f.route.config.Tags != nil {
		tags = append(tags, f.route.config.Tags(f.ec)...)
	}
	return tags
}

// fill runs the handler for a client that waits.
func (f *httpFill) fill(ctx context.Context, r *Recorder) (*Entry, error) {
	return f.run(ctx, r, f.outside(), f.ec.Response())
}

// background makes a fill that does not touch the echo.Context of the request, which is over by then.
func (f *httpFill) background() Fill {
	outside := f.outside()
	own := &httpFill{route: f.route, ask: f.ask, next: f.next}
	return func(ctx context.Context, r *Recorder) (*Entry, error) { return own.run(ctx, r, outside, nil) }
}

// withoutValues hides what middleware put into a context, when nobody would notice that the handler looks at the caller there.
type withoutValues struct{ context.Context }

func (c withoutValues) Value(key any) any {
	switch key.(type) {
	case recorderKey, bypassKey:
		return c.Context.Value(key)
	}
	return nil
}

// outside is what the handler is given of the echo.Context around it.
type outside struct {
	echo          *echo.Echo
	request       *http.Request
	path          string
	names, params []string
	kept          []any
}

func (f *httpFill) outside() outside {
	o := outside{echo: f.ec.Echo(), request: f.ec.Request(), path: f.ec.Path()}
	o.names, o.params = slices.Clone(f.ec.ParamNames()), slices.Clone(f.ec.ParamValues())
	for _, name := range f.route.config.Values {
		o.kept = append(o.kept, f.ec.Get(name))
	}
	return o
}

// context is the one that the handler runs on.
func (f *httpFill) context(ctx context.Context, o outside, answer *capture) echo.Context {
	own := o.echo.NewContext(f.route.visible(ctx, o.request, f.ask), answer)
	own.SetPath(o.path)
	own.SetParamNames(o.names...)
	own.SetParamValues(o.params...)
	for i, name := range f.route.config.Values {
		own.Set(name, o.kept[i])
	}
	return own
}

func (f *httpFill) run(ctx context.Context, r *Recorder, o outside, client *echo.Response) (*Entry, error) {
	if f.route.cache.config.Caller == nil && f.ask.scope.observed() {
		ctx = withoutValues{ctx}
	}
	for {
		answer := newCapture(f.route.cache.config.MaxEntry, func() { r.abandon("stream") })
		if client != nil {
			answer.client, answer.interim = client, client.Writer
		}
		own := f.context(ctx, o, answer)
		err := f.next(own)
		if err != nil && !answer.begun() && negative(err) {
			own.Error(err)
			err = nil
		}
		if err != nil && !answer.begun() {
			return nil, err
		}
		if again := f.learn(r, o.request, answer); again {
			continue
		}
		f.answer, f.err = answer, err
		f.entry = f.route.entry(r, f.ask, answer, err)
		r.rekey(f.route.key(f.ask, o.request))
		if veto := f.route.config.Store; veto != nil && !veto(own, f.entry) {
			r.NoStore("veto")
		}
		return f.entry, nil
	}
}

// learn makes the fields that the answer varies on part of the key. It reports that the handler must run again, because it reads a
// field that it was not shown.
func (f *httpFill) learn(r *Recorder, request *http.Request, answer *capture) (again bool) {
	known := f.ask.vary
	if !f.route.learn(answer.header.Values("Vary")) {
		r.NoStore("vary")
		return false
	}
	f.ask.vary = f.route.vary()
	for _, name := range f.ask.vary {
		if !slices.Contains(known, name) && !slices.Contains(shown, name) && len(request.Header[name]) > 0 {
			return !answer.streamed
		}
	}
	return false
}

// negative reports whether an error of a handler is an answer that may be kept.
func negative(err error) bool {
	var answer *echo.HTTPError
	return errors.As(err, &answer) && (answer.Code == http.StatusNotFound || answer.Code == http.StatusGone)
}

// finish gives the answer to the client.
func (f *httpFill) finish(e *Entry, o Outcome, err error) error {
	if f.answer != nil && f.answer.streamed {
		return f.err
	}
	response := f.ec.Response()
	h := response.Header()
	h["Cache-Status"] = append(slices.Clip(h["Cache-Status"]), o.String())
	if err != nil || e == nil {
		return err
	}
	if e == f.entry {
		f.route.cache.respond(response, f.ec.Request(), e, f.answer.header, o)
		return f.err
	}
	f.route.cache.respond(response, f.ec.Request(), e, e.Header, o)
	return nil
}
