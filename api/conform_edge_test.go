package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api"
)

// TestHostileQueries sends what must be refused, on every method: nothing that cannot be read may be left out, because a filter left out
// makes a DELETE wider.
func TestHostileQueries(t *testing.T) {
	t.Parallel()
	queries := []struct {
		name, query string
		status      int
		code        string
	}{
		{"R4.3 a broken escape", "id=eq.5%ZZ", 400, "PGRST100"},
		{"R4.3 an escape cut short", "id=eq.5%4", 400, "PGRST100"},
		{"R4.3 a broken escape in a key", "id%=eq.5", 400, "PGRST100"},
		{"R4.3 a semicolon is no separator", "id=eq.5;x=1", 400, "22P02"},
		{"R4.3 10,001 parameters", strings.Repeat("id=eq.5&", 10_001), 414, "GW414"},
		{"R4.3 201 parameters", strings.TrimSuffix(strings.Repeat("id=gt.0&", 201), "&"), 400, "PGRST100"},
		{"R4.3 70 KiB", "id=eq.5&name=eq." + strings.Repeat("x", 70<<10), 414, "GW414"},
		{"R4.3 NUL", "id=eq.5%00", 400, "PGRST100"},
		{"R4.3 NUL in a key", "i%00d=eq.5", 400, "PGRST100"},
		{"R4.3 invalid UTF-8", "id=eq.%FF", 400, "PGRST100"},
		{"R4.3 invalid UTF-8 in a key", "%C3%28=eq.5", 400, "PGRST100"},
		{"R4.4 unknown column", "nope=eq.5", 400, "42703"},
		{"R4.4 unknown operator", "id=eqq.5", 400, "PGRST100"},
		{"R4.4 bare value", "id=5", 400, "PGRST100"},
		{"R4.4 empty value", "id=", 400, "PGRST100"},
		{"R4.4 unclosed list", "id=in.(5", 400, "PGRST100"},
		{"R4.4 unclosed tree", "or=(id.eq.5", 400, "PGRST100"},
		{"R4.4 empty tree", "or=()", 400, "PGRST100"},
		{"R4.4 a filter on something that is not embedded", "projects.id=eq.5", 400, "PGRST108"},
		{"§15.5 too many conditions", "or=(" + strings.TrimSuffix(strings.Repeat("id.eq.5,", 201), ",") + ")", 400, "PGRST100"},
		{"§15.5 too many elements", "id=in.(" + strings.TrimSuffix(strings.Repeat("5,", 10_001), ",") + ")", 400, "PGRST100"},
		{"§15.5 a tree too deep", "or=" + strings.Repeat("(and", 40) + "(id.eq.5,id.eq.5)" + strings.Repeat(")", 40), 400, "PGRST100"},
		{"a number beyond every integer", "id=eq." + strings.Repeat("9", 5000), 400, "22003"},
		{"R6.8 a pattern too long", "title=match." + strings.Repeat("a", 300), 400, ""},
		{"a pattern that does not compile", "title=match.(", 400, "2201B"},
	}
	for _, w := range worlds(t, nil) {
		for _, q := range queries {
			for _, method := range []string{"GET", "HEAD", "PATCH", "DELETE"} {
				answer := w.client(t).Do(method, mount+"/tasks?"+q.query, `{"title":"hit"}`)
				call := fmt.Sprintf("%s %s on %s: %s", method, q.name, w.database.Dialect().Name(), answer.Body)
				assert.Equal(t, q.status, answer.Status, call)
				if method != "HEAD" && q.code != "" {
					assert.True(t, strings.HasPrefix(answer.Body, `{"code":"`+q.code+`"`), call)
				}
			}
		}
		w.client(t).Do("GET", mount+"/tasks?select=id&order=id", "").Want(200, `[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5},{"id":6}]`)
		w.client(t).Do("GET", mount+"/tasks?title=eq.hit", "").Want(200, `[]`)
	}
}

// TestHostileBodies sends bodies that must be refused as a whole.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	keys := make([]string, 10_001)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	bodies := []struct {
		name, body string
		header     []string
		status     int
		code       string
	}{
		{"R4.5 too deep", `{"data":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, nil, 400, "PGRST102"},
		{"R4.5 deeper than a stack", `{"data":` + strings.Repeat("[", 100_000), nil, 400, "PGRST102"},
		{"R4.5 a key twice", `{"words":"a","words":"b"}`, nil, 400, "PGRST102"},
		{"R4.5 a key twice inside JSON", `{"data":{"a":1,"a":2}}`, nil, 400, "PGRST102"},
		{"R4.5 a key twice by an escape", `{"words":"a","w\u006frds":"b"}`, nil, 400, "PGRST102"},
		{"R4.5 too many keys", `{"data":{` + strings.Join(keys, ",") + `}}`, nil, 400, "PGRST102"},
		{"R4.5 1e400 for a float", `{"ratio":1e400}`, nil, 400, "22003"},
		{"R4.5 a fraction for an integer", `{"big":1.5}`, nil, 400, "22P02"},
		{"R4.5 an integer too large", `{"big":9223372036854775808}`, nil, 400, "22003"},
		{"R4.5 a small integer too large", `{"small":32768}`, nil, 400, "22003"},
		{"R4.5 invalid UTF-8", "{\"words\":\"\xff\"}", nil, 400, ""},
		{"R4.5 data behind the end", `{"words":"a"} {"words":"b"}`, nil, 400, "PGRST102"},
		{"R4.5 NUL in text", `{"words":"a\u0000b"}`, nil, 400, ""},
		{"R4.5 NUL in JSON", `{"data":{"a":"\u0000"}}`, nil, 400, ""},
		{"R4.5 NaN", `{"ratio":NaN}`, nil, 400, "PGRST102"},
		{"R4.5 a number with a zero in front", `{"big":01}`, nil, 400, "PGRST102"},
		{"R4.5 single quotes", `{'words':'a'}`, nil, 400, "PGRST102"},
		{"R4.5 a trailing comma", `{"words":"a",}`, nil, 400, "PGRST102"},
		{"R4.5 cut off", `{"words":"a`, nil, 400, "PGRST102"},
		{"R4.5 a half surrogate", `{"words":"\ud800"}`, nil, 400, ""},
		{"R4.2 a body too long", `{"words":"` + strings.Repeat("x", 11<<20) + `"}`, nil, 413, "GW413"},
		{"§8 a type nobody reads", `<words/>`, []string{"Content-Type", "application/xml"}, 400, "PGRST102"},
		{"§8 a type that is no type", `{"words":"a"}`, []string{"Content-Type", ";;"}, 400, "PGRST102"},
		{"R4.2 compressed bodies are not read", "\x1f\x8b\x08\x00", []string{"Content-Encoding", "gzip"}, 400, ""},
		{"§8 CSV with invalid UTF-8", "words\n\xff", []string{"Content-Type", "text/csv"}, 400, ""},
		{"§8 a form with a broken escape", "words=%ZZ", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, ""},
	}
	for _, w := range worlds(t, nil) {
		for _, b := range bodies {
			for _, target := range [][2]string{{"POST", "/samples"}, {"PATCH", "/samples?id=eq.1"}, {"PUT", "/samples/1"}} {
				answer := w.client(t).Do(target[0], mount+target[1], b.body, b.header...)
				call := fmt.Sprintf("%s %s on %s: %s", target[0], b.name, w.database.Dialect().Name(), answer.Body)
				assert.Equal(t, b.status, answer.Status, call)
				if b.code != "" {
					assert.True(t, strings.HasPrefix(answer.Body, `{"code":"`+b.code+`"`), call)
				}
			}
		}
		w.client(t).Do("GET", mount+"/samples?select=id", "").Want(200, `[]`)
	}
}

// injections are texts that would change a statement they were pasted into.
var injections = []string{
	`'; DROP TABLE people; --`, `" OR 1=1 --`, `') OR ('1'='1`, `"; DELETE FROM people; --`, `\'; DELETE FROM people; --`, `$1`, `?1`, `?`, `%s`, `{{auth.uid}}`,
	`x" FROM people; --`, `1) UNION SELECT password FROM people --`, `/**/`, "a\nb", `$$ $$`, `'||(SELECT password FROM people LIMIT 1)||'`, `{auth.uid}`, `::text`, `NULL`,
}

// TestInjections puts each of them into every position of a request. Whatever is answered, it is neither a server error nor a syntax error of
// the database, nobody's password is shown, and every row is still there.
func TestInjections(t *testing.T) {
	t.Parallel()
	positions := []struct{ method, path, body string }{
		{"GET", "/%s", ""},
		{"GET", "/rpc/%s", ""},
		{"GET", "/people/%s", ""},
		{"GET", "/pairs/1,%s", ""},
		{"GET", "/people?name=eq.%s", ""},
		{"GET", "/people?name=like.%s", ""},
		{"GET", "/people?name=match.%s", ""},
		{"GET", "/people?name=in.(%s)", ""},
		{"GET", "/people?name=eq(any).{%s}", ""},
		{"GET", "/people?name=is.%s", ""},
		{"GET", "/people?id=eq.%s", ""},
		{"GET", "/people?%s=eq.1", ""},
		{"GET", "/people?id=%s.1", ""},
		{"GET", "/people?or=(name.eq.%s,id.eq.1)", ""},
		{"GET", "/people?or=(%s.eq.1,id.eq.1)", ""},
		{"GET", "/people?or=%s", ""},
		{"GET", "/people?select=%s", ""},
		{"GET", "/people?select=%s:name", ""},
		{"GET", "/people?select=\"%s\":name", ""},
		{"GET", "/people?select=id::%s", ""},
		{"GET", "/people?select=%s(id)", ""},
		{"GET", "/people?select=teams!%s(id)", ""},
		{"GET", "/people?select=\"%s\":teams(\"%s\":id)", ""},
		{"GET", "/people?order=%s", ""},
		{"GET", "/people?order=id.%s", ""},
		{"GET", "/people?limit=%s", ""},
		{"GET", "/people?offset=%s", ""},
		{"GET", "/projects?select=data->%s", ""},
		{"GET", "/projects?select=data->>\"%s\"", ""},
		{"GET", "/projects?data->>%s=eq.1", ""},
		{"GET", "/projects?data->>\"%s\"=eq.1", ""},
		{"GET", "/projects?data=cs.%s", ""},
		{"GET", "/projects?order=data->>\"%s\"", ""},
		{"GET", "/samples?tags=cs.{%s}", ""},
		{"GET", "/tasks?select=id,projects(id)&projects.title=eq.%s", ""},
		{"GET", "/tasks?select=id,projects(id)&%s.title=eq.1", ""},
		{"GET", "/people?name=fts(%s).x", ""},
		{"GET", "/people?name=fts.%s", ""},
		{"POST", "/teams?columns=%s", `{"title":"t"}`},
		{"POST", "/teams?on_conflict=%s", `{"title":"t"}`},
		{"POST", "/teams", `{"title":%q}`},
		{"POST", "/teams", `{%q:"t"}`},
		{"POST", "/samples", `{"data":{%q:%q}}`},
		{"POST", "/samples", `{"tags":[%q]}`},
		{"POST", "/samples", `{"big":%q}`},
		{"PATCH", "/projects?title=eq.%s", `{"title":"t"}`},
		{"DELETE", "/projects?title=eq.%s", ""},
		{"PATCH", "/teams?id=eq.1", `{"title":%q}`},
		{"POST", "/rpc/echo", `{"text":%q}`},
	}
	for _, w := range worlds(t, nil) {
		for _, p := range positions {
			for _, text := range injections {
				path := strings.ReplaceAll(p.path, "%s", url.QueryEscape(text))
				if i := strings.IndexByte(p.path, '%'); !strings.Contains(p.path[:max(i, 0)], "?") {
					path = strings.ReplaceAll(p.path, "%s", url.PathEscape(text))
				}
				body := strings.ReplaceAll(p.body, "%q", fmt.Sprintf("%q", text))
				answer := w.client(t).Do(p.method, mount+path, body, "Prefer", "return=representation")
				call := fmt.Sprintf("%s %s %s on %s: %d %s", p.method, path, body, w.database.Dialect().Name(), answer.Status, answer.Body)
				assert.Less(t, answer.Status, 500, call)
				assert.NotContains(t, answer.Body, "hunter2", call)
				if !strings.Contains(answer.Body, "syntax error in tsquery") { // which is about the value
					assert.NotContains(t, answer.Body, `"code":"42601"`, call)
				}
				assert.NotContains(t, answer.Body, `"code":"42P02"`, call)
			}
		}
		w.client(t).Do("GET", mount+"/people?select=id&order=id", "").Want(200, `[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}]`)
		w.client(t).Do("GET", mount+"/projects?select=title&order=id", "").Want(200, `[{"title":"Apollo"},{"title":"Borealis"},{"title":"Comet"}]`)
	}
}

// TestSafeTextsComeBack writes the same texts as values and reads them again: they are values, whatever they look like.
func TestSafeTextsComeBack(t *testing.T) {
	t.Parallel()
	for _, w := range worlds(t, nil) {
		for i, text := range injections {
			quoted := fmt.Sprintf("%q", text)
			row := fmt.Sprintf(`{"a":%d,"b":%s,"note":%s}`, 100+i, quoted, quoted)
			w.client(t).Do("POST", mount+"/pairs", row).Want(http.StatusCreated, "")
			w.client(t).Do("GET", mount+fmt.Sprintf("/pairs?a=eq.%d&b=eq.%s", 100+i, url.QueryEscape(text)), "").Want(200, "["+row+"]")
			list := `("` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `")`
			w.client(t).Do("GET", mount+fmt.Sprintf("/pairs?a=eq.%d&note=in.%s", 100+i, url.QueryEscape(list)), "").Want(200, "["+row+"]")
		}
	}
}

// TestLimits shows the limits of a program: rows of lists, of embeds and of calls, and bodies.
func TestLimits(t *testing.T) {
	t.Parallel()
	for _, w := range worlds(t, func(cfg *api.Config) { cfg.Limits.Rows, cfg.Limits.Body, cfg.HideDetails = 2, 64, true }) {
		client := w.client(t)
		client.Do("GET", mount+"/people?select=id&order=id", "").Want(200, `[{"id":1},{"id":2}]`)
		client.Do("GET", mount+"/people?select=id&order=id&limit=4", "", "Prefer", "count=exact").Want(206, `[{"id":1},{"id":2}]`).WantHeader("Content-Range", "0-1/5")
		client.Do("GET", mount+"/projects?id=eq.1&select=tasks(id)&tasks.order=id", "").Want(200, `[{"tasks":[{"id":1},{"id":2}]}]`)
		client.Do("GET", mount+"/rpc/some_people?select=id&order=id", "").Want(200, `[{"id":1},{"id":2}]`)
		client.Do("PATCH", mount+"/tasks?id=gt.0&select=id&order=id", `{"done":true}`, "Prefer", "return=representation").
			Want(200, `[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5},{"id":6}]`)
		client.Do("POST", mount+"/teams", `{"title":"`+strings.Repeat("x", 64)+`"}`).WantCode(413, "GW413")
		taken := client.Do("POST", mount+"/teams", `{"title":"core"}`).WantCode(409, "23505")
		assert.Contains(t, taken.Body, `"details":null,"hint":null`)
	}
}

// TestPathsOfTheRouter shows that what no route takes is answered like every other error.
func TestPathsOfTheRouter(t *testing.T) {
	t.Parallel()
	w := worlds(t, nil)[0]
	for _, path := range []string{"/nowhere", "/rest/v2/teams", "/", "/rest//v1/teams"} {
		answer := w.client(t).Do("GET", path, "")
		require.Equal(t, http.StatusNotFound, answer.Status, path)
		require.Contains(t, answer.Header.Get("Content-Type"), "application/json", path)
		require.Contains(t, answer.Body, `"code":"PGRST125"`, path)
	}
}
