package api_test

import "testing"

func TestValuesAndMedia(t *testing.T) {
	t.Parallel()
	object := []string{"Accept", "application/vnd.pgrst.object+json"}
	conform(t, []wireCase{
		{name: "§10 every kind of value", path: "/samples?id=eq.1",
			want: `[{"id":1,"small":-1,"medium":2147483647,"big":9007199254740993,"price":12.5000,"exact":3.14159,"ratio":0.1,"single":1.5,"flag":true,` +
				`"words":"Größe * 100%","code":"abc","key":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","day":"2024-01-31","clock":"10:20:30.5",` +
				`"local":"2024-01-31T10:00:00","moment":"2024-01-31T10:00:00+00:00","data":{"a":[1,{"b":null}],"big":9007199254740993},` +
				`"raw":"\\xdeadbeef","tags":["a","b c","d\"e"],"numbers":[1,2,3],"mood":"glad"}]`},
		{name: "§10 zero values", path: "/samples?id=eq.2",
			want: `[{"id":2,"small":0,"medium":0,"big":-9223372036854775808,"price":0.0000,"exact":-7,"ratio":-1e+100,"single":0,"flag":false,` +
				`"words":"","code":"","key":"00000000-0000-0000-0000-000000000000","day":"1999-12-31","clock":"00:00:00",` +
				`"local":"1999-12-31T23:59:59.123456","moment":"1999-12-31T23:59:59.123456+00:00","data":[],"raw":"\\x","tags":[],"numbers":[],"mood":"calm"}]`},
		{name: "§10 NULLs", path: "/samples?id=eq.3&select=id,small,big,price,flag,words,key,day,moment,data,raw,tags",
			want: `[{"id":3,"small":null,"big":null,"price":null,"flag":null,"words":null,"key":null,"day":null,"moment":null,"data":null,"raw":null,"tags":null}]`},
		{name: "§10 application/json", path: "/teams?id=eq.1", header: []string{"Accept", "application/json"}, want: `[{"id":1,"title":"core"}]`,
			wantHeader: map[string]string{"Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff"}},
		{name: "§10 anything", path: "/teams?id=eq.1", header: []string{"Accept", "*/*"}, wantHeader: map[string]string{"Content-Type": "application/json; charset=utf-8"}},
		{name: "§10 array+json", path: "/teams?id=eq.1", header: []string{"Accept", "application/vnd.pgrst.array+json"}, want: `[{"id":1,"title":"core"}]`,
			wantHeader: map[string]string{"Content-Type": "application/vnd.pgrst.array+json; charset=utf-8"}},
		{name: "§10 object", path: "/teams?id=eq.1", header: object, want: `{"id":1,"title":"core"}`, wantHeader: map[string]string{"Content-Type": "application/vnd.pgrst.object+json; charset=utf-8"}},
		{name: "§10 object without +json", path: "/teams?id=eq.1", header: []string{"Accept", "application/vnd.pgrst.object"}, want: `{"id":1,"title":"core"}`},
		{name: "§10 object of no row", path: "/teams?id=eq.9", header: object, status: 406,
			want: `{"code":"PGRST116","message":"Cannot coerce the result to a single JSON object","details":"The result contains 0 rows","hint":null}`},
		{name: "§10 object of many rows", path: "/teams", header: object, status: 406, code: "PGRST116", has: []string{"The result contains 3 rows"}},
		{name: "§10 object of HEAD", method: "HEAD", path: "/teams?id=eq.9", header: object, status: 406, empty: true},
		{name: "§10 nulls stripped", path: "/people?id=eq.5", header: []string{"Accept", "application/vnd.pgrst.array+json;nulls=stripped"}, want: `[{"id":5,"name":"Eve, Jr.","email":"eve@example.org"}]`,
			wantHeader: map[string]string{"Content-Type": "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8"}},
		{name: "§10 nulls stripped from an object", path: "/people?id=eq.5", header: []string{"Accept", "application/vnd.pgrst.object+json;nulls=stripped"}, want: `{"id":5,"name":"Eve, Jr.","email":"eve@example.org"}`},
		{name: "§10 CSV", path: "/people?order=id&select=id,name,boss_id&id=gte.4", header: []string{"Accept", "text/csv"}, want: "id,name,boss_id\n4,Dot,2\n5,\"Eve, Jr.\",",
			wantHeader: map[string]string{"Content-Type": "text/csv; charset=utf-8"}},
		{name: "§10 CSV of booleans", path: "/tasks?order=id&select=id,done&limit=2", header: []string{"Accept", "text/csv"}, want: "id,done\n1,t\n2,f"},
		{name: "§10 CSV with quotes", path: "/samples?id=eq.1&select=words,tags->>2", header: []string{"Accept", "text/csv"}, want: "words,tags\nGröße * 100%,\"d\"\"e\""},
		{name: "§10 no CSV rows", path: "/people?id=eq.99&select=id,name", header: []string{"Accept", "text/csv"}, status: 200},
		{name: "§10 a type nobody has", path: "/teams", header: []string{"Accept", "text/x"}, status: 406, code: "PGRST107", has: []string{"None of these media types are available: text/x"}},
		{name: "§10 the first acceptable type", path: "/teams?id=eq.1", header: []string{"Accept", "text/x, */*"}, want: `[{"id":1,"title":"core"}]`},
		{name: "§10 by quality", path: "/teams?id=eq.1&select=id", header: []string{"Accept", "application/json;q=0.5, text/csv;q=0.9"}, want: "id\n1"},
		{name: "§10 plans are off", path: "/teams", header: []string{"Accept", "application/vnd.pgrst.plan+json"}, status: 406, code: "PGRST107"},
		{name: "§10 geo+json", path: "/teams", header: []string{"Accept", "application/geo+json"}, status: 406, code: "PGRST107"},
		{name: "§10 OPTIONS", method: "OPTIONS", path: "/teams", empty: true, wantHeader: map[string]string{"Allow": "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"}},
		{name: "§10 OPTIONS without a key", method: "OPTIONS", path: "/logs", empty: true, wantHeader: map[string]string{"Allow": "OPTIONS,GET,HEAD,POST,PATCH,DELETE"}},
		{name: "§10 OPTIONS of a function", method: "OPTIONS", path: "/rpc/add", empty: true, wantHeader: map[string]string{"Allow": "OPTIONS,GET,HEAD,POST"}},
		{name: "§10 OPTIONS of a function that writes", method: "OPTIONS", path: "/rpc/touch", empty: true, wantHeader: map[string]string{"Allow": "OPTIONS,POST"}},
		{name: "§10 OPTIONS of nothing", method: "OPTIONS", path: "/nothing", status: 404, code: "PGRST205"},
		{name: "§10 Vary", path: "/teams?id=eq.1", wantHeader: map[string]string{"Vary": "Accept, Prefer, Range, Authorization, apikey, Accept-Encoding"}},

		{name: "§12 an item", path: "/teams/2", want: `{"id":2,"title":"docs"}`},
		{name: "§12 select and embed of an item", path: "/teams/2?select=title,people(name)&people.order=name", want: `{"title":"docs","people":[{"name":"Ben"},{"name":"Dot"}]}`},
		{name: "§12 HEAD of an item", method: "HEAD", path: "/teams/2", empty: true},
		{name: "§12 no item", path: "/teams/99", status: 404, want: `{"code":"PGRST116","message":"Cannot coerce the result to a single JSON object","details":"The result contains 0 rows","hint":null}`},
		{name: "§12 HEAD of no item", method: "HEAD", path: "/teams/99", status: 404, empty: true},
		{name: "§12 a key that does not fit", path: "/teams/abc", status: 404, code: "PGRST116"},
		{name: "§12 a key out of range", path: "/teams/99999999999999999999", status: 404, code: "PGRST116"},
		{name: "§12 composite key", path: "/pairs/1,x", want: `{"a":1,"b":"x","note":"first"}`},
		{name: "§12 composite key with quotes", path: "/pairs/1,%22y,z%22", want: `{"a":1,"b":"y,z","note":null}`},
		{name: "§12 too few values", path: "/pairs/1", status: 404, code: "PGRST116"},
		{name: "§12 too many values", path: "/pairs/1,x,y", status: 404, code: "PGRST116"},
		{name: "§12 no key, no items", path: "/logs/1", status: 404, code: "PGRST125"},
		{name: "§12 filters are AND-ed", path: "/teams/2?title=eq.core", status: 404, code: "PGRST116"},
		{name: "§12 order, limit, offset and Range are ignored", path: "/teams/2?order=nope&limit=0&offset=7", header: []string{"Range", "5-9"}, want: `{"id":2,"title":"docs"}`},
		{name: "§12 POST to an item", method: "POST", path: "/teams/2", body: `{}`, status: 405, code: "PGRST117"},
		{name: "§12 OPTIONS of an item", method: "OPTIONS", path: "/teams/2", empty: true, wantHeader: map[string]string{"Allow": "OPTIONS,GET,HEAD,PUT,PATCH,DELETE"}},
		{name: "§12 an item of a source", path: "/greetings/2", want: `{"id":2,"text":"bonjour"}`},
		{name: "§12 a broken escape in a key", path: "/pairs/1,%25zz", status: 404, code: "PGRST116"},

		{name: "§2 a range operator on a number", path: "/samples?small=sl.[1,5)", differs: true, status: 404},
		{name: "§14 ranges", path: "/bookings?during=sl.[1,5)", only: "sqlite", code: "PGRST127", has: []string{"Feature not implemented", "needs PostgreSQL"}},
		{name: "§14 ranges in a tree", path: "/bookings?or=(during.cs.%22[1,5)%22,id.eq.1)", only: "sqlite", code: "PGRST127"},
		{name: "§14 ranges overlap", path: "/bookings?during=ov.[1,5)", only: "sqlite", code: "PGRST127"},
		{name: "§2 range cs", path: "/bookings?during=cs.[2,3)&select=id,during", only: "postgres", want: `[{"id":1,"during":"[1,5)"}]`},
		{name: "§2 range cd", path: "/bookings?during=cd.[0,6)&select=id", only: "postgres", want: `[{"id":1}]`},
		{name: "§2 range ov", path: "/bookings?during=ov.[4,11)&select=id&order=id", only: "postgres", want: `[{"id":1},{"id":2}]`},
		{name: "§2 range sl", path: "/bookings?during=sl.[8,9)&select=id", only: "postgres", want: `[{"id":1}]`},
		{name: "§2 range sr", path: "/bookings?during=sr.[6,8)&select=id", only: "postgres", want: `[{"id":2}]`},
		{name: "§2 range nxl", path: "/bookings?during=nxl.[5,8)&select=id", only: "postgres", want: `[{"id":2}]`},
		{name: "§2 range nxr", path: "/bookings?during=nxr.[4,8)&select=id", only: "postgres", want: `[{"id":1}]`},
		{name: "§2 range adj", path: "/bookings?during=adj.[5,8)&select=id", only: "postgres", want: `[{"id":1}]`},
		{name: "§14 full text", path: "/people?name=fts.ann", only: "sqlite", code: "PGRST127", has: []string{"Feature not implemented", "needs PostgreSQL"}},
		{name: "§14 web search in a tree", path: "/people?or=(name.wfts(english).ann,id.eq.1)", only: "sqlite", code: "PGRST127"},
		{name: "§2 full text", path: "/people?name=fts(simple).ann&select=id", only: "postgres", want: `[{"id":1}]`},
		{name: "§2 full text: plain", path: "/tasks?title=plfts(simple).look+up&select=id", only: "postgres", want: `[{"id":4}]`},
		{name: "§2 full text: phrase", path: "/tasks?title=phfts(simple).look+up&select=id", only: "postgres", want: `[{"id":4}]`},
		{name: "§2 full text: web", path: "/tasks?title=wfts(simple).look+or+build&select=id&order=id", only: "postgres", want: `[{"id":2},{"id":4}]`},
		{name: "§14 profile", path: "/teams", header: []string{"Accept-Profile", "other"}, only: "sqlite", code: "PGRST127"},

		{name: "a source is filtered", path: "/greetings?text=like.*o*&order=id.desc&select=text", want: `[{"text":"ciao"},{"text":"bonjour"},{"text":"hello"}]`},
		{name: "a source is paged and counted", path: "/greetings?limit=1&offset=1&order=id&select=id", header: []string{"Prefer", "count=exact"}, status: 206, want: `[{"id":2}]`, wantHeader: map[string]string{"Content-Range": "1-1/3"}},
		{name: "a source with an unknown column", path: "/greetings?nope=eq.1", code: "42703"},
	})
}
