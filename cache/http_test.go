package cache_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
	"github.com/groundwork-go/groundwork/cache/cachetest"
)

// ask makes a request; fields are name, value pairs.
func ask(t *testing.T, h http.Handler, method, target string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	r.RemoteAddr = "192.0.2.1:999"
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// serve is a server with one cached route, whose handler counts.
func serve(c *cache.Cache, r cache.Route, h echo.HandlerFunc) *echo.Echo {
	e := echo.New()
	// Signs callers in by a field of the request, as real middleware would after it looked at a token.
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(ec echo.Context) error {
			if name := strings.TrimPrefix(ec.Request().Header.Get("Authorization"), "Bearer "); name != "" && name != "unknown" {
				ec.SetRequest(ec.Request().WithContext(signIn(ec.Request().Context(), person{subject: name})))
			}
			return next(ec)
		}
	})
	e.Any("/*", h, c.HTTP(r))
	return e
}

func numbered() echo.HandlerFunc {
	var n atomic.Int32
	return func(ec echo.Context) error { return ec.String(http.StatusOK, fmt.Sprint(n.Add(1))) }
}

func status(w *httptest.ResponseRecorder) string { return w.Header().Get("Cache-Status") }

func TestMiddlewareKeepsAnswers(t *testing.T) {
	t.Parallel()
	clock := cachetest.NewClock()
	c := newCache(t, cache.Config{Now: clock.Now})
	e := serve(c, cache.Route{Policy: exact(time.Minute)}, numbered())
	first := ask(t, e, "GET", "/a?x=1")
	require.Equal(t, "groundwork; fwd=miss; stored", status(first))
	require.Empty(t, first.Header().Get("Age"))
	clock.Advance(3 * time.Second)
	second := ask(t, e, "GET", "/a?x=1")
	require.Equal(t, "groundwork; hit; ttl=57", status(second))
	require.Equal(t, "3", second.Header().Get("Age"))
	require.Equal(t, "1", second.Body.String())
	for _, h := range []*httptest.ResponseRecorder{first, second} {
		require.Equal(t, "text/plain; charset=UTF-8", h.Header().Get("Content-Type"))
		require.Regexp(t, `^"h[\w-]{22}"$`, h.Header().Get("ETag"))
		require.Equal(t, "1", h.Header().Get("Content-Length"))
	}
	head := ask(t, e, "HEAD", "/a?x=1")
	require.Equal(t, "groundwork; hit; ttl=57", status(head))
	require.Empty(t, head.Body.String())
	require.Equal(t, "1", head.Header().Get("Content-Length"))
}

func TestHeadFillsForGet(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	e := serve(c, cache.Route{}, numbered())
	require.Empty(t, ask(t, e, "HEAD", "/a").Body.String())
	w := ask(t, e, "GET", "/a")
	require.Equal(t, "1", w.Body.String())
	require.Contains(t, status(w), "hit")
}

func TestWhatTellsRequestsApart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		route         cache.Route
		first, second []string // target, then fields
		same          bool
	}{
		{name: "the path", first: []string{"/a"}, second: []string{"/b"}},
		{name: "an encoded slash", first: []string{"/a/b"}, second: []string{"/a%2Fb"}},
		{name: "the case of the path", first: []string{"/a"}, second: []string{"/A"}},
		{name: "a value", first: []string{"/a?x=1"}, second: []string{"/a?x=2"}},
		{name: "a parameter more", first: []string{"/a?x=1"}, second: []string{"/a?x=1&utm_source=mail"}},
		{name: "no value and an empty one", first: []string{"/a?x"}, second: []string{"/a?x="}},
		{name: "the order of equal names", first: []string{"/a?x=1&x=2"}, second: []string{"/a?x=2&x=1"}},
		{name: "what looks like a border", first: []string{"/a?x=1%26y=2"}, second: []string{"/a?x=1&y=2"}},
		{name: "the host", first: []string{"http://one.example/a"}, second: []string{"http://two.example/a"}},
		{name: "the scheme", first: []string{"http://example.com/a"}, second: []string{"https://example.com/a"}},
		{name: "a field of Vary", route: cache.Route{Vary: []string{"x-color"}}, first: []string{"/a", "X-Color", "red"}, second: []string{"/a", "X-Color", "blue"}},
		{name: "a field of Vary that is missing", route: cache.Route{Vary: []string{"x-color"}}, first: []string{"/a", "X-Color", ""}, second: []string{"/a"}},
		{name: "the order of names", same: true, first: []string{"/a?x=1&y=2"}, second: []string{"/a?y=2&x=1"}},
		{name: "an encoding without need", same: true, first: []string{"/a?x=%41"}, second: []string{"/a?x=A"}},
		{name: "a parameter that does not count", route: cache.Route{Query: cache.QueryRule{Deny: []string{"utm_source"}}}, same: true, first: []string{"/a?x=1"}, second: []string{"/a?x=1&utm_source=mail"}},
		{name: "a parameter that is not allowed", route: cache.Route{Query: cache.QueryRule{Allow: []string{"x"}}}, same: true, first: []string{"/a?x=1"}, second: []string{"/a?x=1&y=3"}},
		{name: "any host", route: cache.Route{AnyHost: true}, same: true, first: []string{"http://one.example/a"}, second: []string{"http://two.example/a"}},
		{name: "a field that the handler is not shown", same: true, first: []string{"/a", "X-Forwarded-Host", "evil.example"}, second: []string{"/a"}},
		{name: "spaces in Accept", route: cache.Route{Vary: []string{"Accept"}}, same: true, first: []string{"/a", "Accept", "text/html, */*"}, second: []string{"/a", "Accept", "text/html,*/*"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := serve(newCache(t, cache.Config{}), test.route, numbered())
			ask(t, e, "GET", test.first[0], test.first[1:]...)
			w := ask(t, e, "GET", test.second[0], test.second[1:]...)
			require.Equal(t, test.same, strings.Contains(status(w), "hit"), status(w))
		})
	}
}

func TestTheHandlerSeesWhatIsInTheKey(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	var seen *http.Request
	var address, value string
	e := serve(c, cache.Route{
		Vary: []string{"X-Color"}, Query: cache.QueryRule{Deny: []string{"utm_source"}}, Values: []string{"database"},
		Scope: func(echo.Context) cache.Scope { return cache.Public() },
	}, func(ec echo.Context) error {
		seen, address = ec.Request(), ec.RealIP()
		value = fmt.Sprint(ec.Get("database"), ec.Get("user"), ec.Param("*"), ec.Path(), ec.Scheme())
		return ec.String(http.StatusOK, ec.QueryString())
	})
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(ec echo.Context) error {
			ec.Set("database", "db")
			ec.Set("user", "ada")
			return next(ec)
		}
	})
	w := ask(t, e, "HEAD", "https://example.com/a?b=2&utm_source=mail&apikey=secret&a=1", "Authorization", "Bearer ada", "Cookie", "session=1",
		"apikey", "secret", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Host", "evil.example", "If-None-Match", `"x"`, "Range", "bytes=0-1",
		"Accept-Encoding", "gzip", "X-Color", "red", "Accept", "text/plain")
	require.Equal(t, "groundwork; fwd=miss; stored", status(w))
	require.Equal(t, "GET", seen.Method)
	require.Equal(t, "b=2&a=1", seen.URL.RawQuery)
	require.Equal(t, "/a?b=2&a=1", seen.RequestURI)
	require.Equal(t, "example.com", seen.Host)
	require.Equal(t, http.Header{"X-Color": {"red"}, "Accept": {"text/plain"}}, seen.Header)
	require.Empty(t, address)
	require.Equal(t, "db<nil> a /* https", strings.Replace(value, "a/*", " a /* ", 1))
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		caller cache.Caller
		target string
		fields []string
		want   string
	}{
		{"none", nil, "/a", nil, "groundwork; hit; ttl=60"},
		{"nobody knows callers", nil, "/a", []string{"Authorization", "Bearer ada"}, "groundwork; fwd=bypass; detail=credentials"},
		{"a cookie nobody looked at", callers{}, "/a", []string{"Cookie", "session=1"}, "groundwork; fwd=bypass; detail=credentials"},
		{"a key nobody looked at", callers{}, "/a", []string{"apikey", "secret"}, "groundwork; fwd=bypass; detail=credentials"},
		{"a key in the query", callers{}, "/a?%61pikey=secret", nil, "groundwork; fwd=bypass; detail=credentials"},
		{"a token that is not known", callers{}, "/a", []string{"Authorization", "Bearer unknown"}, "groundwork; fwd=bypass; detail=credentials"},
		{"a known caller", callers{}, "/a", []string{"Authorization", "Bearer ada"}, "groundwork; hit; ttl=60"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clock := cachetest.NewClock()
			c := newCache(t, cache.Config{Caller: test.caller, Now: clock.Now})
			e := serve(c, cache.Route{Policy: exact(time.Minute)}, numbered())
			ask(t, e, "GET", test.target, test.fields...)
			require.Equal(t, test.want, status(ask(t, e, "GET", test.target, test.fields...)))
		})
	}
}

func TestWhatIsNotStored(t *testing.T) {
	t.Parallel()
	header := func(pairs ...string) func(http.Header) {
		return func(h http.Header) {
			for i := 0; i < len(pairs); i += 2 {
				h.Add(pairs[i], pairs[i+1])
			}
		}
	}
	for _, test := range []struct {
		name   string
		route  cache.Route
		status int
		header func(http.Header)
		want   string // the detail; "" means stored
	}{
		{"an answer", cache.Route{}, 200, header(), ""},
		{"a redirection for ever", cache.Route{}, 301, header(), ""},
		{"a redirection for now", cache.Route{}, 302, header(), "status"},
		{"a redirection that says how long", cache.Route{}, 302, header("Cache-Control", "max-age=5"), ""},
		{"a refusal", cache.Route{}, 403, header(), "status"},
		{"a refusal that says how long", cache.Route{}, 403, header("Cache-Control", "max-age=5"), ""},
		{"too many requests", cache.Route{}, 429, header(), "status"},
		{"a failure", cache.Route{}, 500, header(), "status"},
		{"a part", cache.Route{}, 206, header("Cache-Control", "max-age=5"), "partial"},
		{"no-store", cache.Route{}, 200, header("Cache-Control", `max-age=5, No-Store`), "no-store"},
		{"no-store and a policy that wins", cache.Route{Obey: cache.PolicyWins}, 200, header("Cache-Control", "no-store"), "no-store"},
		{"no-cache", cache.Route{}, 200, header("Cache-Control", "no-cache"), "no-cache"},
		{"no-cache and a policy that wins", cache.Route{Obey: cache.PolicyWins}, 200, header("Cache-Control", "no-cache"), ""},
		{"private", cache.Route{}, 200, header("Cache-Control", "private, max-age=5"), "private"},
		{"no-store within quotes is no directive", cache.Route{}, 200, header("Cache-Control", `x="no-store, private"`), ""},
		{"max-age that is no number", cache.Route{}, 200, header("Cache-Control", "max-age=soon"), "lifetime"},
		{"expired already", cache.Route{}, 200, header("Expires", "0"), "lifetime"},
		{"s-maxage before max-age", cache.Route{}, 200, header("Cache-Control", "max-age=0, s-maxage=5"), ""},
		{"a cookie", cache.Route{}, 200, header("Set-Cookie", "a=b"), "cookie"},
		{"another coding", cache.Route{}, 200, header("Content-Encoding", "br"), "encoding"},
		{"Vary: *", cache.Route{}, 200, header("Vary", "Accept, *"), "vary"},
		{"a length that is not the body's", cache.Route{}, 200, header("Content-Length", "99"), "length"},
		{"the route's veto", cache.Route{Store: func(echo.Context, *cache.Entry) bool { return false }}, 200, header(), "veto"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCache(t, cache.Config{})
			e := serve(c, test.route, func(ec echo.Context) error {
				test.header(ec.Response().Header())
				return ec.String(test.status, "body")
			})
			first := ask(t, e, "GET", "/a")
			require.Equal(t, test.status, first.Code)
			require.Equal(t, "body", first.Body.String())
			want := "groundwork; fwd=miss; stored"
			if test.want != "" {
				want = "groundwork; fwd=miss; detail=" + test.want
			}
			require.Equal(t, want, status(first))
			if len(first.Header()["Set-Cookie"]) > 0 {
				require.Equal(t, "a=b", first.Header().Get("Set-Cookie"), "the answer itself is whole")
			}
		})
	}
}

func TestFieldsOfOneExchangeAreNotKept(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	e := serve(c, cache.Route{}, func(ec echo.Context) error {
		for _, name := range []string{"X-Request-Id", "Access-Control-Allow-Origin", "RateLimit-Remaining", "Server-Timing", "X-Hop", "X-Stays"} {
			ec.Response().Header().Set(name, "1")
		}
		ec.Response().Header().Set("Connection", "X-Hop")
		return ec.String(200, "body")
	})
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(ec echo.Context) error {
			ec.Response().Header().Add("Vary", "Origin")
			ec.Response().Header().Set("X-Outer", "yes")
			return next(ec)
		}
	})
	require.Equal(t, "1", ask(t, e, "GET", "/a").Header().Get("X-Hop"))
	h := ask(t, e, "GET", "/a").Header()
	require.Equal(t, "1", h.Get("X-Stays"))
	require.Equal(t, "yes", h.Get("X-Outer"))
	require.Equal(t, []string{"Origin"}, h["Vary"])
	for _, name := range []string{"X-Request-Id", "Access-Control-Allow-Origin", "RateLimit-Remaining", "Server-Timing", "X-Hop", "Connection"} {
		require.Empty(t, h.Get(name), name)
	}
}

func TestVaryIsLearned(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	runs := 0
	e := serve(c, cache.Route{}, func(ec echo.Context) error {
		runs++
		ec.Response().Header().Set("Vary", "Accept-Language, X-Tenant")
		return ec.String(200, ec.Request().Header.Get("Accept-Language")+ec.Request().Header.Get("X-Tenant"))
	})
	for _, fields := range [][]string{
		{"Accept-Language", "de", "X-Tenant", "a"}, {"Accept-Language", "en", "X-Tenant", "a"}, {"Accept-Language", "de", "X-Tenant", "b"}, {},
	} {
		want := ""
		for i := 1; i < len(fields); i += 2 {
			want += fields[i]
		}
		for _, result := range []string{"miss", "hit"} {
			w := ask(t, e, "GET", "/a", fields...)
			require.Equal(t, want, w.Body.String())
			require.Contains(t, status(w), result)
		}
	}
	require.Equal(t, 5, runs, "once again when the handler had not been shown a field")
}

func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	e := serve(c, cache.Route{}, func(ec echo.Context) error {
		ec.Response().Header().Set("ETag", `"v1,a"`)
		ec.Response().Header().Set("Last-Modified", "Tue, 01 Jan 2030 00:00:00 GMT")
		ec.Response().Header().Set("Cache-Control", "max-age=60")
		return ec.String(200, "body")
	})
	for _, test := range []struct {
		fields []string
		want   int
	}{
		{nil, 200},
		{[]string{"If-None-Match", `"v1,a"`}, 304},
		{[]string{"If-None-Match", `W/"v1,a"`}, 304},
		{[]string{"If-None-Match", `"x", W/"v1,a"`}, 304},
		{[]string{"If-None-Match", `"v1,a-gzip"`}, 304},
		{[]string{"If-None-Match", "*"}, 304},
		{[]string{"If-None-Match", `"v1`}, 200},
		{[]string{"If-None-Match", `v1,a`}, 200},
		{[]string{"If-None-Match", `"v2"`}, 200},
		{[]string{"If-None-Match", `"v2"`, "If-Modified-Since", "Tue, 01 Jan 2030 00:00:00 GMT"}, 200},
		{[]string{"If-Modified-Since", "Tue, 01 Jan 2030 00:00:00 GMT"}, 304},
		{[]string{"If-Modified-Since", "Mon, 31 Dec 2029 23:59:59 GMT"}, 200},
		{[]string{"If-Modified-Since", "yesterday"}, 200},
	} {
		w := ask(t, e, "GET", "/a", test.fields...)
		require.Equal(t, test.want, w.Code, "%v", test.fields)
		require.Equal(t, `"v1,a"`, w.Header().Get("ETag"))
		require.Equal(t, "max-age=60", w.Header().Get("Cache-Control"))
		if test.want == 304 {
			require.Empty(t, w.Body.String())
			require.Empty(t, w.Header().Get("Content-Length"))
		}
	}
	require.EqualValues(t, 1, c.Stats().Fills)
	require.Equal(t, "groundwork; fwd=bypass; detail=precondition", status(ask(t, e, "GET", "/a", "If-Match", `"x"`)))
}

func TestDirectivesOfTheRequest(t *testing.T) {
	t.Parallel()
	clock := cachetest.NewClock()
	c := newCache(t, cache.Config{Caller: callers{}, Now: clock.Now})
	e := serve(c, cache.Route{Policy: exact(time.Minute)}, numbered())
	ada := []string{"Authorization", "Bearer ada"}
	ask(t, e, "GET", "/a")
	ask(t, e, "GET", "/a", ada...)
	clock.Advance(10 * time.Second)
	for _, test := range []struct {
		fields []string
		want   string
	}{
		{[]string{"Cache-Control", "no-cache"}, "groundwork; hit; ttl=50"}, // strangers cannot empty the cache
		{[]string{"Cache-Control", "no-store"}, "groundwork; fwd=bypass; detail=request"},
		{append([]string{"Cache-Control", "max-age=10"}, ada...), "groundwork; hit; ttl=50"},
		{append([]string{"Cache-Control", "max-age=9"}, ada...), "groundwork; fwd=request; stored"},
		{append([]string{"Cache-Control", "no-cache"}, ada...), "groundwork; fwd=request; stored"},
		{append([]string{"Pragma", "no-cache"}, ada...), "groundwork; fwd=request; stored"},
		{append([]string{"Cache-Control", "min-fresh=61"}, ada...), "groundwork; fwd=request; stored"},
		{ada, "groundwork; hit; ttl=60"},
		{[]string{"Upgrade", "websocket"}, "groundwork; fwd=bypass; detail=upgrade"},
		{[]string{"Range", "items=0-9"}, "groundwork; fwd=bypass; detail=range"},
	} {
		require.Equal(t, test.want, status(ask(t, e, "GET", "/a", test.fields...)), "%v", test.fields)
	}
}

func TestUnsafeMethodsDropTheirPaths(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		method          string
		status          int
		location        string
		dropsA, dropsBC bool
	}{
		{"a change", "POST", 201, "/b/c", true, true},
		{"a method of somebody's own", "M-SEARCH", 200, "", true, false},
		{"another host's location", "PUT", 200, "http://other.example/b/c", true, false},
		{"our own host's location", "PUT", 200, "http://example.com/b/c?x=1", true, true},
		{"a refusal", "DELETE", 403, "/b/c", false, false},
		{"a failure", "PATCH", 500, "", false, false},
		{"a safe method", "OPTIONS", 200, "", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCache(t, cache.Config{})
			e := echo.New()
			handler := func(ec echo.Context) error {
				if ec.Request().Method == http.MethodGet {
					return ec.String(200, "body")
				}
				if test.location != "" {
					ec.Response().Header().Set("Location", test.location)
				}
				return ec.NoContent(test.status)
			}
			e.Match([]string{"GET", test.method}, "/*", handler, c.HTTP(cache.Route{}))
			for _, target := range []string{"/a?x=1", "/a?x=2", "/b/c"} {
				ask(t, e, "GET", target)
			}
			ask(t, e, test.method, "/a")
			require.Equal(t, test.dropsA, !strings.Contains(status(ask(t, e, "GET", "/a?x=1")), "hit"))
			require.Equal(t, test.dropsA, !strings.Contains(status(ask(t, e, "GET", "/a?x=2")), "hit"))
			require.Equal(t, test.dropsBC, !strings.Contains(status(ask(t, e, "GET", "/b/c")), "hit"))
		})
	}
}

func TestErrorsOfHandlers(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	runs := 0
	var answer error
	e := serve(c, cache.Route{}, func(echo.Context) error { runs++; return answer })
	answer = echo.NewHTTPError(404, "no such todo")
	for range 2 {
		w := ask(t, e, "GET", "/gone")
		require.Equal(t, 404, w.Code)
		require.Contains(t, w.Body.String(), "no such todo")
	}
	require.Equal(t, 1, runs, "what is not there is kept for a while")
	answer = echo.NewHTTPError(403, "no")
	for range 2 {
		require.Equal(t, 403, ask(t, e, "GET", "/denied").Code)
	}
	require.Equal(t, 3, runs)
}

func TestGzipVariants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := cachetest.NewClock()
		c := newCache(t, cache.Config{Now: clock.Now})
		long := strings.Repeat("a long body ", 200)
		e := serve(c, cache.Route{}, func(ec echo.Context) error { return ec.String(200, long) })
		var w *httptest.ResponseRecorder
		for range 3 {
			w = ask(t, e, "GET", "/a", "Accept-Encoding", "br, gzip;q=0.5")
			require.Empty(t, w.Header().Get("Content-Encoding"))
			require.Equal(t, []string{"Accept-Encoding"}, w.Header()["Vary"])
		}
		plain := w.Header().Get("ETag")
		synctest.Wait()
		w = ask(t, e, "GET", "/a", "Accept-Encoding", "br, gzip;q=0.5")
		require.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
		require.Equal(t, fmt.Sprint(w.Body.Len()), w.Header().Get("Content-Length"))
		require.Less(t, w.Body.Len(), 200)
		unpacked, err := gzip.NewReader(w.Body)
		require.NoError(t, err)
		got, err := io.ReadAll(unpacked)
		require.NoError(t, err)
		require.Equal(t, long, string(got))
		require.NotEqual(t, plain, w.Header().Get("ETag"))
		require.Equal(t, 304, ask(t, e, "GET", "/a", "Accept-Encoding", "gzip", "If-None-Match", w.Header().Get("ETag")).Code)
		require.Equal(t, long, ask(t, e, "GET", "/a", "Accept-Encoding", "gzip;q=0").Body.String())
		require.Equal(t, long, ask(t, e, "GET", "/a").Body.String())
		require.EqualValues(t, 1, c.Stats().Fills)
	})
}

func TestBackgroundRefreshOfARoute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := cachetest.NewClock()
		c := newCache(t, cache.Config{Now: clock.Now})
		n := 0
		e := echo.New()
		e.GET("/todos/:id", func(ec echo.Context) error {
			n++
			return ec.String(200, fmt.Sprint(n, ec.Param("id"), ec.QueryString(), ec.Get("database")))
		}, func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(ec echo.Context) error { ec.Set("database", "db"); return next(ec) }
		}, c.HTTP(cache.Route{Policy: cache.Policy{TTL: time.Minute, Jitter: -1, StaleWhileRevalidate: time.Minute}, Values: []string{"database"}}))
		ask(t, e, "GET", "/todos/5?x=1")
		clock.Advance(61 * time.Second)
		stale := ask(t, e, "GET", "/todos/5?x=1")
		require.Equal(t, "1 5 x=1 db", spaced(stale.Body.String()))
		require.Equal(t, "61", stale.Header().Get("Age"))
		ask(t, e, "GET", "/other/9") // takes the echo.Context of the request before
		synctest.Wait()
		fresh := ask(t, e, "GET", "/todos/5?x=1")
		require.Equal(t, "2 5 x=1 db", spaced(fresh.Body.String()))
		require.Contains(t, status(fresh), "hit")
	})
}

// spaced puts a space after the first two runes of what fmt.Sprint joined without one.
func spaced(text string) string { return text[:1] + " " + text[1:2] + " " + text[2:5] + " " + text[5:] }

func TestStreamsGoThrough(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{MaxEntry: 1000})
	e := serve(c, cache.Route{}, func(ec echo.Context) error {
		w := ec.Response()
		w.Header().Set("X-Kind", ec.Param("*"))
		w.WriteHeader(http.StatusOK)
		switch ec.Param("*") {
		case "flushed":
			_, _ = w.Write([]byte("one"))
			w.Flush()
			_, _ = w.Write([]byte("two"))
		case "large":
			for range 3 {
				_, _ = w.Write([]byte(strings.Repeat("x", 500)))
			}
		}
		return nil
	})
	for range 2 {
		w := ask(t, e, "GET", "/flushed")
		require.Equal(t, "onetwo", w.Body.String())
		require.Equal(t, "groundwork; fwd=miss; detail=stream", status(w))
		require.True(t, w.Flushed)
		w = ask(t, e, "GET", "/large")
		require.Equal(t, 1500, w.Body.Len())
		require.Equal(t, "large", w.Header().Get("X-Kind"))
	}
	require.Zero(t, c.Stats().Entries)
}

func TestInterimAnswersPassAndAreNotKept(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	e := serve(c, cache.Route{}, func(ec echo.Context) error {
		ec.Response().Header().Set("Link", "</style.css>; rel=preload")
		ec.Response().Writer.WriteHeader(http.StatusEarlyHints)
		return ec.String(200, "body")
	})
	server := httptest.NewServer(e)
	defer server.Close()
	for range 2 {
		answer, err := server.Client().Get(server.URL + "/a")
		require.NoError(t, err)
		got, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, 200, answer.StatusCode)
		require.Equal(t, "body", string(got))
		require.Equal(t, []string{"</style.css>; rel=preload"}, answer.Header["Link"])
	}
	require.EqualValues(t, 1, c.Stats().Hits)
}

func TestAPanicInARouteReachesOuterMiddleware(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	e := serve(c, cache.Route{}, func(ec echo.Context) error {
		nothing := make([]string, c.Stats().Entries)
		return ec.String(200, nothing[0])
	})
	require.Panics(t, func() { ask(t, e, "GET", "/a") })
	require.Panics(t, func() { ask(t, e, "GET", "/a") }, "nobody waits for the one that panicked")
}

func TestAChangeIsSeenBeforeItsAnswerGoesOut(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	e := echo.New()
	todo := "old"
	e.Match([]string{"GET", "PUT"}, "/todo", func(ec echo.Context) error {
		if ec.Request().Method == http.MethodGet {
			return ec.String(200, todo)
		}
		todo = "new"
		err := ec.NoContent(204)
		// The client has the answer now, and asks.
		require.Equal(t, "new", ask(t, e, "GET", "/todo").Body.String())
		return err
	}, c.HTTP(cache.Route{}))
	require.Equal(t, "old", ask(t, e, "GET", "/todo").Body.String())
	require.Equal(t, 204, ask(t, e, "PUT", "/todo").Code)
}

func TestTheDefaultScope(t *testing.T) {
	t.Parallel()
	handler := func(ec echo.Context) error {
		p, _ := whoAmI(ec.Request().Context())
		return ec.String(200, "for "+p.subject)
	}
	// Middleware that knows callers by a field that is no credential to the cache.
	gateway := func(e *echo.Echo) {
		e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(ec echo.Context) error {
				if name := ec.Request().Header.Get("X-Forwarded-User"); name != "" {
					ec.SetRequest(ec.Request().WithContext(signIn(ec.Request().Context(), person{subject: name})))
				}
				return next(ec)
			}
		})
	}
	t.Run("with a Caller, each has answers of their own", func(t *testing.T) {
		t.Parallel()
		c := newCache(t, cache.Config{Caller: callers{}})
		e := serve(c, cache.Route{}, handler)
		gateway(e)
		for _, result := range []string{"miss", "hit"} {
			for _, name := range []string{"ada", "grace", ""} {
				var fields []string
				if name != "" {
					fields = []string{"X-Forwarded-User", name}
				}
				w := ask(t, e, "GET", "/a", fields...)
				require.Equal(t, "for "+name, w.Body.String())
				require.Contains(t, status(w), result)
			}
		}
		require.Zero(t, c.Stats().Violations)
	})
	t.Run("without one, the handler cannot know the caller", func(t *testing.T) {
		t.Parallel()
		c := newCache(t, cache.Config{})
		e := serve(c, cache.Route{}, handler)
		gateway(e)
		for _, name := range []string{"ada", "grace"} {
			require.Equal(t, "for ", ask(t, e, "GET", "/a", "X-Forwarded-User", name).Body.String())
		}
	})
	t.Run("strangers cannot empty the cache", func(t *testing.T) {
		t.Parallel()
		c := newCache(t, cache.Config{Caller: callers{}})
		e := serve(c, cache.Route{}, handler)
		ask(t, e, "GET", "/a")
		require.Contains(t, status(ask(t, e, "GET", "/a", "Cache-Control", "no-cache")), "hit")
	})
}

func TestNobodyWaitsForAStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, cache.Config{})
		begin, end := make(chan struct{}), make(chan struct{})
		var running atomic.Int32
		e := serve(c, cache.Route{}, func(ec echo.Context) error {
			running.Add(1)
			<-begin
			ec.Response().WriteHeader(http.StatusOK)
			ec.Response().Flush()
			<-end
			return nil
		})
		for range 5 {
			go ask(t, e, "GET", "/events")
		}
		synctest.Wait()
		require.EqualValues(t, 1, running.Load())
		close(begin)
		synctest.Wait()
		require.EqualValues(t, 5, running.Load(), "the first one streams; the others do not wait for its end")
		close(end)
	})
}
