package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	people := `[{"id":1,"name":"Ann"},{"id":2,"name":"Ben"},{"id":3,"name":"Cid"}]`
	conformWrites(t, []wireCase{
		{name: "§13 POST", method: "POST", path: "/rpc/add", body: `{"a":1,"b":2}`, want: `3`, wantHeader: map[string]string{"Content-Type": "application/json; charset=utf-8"}},
		{name: "§13 GET", path: "/rpc/add?a=1&b=2", want: `3`},
		{name: "§13 HEAD", method: "HEAD", path: "/rpc/add?a=1&b=2", empty: true},
		{name: "§13 an optional argument", method: "POST", path: "/rpc/add", body: `{"a":1}`, want: `1`},
		{name: "§13 bigints as strings", method: "POST", path: "/rpc/add", body: `{"a":"9007199254740993","b":"0"}`, want: `9007199254740993`},
		{name: "§13 bigints as numbers", method: "POST", path: "/rpc/add", body: `{"a":9007199254740993}`, want: `9007199254740993`},
		{name: "§13 a form", method: "POST", path: "/rpc/add", body: "a=1&b=2", header: []string{"Content-Type", "application/x-www-form-urlencoded"}, want: `3`},
		{name: "§13 an empty body", method: "POST", path: "/rpc/words", want: `["a","b"]`},
		{name: "§13 an array by GET", path: "/rpc/total?numbers={1,2,3}", want: `6`},
		{name: "§13 an array by POST", method: "POST", path: "/rpc/total", body: `{"numbers":[1,2,3]}`, want: `6`},
		{name: "§13 an argument that looks like a filter", path: "/rpc/echo?text=eq.5", want: `"eq.5"`},
		{name: "§13 text", method: "POST", path: "/rpc/echo", body: `{"text":"a\"b<ü>"}`, differs: true, has: []string{`ü`}},
		{name: "§13 null", method: "POST", path: "/rpc/nothing", body: `{}`, want: `null`},
		{name: "§13 void", method: "POST", path: "/rpc/touch", body: `{}`, status: 204, empty: true, wantHeader: map[string]string{"Content-Type": ""}, then: "/teams?select=title&order=id", thenWant: `[{"title":"core!"},{"title":"docs!"},{"title":"idle!"}]`},
		{name: "§13 one row", method: "POST", path: "/rpc/one_person", body: `{}`, want: `{"id":7,"name":"Gil"}`},
		{name: "§13 rows", path: "/rpc/some_people?order=id", want: people},
		{name: "§13 rows with select, filter and order", path: "/rpc/some_people?select=name&id=gt.1&order=name.desc", want: `[{"name":"Cid"},{"name":"Ben"}]`},
		{name: "§13 rows with limit and count", method: "POST", path: "/rpc/some_people?limit=2&offset=1&order=id", body: `{}`, header: prefer("count=exact"), status: 206, want: `[{"id":2,"name":"Ben"},{"id":3,"name":"Cid"}]`, wantHeader: map[string]string{"Content-Range": "1-2/3"}},
		{name: "§13 rows with Range", path: "/rpc/some_people?order=id", header: []string{"Range", "0-0"}, want: `[{"id":1,"name":"Ann"}]`},
		{name: "§13 rows as CSV", path: "/rpc/some_people?id=eq.1", header: []string{"Accept", "text/csv"}, want: "id,name\n1,Ann"},
		{name: "§13 rows as one object", path: "/rpc/some_people?id=eq.1", header: []string{"Accept", "application/vnd.pgrst.object+json"}, want: `{"id":1,"name":"Ann"}`},
		{name: "§13 too many rows for one object", path: "/rpc/some_people", header: []string{"Accept", "application/vnd.pgrst.object+json"}, status: 406, code: "PGRST116"},
		{name: "§13 rows with an or-tree", path: "/rpc/some_people?or=(id.eq.1,name.like.C*)&order=id&select=id", want: `[{"id":1},{"id":3}]`},
		{name: "§13 return= is ignored", method: "POST", path: "/rpc/add", body: `{"a":1}`, header: prefer("return=minimal"), want: `1`},
		{name: "§13 count of a single value", path: "/rpc/add?a=1", header: prefer("count=exact"), want: `1`, wantHeader: map[string]string{"Content-Range": "0-0/1"}},
		{name: "§13 a missing argument", method: "POST", path: "/rpc/add", body: `{"b":1}`, status: 404, code: "PGRST202", has: []string{"Could not find the function public.add(b) in the schema cache", "the function public.add(a, b?)"}},
		{name: "§13 no arguments at all", method: "POST", path: "/rpc/add", body: `{}`, status: 404, code: "PGRST202", has: []string{"public.add without parameters"}},
		{name: "§13 an unknown argument", method: "POST", path: "/rpc/add", body: `{"a":1,"c":2}`, status: 404, code: "PGRST202", has: []string{"public.add(a, c)"}},
		{name: "§13 an unknown argument by GET", path: "/rpc/add?a=1&c=2", status: 404, code: "PGRST202"},
		{name: "§13 an argument twice by GET", path: "/rpc/add?a=1&a=2", differs: true, status: 404},
		{name: "§13 an unknown function", method: "POST", path: "/rpc/nope", body: `{"b":1,"a":2}`, status: 404, code: "PGRST202", has: []string{"public.nope(a, b)"}},
		{name: "§13 a bad argument", method: "POST", path: "/rpc/add", body: `{"a":"x"}`, code: "22P02"},
		{name: "§13 a broken body", method: "POST", path: "/rpc/add", body: `{"a":`, code: "PGRST102"},
		{name: "§13 a list as the body", method: "POST", path: "/rpc/add", body: `[{"a":1}]`, code: "PGRST102"},
		{name: "§13 GET of a function that writes", path: "/rpc/touch", status: 405, code: "25006", then: "/teams?id=eq.1&select=title", thenWant: `[{"title":"core"}]`},
		{name: "§13 HEAD of a function that writes", method: "HEAD", path: "/rpc/touch", status: 405, empty: true, then: "/teams?id=eq.1&select=title", thenWant: `[{"title":"core"}]`},
		{name: "§11 an error of the program", method: "POST", path: "/rpc/touch_and_fail", body: `{}`, status: 418,
			want: `{"code":"TEA01","message":"a teapot","details":"short and stout","hint":"tip me over"}`, then: "/teams?id=eq.1&select=title", thenWant: `[{"title":"core"}]`},
		{name: "§11 an error that is nobody's business", method: "POST", path: "/rpc/broken", body: `{}`, status: 500, hasNo: []string{"10.0.0.7", "secret"}, code: "XX000"},
		{name: "R3.7 a panic", method: "POST", path: "/rpc/panics", body: `{}`, status: 500, hasNo: []string{"secret", "goroutine"}, code: "XX000"},
		{name: "§1 PATCH of a function", method: "PATCH", path: "/rpc/add", body: `{}`, status: 405, code: "PGRST101"},
	})
}

func TestCORS(t *testing.T) {
	t.Parallel()
	origin := "https://app.example.org"
	open := newWorld(t, dbtest.SQLite(t), nil)
	listed := newWorld(t, dbtest.SQLite(t), func(cfg *api.Config) {
		cfg.CORS = api.CORS{Origins: []string{origin}, Credentials: true}
	})
	preflight := []string{"Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "apikey, x-client-info, prefer"}
	cases := []struct {
		name         string
		w            *world
		method, path string
		header       []string
		status       int
		want         map[string]string
	}{
		{"§13 preflight", open, "OPTIONS", "/teams", append(preflight, "Origin", origin), 200, map[string]string{
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "", "Access-Control-Allow-Methods": "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD",
			"Access-Control-Allow-Headers": "Authorization, apikey, x-client-info, prefer", "Access-Control-Max-Age": "86400",
		}},
		{"§13 preflight from the list", listed, "OPTIONS", "/teams", append(preflight, "Origin", origin), 200, map[string]string{"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin"}},
		{"§13 preflight from elsewhere", listed, "OPTIONS", "/teams", append(preflight, "Origin", "https://evil.example.org"), 200, map[string]string{"Access-Control-Allow-Origin": "", "Access-Control-Allow-Methods": ""}},
		{"§13 an answer", open, "GET", "/teams?id=eq.1", []string{"Origin", origin}, 200, map[string]string{"Access-Control-Allow-Origin": "*"}},
		{"§13 an answer to the list", listed, "GET", "/teams?id=eq.1", []string{"Origin", origin}, 200, map[string]string{"Access-Control-Allow-Origin": origin}},
		{"§13 an answer to elsewhere is served", listed, "GET", "/teams?id=eq.1", []string{"Origin", origin + ".evil.org"}, 200, map[string]string{"Access-Control-Allow-Origin": "", "Access-Control-Expose-Headers": ""}},
		{"R4.9 the origin null", listed, "GET", "/teams?id=eq.1", []string{"Origin", "null"}, 200, map[string]string{"Access-Control-Allow-Origin": ""}},
		{"§13 an error", open, "GET", "/nothing", []string{"Origin", origin}, 404, map[string]string{"Access-Control-Allow-Origin": "*"}},
		{"§13 an error of the router", open, "GET", "/../../elsewhere", []string{"Origin", origin}, 404, map[string]string{"Access-Control-Allow-Origin": "*", "Content-Type": "application/json; charset=utf-8"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			answer := c.w.client(t).Do(c.method, mount+c.path, "", c.header...)
			assert.Equal(t, c.status, answer.Status, answer.Body)
			for name, value := range c.want {
				assert.Equal(t, value, answer.Header.Get(name), "header %s", name)
			}
		})
	}
	answer := open.client(t).Do("GET", mount+"/teams", "", "Origin", origin)
	for _, name := range []string{"Content-Range", "Location", "Preference-Applied", "Range-Unit"} {
		assert.Contains(t, answer.Header.Get("Access-Control-Expose-Headers"), name)
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	for _, w := range worlds(t, guarded) {
		client := w.client(t)
		whole := client.Do("GET", mount+"/", "", as("admin")...)
		assert.Equal(t, http.StatusOK, whole.Status, whole.Body)
		assert.Contains(t, whole.Body, `"openapi"`)
		assert.Contains(t, whole.Body, "/projects")
		assert.NotContains(t, whole.Body, "password", "a hidden column is no part of the document")
		anonymous := client.Do("GET", mount+"/", "")
		assert.Contains(t, anonymous.Body, "/teams")
		assert.NotContains(t, anonymous.Body, "/projects", "the document shows only what its reader may use")
		assert.NotContains(t, client.Do("GET", mount+"/", "", as("ann")...).Body, "email", "nor a column that its reader may not see")
	}
	off := newWorld(t, dbtest.SQLite(t), func(cfg *api.Config) { cfg.HideDocument = true })
	off.client(t).Do("GET", mount+"/", "").WantCode(http.StatusNotFound, "PGRST126")
}

// TestDeniesByDefault shows that the zero Config is safe.
func TestDeniesByDefault(t *testing.T) {
	t.Parallel()
	for _, w := range worlds(t, func(cfg *api.Config) { cfg.Authorizer = nil }) {
		for _, request := range [][3]string{
			{"GET", "/teams"}, {"HEAD", "/teams"}, {"GET", "/teams/1"}, {"POST", "/teams", `{"title":"x"}`}, {"PATCH", "/teams?id=eq.1", `{"title":"x"}`},
			{"DELETE", "/teams?id=eq.1"}, {"PUT", "/teams/1", `{"title":"x"}`}, {"POST", "/rpc/add", `{"a":1}`}, {"GET", "/greetings"},
		} {
			answer := w.client(t).Do(request[0], mount+request[1], request[2])
			assert.Equal(t, http.StatusUnauthorized, answer.Status, "%v answered %s", request, answer.Body)
		}
	}
}
