package api_test

import "testing"

var rows = []string{"Prefer", "return=representation"}

func prefer(values string, more ...string) []string {
	return append([]string{"Prefer", values}, more...)
}

func TestInserts(t *testing.T) {
	t.Parallel()
	conformWrites(t, []wireCase{
		{name: "§8 an object", method: "POST", path: "/teams", body: `{"title":"new"}`, status: 201, empty: true,
			wantHeader: map[string]string{"Content-Length": "0", "Content-Type": "", "Location": "", "Content-Range": "*/*", "Preference-Applied": ""},
			then:       "/teams?id=gt.3", thenWant: `[{"id":4,"title":"new"}]`},
		{name: "§8 return=minimal", method: "POST", path: "/teams", body: `{"title":"new"}`, header: prefer("return=minimal"), status: 201, empty: true,
			wantHeader: map[string]string{"Content-Length": "0", "Preference-Applied": "return=minimal"}},
		{name: "§8 return=representation", method: "POST", path: "/teams", body: `{"title":"new"}`, header: rows, status: 201, want: `[{"id":4,"title":"new"}]`,
			wantHeader: map[string]string{"Content-Type": "application/json; charset=utf-8", "Preference-Applied": "return=representation", "Location": ""}},
		{name: "§8 return=headers-only", method: "POST", path: "/teams", body: `{"title":"new"}`, header: prefer("return=headers-only"), status: 201, empty: true,
			wantHeader: map[string]string{"Location": "/rest/v1/teams?id=eq.4", "Preference-Applied": "return=headers-only"}},
		{name: "§8 Location of a composite key", method: "POST", path: "/pairs", body: `{"b":"p&q r","a":9}`, header: prefer("return=headers-only"), status: 201, empty: true,
			wantHeader: map[string]string{"Location": "/rest/v1/pairs?a=eq.9&b=eq.p%26q+r"}},
		{name: "§8 no Location for several rows", method: "POST", path: "/teams", body: `[{"title":"a"},{"title":"b"}]`, header: prefer("return=headers-only"), status: 201, empty: true,
			wantHeader: map[string]string{"Location": ""}},
		{name: "§8 no Location without a key", method: "POST", path: "/logs", body: `{"line":"c"}`, header: prefer("return=headers-only"), status: 201, empty: true, wantHeader: map[string]string{"Location": ""}},
		{name: "§8 select shapes the answer", method: "POST", path: "/teams?select=t:title", body: `{"title":"new"}`, header: rows, status: 201, want: `[{"t":"new"}]`},
		{name: "§8 bulk keeps the order", method: "POST", path: "/teams?select=title", body: `[{"title":"z"},{"title":"a"},{"title":"m"}]`, header: rows, status: 201, want: `[{"title":"z"},{"title":"a"},{"title":"m"}]`},
		{name: "§8 bulk with count", method: "POST", path: "/teams", body: `[{"title":"z"},{"title":"a"}]`, header: prefer("count=exact"), status: 201, empty: true, wantHeader: map[string]string{"Content-Range": "*/2"}},
		{name: "§8 bulk is all or nothing", method: "POST", path: "/teams", body: `[{"title":"z"},{"title":"core"}]`, status: 409, code: "23505",
			has: []string{`duplicate key value violates unique constraint \"teams_title_key\"`}, then: "/teams?id=gt.3", thenWant: `[]`, differs: true},
		{name: "§8 an empty list", method: "POST", path: "/teams", body: `[]`, status: 201, empty: true},
		{name: "§8 an empty list, shown", method: "POST", path: "/teams", body: `[]`, header: rows, status: 201, want: `[]`},
		{name: "§8 an empty object is a row of defaults", method: "POST", path: "/odds?select=id,limit", body: `{}`, header: rows, status: 201, want: `[{"id":3,"limit":null}]`},
		{name: "§8 defaults", method: "POST", path: "/settings", body: `{"name":"four","slug":"s"}`, header: rows, status: 201, want: `[{"id":4,"name":"four","state":"new","rank":7,"slug":"s","twice":14}]`},
		{name: "§8 NULL is not the default", method: "POST", path: "/settings?select=rank", body: `{"name":"four","slug":"s","rank":null}`, header: rows, status: 201, want: `[{"rank":null}]`},
		{name: "§8 different keys", method: "POST", path: "/settings", body: `[{"name":"a","slug":"a"},{"name":"b","slug":"b","rank":1}]`, code: "PGRST102", has: []string{"All object keys must match"}},
		{name: "§8 a list with something else in it", method: "POST", path: "/teams", body: `[{"title":"a"},7]`, code: "PGRST102"},
		{name: "§8 a body that is a number", method: "POST", path: "/teams", body: `7`, code: "PGRST102"},
		{name: "§8 an unknown key", method: "POST", path: "/teams", body: `{"title":"a","nope":1}`, code: "PGRST204", has: []string{"Could not find the 'nope' column of 'teams' in the schema cache"}},
		{name: "§8 a hidden column is an unknown key", method: "POST", path: "/people", body: `{"name":"a","password":"x"}`, code: "PGRST204", has: []string{"Could not find the 'password' column of 'people'"}},
		{name: "§8 columns takes only these", method: "POST", path: `/teams?columns="title"`, body: `[{"title":"a","nope":1},{"title":"b","id":77}]`, header: rows, status: 201, want: `[{"id":4,"title":"a"},{"id":5,"title":"b"}]`},
		{name: "§8 columns missing in a row become NULL", method: "POST", path: `/settings?columns="name","rank","slug"&select=name,rank`, body: `[{"name":"a","slug":"a"},{"name":"b","slug":"b","rank":1}]`, header: rows, status: 201,
			want: `[{"name":"a","rank":null},{"name":"b","rank":1}]`},
		{name: "§8 missing=default, per row", method: "POST", path: `/settings?columns="name","rank","slug","state"&select=name,rank,state`, body: `[{"name":"a","slug":"a","state":"x"},{"name":"b","slug":"b","rank":1},{"name":"c","slug":"c"}]`,
			header: prefer("missing=default, return=representation"), status: 201, want: `[{"name":"a","rank":7,"state":"x"},{"name":"b","rank":1,"state":"new"},{"name":"c","rank":7,"state":"new"}]`,
			wantHeader: map[string]string{"Preference-Applied": "missing=default, return=representation"}},
		{name: "§8 unknown name in columns", method: "POST", path: "/teams?columns=nope", body: `{"title":"a"}`, code: "PGRST204"},
		{name: "§8 hidden name in columns", method: "POST", path: "/people?columns=name,password", body: `{"name":"a","password":"x"}`, code: "PGRST204"},
		{name: "§8 a generated column", method: "POST", path: "/settings", body: `{"name":"a","slug":"a","twice":4}`, code: "428C9", differs: true},
		{name: "§8 no body", method: "POST", path: "/teams", code: "PGRST102", has: []string{"Empty or invalid json"}},
		{name: "§8 broken JSON", method: "POST", path: "/teams", body: `{"title":`, code: "PGRST102", has: []string{"Empty or invalid json"}},
		{name: "§8 another type", method: "POST", path: "/teams", body: `title: a`, header: []string{"Content-Type", "application/yaml"}, code: "PGRST102", has: []string{"Content-Type not acceptable: application/yaml"}},
		{name: "§8 a charset", method: "POST", path: "/teams?select=title", body: `{"title":"ü"}`, header: prefer("return=representation", "Content-Type", "application/json; charset=utf-8"), status: 201, want: `[{"title":"ü"}]`},
		{name: "§8 CSV", method: "POST", path: "/people?select=name,email,boss_id", body: "name,email,boss_id\n\"Fay, Sr.\",NULL,1\nGus,,NULL", header: prefer("return=representation", "Content-Type", "text/csv"), status: 201,
			want: `[{"name":"Fay, Sr.","email":null,"boss_id":1},{"name":"Gus","email":"","boss_id":null}]`},
		{name: "§8 ragged CSV", method: "POST", path: "/people", body: "name,email\na", header: []string{"Content-Type", "text/csv"}, code: "PGRST102", has: []string{"All lines must have same number of fields"}},
		{name: "§8 CSV with an unknown column", method: "POST", path: "/teams", body: "nope\na", header: []string{"Content-Type", "text/csv"}, code: "PGRST204"},
		{name: "§8 a form", method: "POST", path: "/teams?select=title", body: "title=a+b%26c", header: prefer("return=representation", "Content-Type", "application/x-www-form-urlencoded"), status: 201, want: `[{"title":"a b&c"}]`},
		{name: "§8 embeds in the answer", method: "POST", path: "/tasks?select=title,projects(title,people!owner_id(name))", body: `{"title":"x","project_id":3}`, header: rows, status: 201, want: `[{"title":"x","projects":{"title":"Comet","people":{"name":"Ben"}}}]`},
		{name: "§8 limit on a write is ignored", method: "POST", path: "/teams?limit=1&select=title", body: `[{"title":"a"},{"title":"b"}]`, header: rows, status: 201, want: `[{"title":"a"},{"title":"b"}]`},
		{name: "§8 limit on a write, strict", method: "POST", path: "/teams?limit=1", body: `{"title":"a"}`, header: prefer("handling=strict"), code: "PGRST127", then: "/teams?id=gt.3", thenWant: `[]`},
		{name: "§8 one object", method: "POST", path: "/teams", body: `{"title":"a"}`, header: prefer("return=representation", "Accept", "application/vnd.pgrst.object+json"), status: 201, want: `{"id":4,"title":"a"}`},
		{name: "§8 one object of several undoes the write", method: "POST", path: "/teams", body: `[{"title":"a"},{"title":"b"}]`, header: []string{"Accept", "application/vnd.pgrst.object+json"}, status: 406, code: "PGRST116",
			has: []string{"The result contains 2 rows"}, then: "/teams?id=gt.3", thenWant: `[]`},
		{name: "§8 CSV of the written rows", method: "POST", path: "/teams", body: `{"title":"a"}`, header: prefer("return=representation", "Accept", "text/csv"), status: 201, want: "id,title\n4,a"},
		{name: "§8 a value that does not fit", method: "POST", path: "/tasks", body: `{"title":"a","project_id":"x"}`, code: "22P02"},
		{name: "§8 a number for a text", method: "POST", path: "/teams?select=title", body: `{"title":12.50}`, header: rows, status: 201, want: `[{"title":"12.50"}]`},
		{name: "§8 strings for numbers", method: "POST", path: "/samples?select=small,big,price,ratio", body: `{"small":"3","big":"9007199254740993","price":"1.5","ratio":"2.5"}`, header: rows, status: 201, want: `[{"small":3,"big":9007199254740993,"price":1.5000,"ratio":2.5}]`},
		{name: "§8 too long for varchar", method: "POST", path: "/samples", body: `{"code":"abcdef"}`, code: "22001"},
		{name: "§8 length counts characters", method: "POST", path: "/samples?select=code", body: `{"code":"äöüßé"}`, header: rows, status: 201, want: `[{"code":"äöüßé"}]`},
		{name: "§8 an array for an array", method: "POST", path: "/samples?select=tags,numbers", body: `{"tags":["a,b","c\"d","","NULL",null],"numbers":[1,null,9007199254740993]}`, header: rows, status: 201,
			want: `[{"tags":["a,b","c\"d","","NULL",null],"numbers":[1,null,9007199254740993]}]`},
		{name: "§8 an array literal for an array", method: "POST", path: "/samples?select=tags", body: `{"tags":"{a,\"b c\"}"}`, header: rows, status: 201, want: `[{"tags":["a","b c"]}]`},
		{name: "§8 JSON for JSON", method: "POST", path: "/samples?select=data", body: `{"data":{"a":{"b":[1,"x",null,true]}}}`, header: rows, status: 201, want: `[{"data":{"a":{"b":[1,"x",null,true]}}}]`},
		{name: "§8 a JSON string for JSON", method: "POST", path: "/samples?select=data", body: `{"data":"just text"}`, header: rows, status: 201, want: `[{"data":"just text"}]`},
		{name: "§8 a bad element of an array", method: "POST", path: "/samples", body: `{"numbers":[1,"x"]}`, code: "22P02"},
		{name: "§8 a value outside an enumeration", method: "POST", path: "/samples", body: `{"mood":"bored"}`, code: "22P02"},
		{name: "§8 a date that does not exist", method: "POST", path: "/samples", body: `{"day":"2023-02-29"}`, code: "22008"},
		{name: "§8 precision of numeric", method: "POST", path: "/samples?select=price", body: `{"price":1.23456}`, header: rows, status: 201, want: `[{"price":1.2346}]`},
		{name: "§11 not null", method: "POST", path: "/teams", body: `{"title":null}`, code: "23502", has: []string{`null value in column \"title\" of relation \"teams\" violates not-null constraint`}, differs: true},
		{name: "§11 foreign key", method: "POST", path: "/tasks", body: `{"title":"a","project_id":99}`, status: 409, code: "23503", differs: true},
		{name: "§11 unique key", method: "POST", path: "/teams", body: `{"id":1,"title":"x"}`, status: 409, code: "23505", has: []string{`duplicate key value violates unique constraint \"teams_pkey\"`}, differs: true},
		{name: "§15.9 numbers are exact", method: "POST", path: "/samples?select=big,exact,data", body: `{"big":9007199254740993,"exact":9007199254740993,"data":{"n":9007199254740993}}`, header: rows, status: 201,
			want: `[{"big":9007199254740993,"exact":9007199254740993,"data":{"n":9007199254740993}}]`},
	})
}

func TestUpserts(t *testing.T) {
	t.Parallel()
	merge, ignore := "resolution=merge-duplicates, return=representation", "resolution=ignore-duplicates, return=representation"
	conformWrites(t, []wireCase{
		{name: "§8 merge inserts", method: "POST", path: "/teams", body: `{"id":9,"title":"new"}`, header: prefer(merge), status: 201, want: `[{"id":9,"title":"new"}]`,
			wantHeader: map[string]string{"Preference-Applied": "resolution=merge-duplicates, return=representation"}},
		{name: "§8 merge updates", method: "POST", path: "/teams", body: `{"id":1,"title":"heart"}`, header: prefer(merge), status: 200, want: `[{"id":1,"title":"heart"}]`},
		{name: "§8 merge updates only sent columns", method: "POST", path: "/settings", body: `{"id":1,"name":"uno","slug":"s-one"}`, header: prefer(merge), status: 200, want: `[{"id":1,"name":"uno","state":"old","rank":1,"slug":"s-one","twice":2}]`},
		{name: "§8 merge of both kinds", method: "POST", path: "/teams", body: `[{"id":1,"title":"heart"},{"id":9,"title":"new"}]`, header: prefer(merge), status: 201, want: `[{"id":1,"title":"heart"},{"id":9,"title":"new"}]`},
		{name: "§8 merge, minimal", method: "POST", path: "/teams", body: `{"id":1,"title":"heart"}`, header: prefer("resolution=merge-duplicates"), status: 200, empty: true, then: "/teams?id=eq.1", thenWant: `[{"id":1,"title":"heart"}]`},
		{name: "§8 ignore", method: "POST", path: "/teams", body: `[{"id":1,"title":"heart"},{"id":9,"title":"new"}]`, header: prefer(ignore), status: 201, want: `[{"id":9,"title":"new"}]`, then: "/teams?id=eq.1", thenWant: `[{"id":1,"title":"core"}]`},
		{name: "§8 ignore everything", method: "POST", path: "/teams", body: `{"id":1,"title":"heart"}`, header: prefer(ignore), status: 201, want: `[]`},
		{name: "§8 on_conflict", method: "POST", path: "/settings?on_conflict=slug&select=id,name", body: `{"name":"uno","slug":"s-one"}`, header: prefer(merge), status: 200, want: `[{"id":1,"name":"uno"}]`},
		{name: "§8 on_conflict and ignore", method: "POST", path: "/settings?on_conflict=slug&select=id,name", body: `[{"name":"uno","slug":"s-one"},{"name":"n","slug":"n"}]`, header: prefer(ignore), status: 201, differs: true, has: []string{`"name":"n"`}, hasNo: []string{"uno"}},
		{name: "§8 on_conflict without a key", method: "POST", path: "/settings?on_conflict=name", body: `{"name":"one","slug":"x"}`, header: prefer(merge), code: "42P10", differs: true},
		{name: "§8 on_conflict with an unknown column", method: "POST", path: "/settings?on_conflict=nope", body: `{"name":"one","slug":"x"}`, header: prefer(merge), status: 400, differs: true},
		{name: "§8 composite key", method: "POST", path: "/pairs", body: `{"a":1,"b":"x","note":"second"}`, header: prefer(merge), status: 200, want: `[{"a":1,"b":"x","note":"second"}]`},
		{name: "§8 only the key", method: "POST", path: "/pairs", body: `{"a":1,"b":"x"}`, header: prefer("resolution=merge-duplicates"), differs: true, status: 200, then: "/pairs?a=eq.1&b=eq.x", thenWant: `[{"a":1,"b":"x","note":"first"}]`},
		{name: "§8 no key", method: "POST", path: "/logs", body: `{"line":"c"}`, header: prefer(merge), status: 201, want: `[{"line":"c"}]`, wantHeader: map[string]string{"Preference-Applied": "return=representation"}},
		{name: "§8 one key twice", method: "POST", path: "/teams", body: `[{"id":1,"title":"x"},{"id":1,"title":"y"}]`, header: prefer(merge), code: "21000", differs: true, then: "/teams?id=eq.1", thenWant: `[{"id":1,"title":"core"}]`},
		{name: "§8 another key is violated", method: "POST", path: "/teams", body: `{"id":1,"title":"docs"}`, header: prefer(merge), status: 409, code: "23505", differs: true},
		{name: "§8 missing=default in an upsert", method: "POST", path: `/settings?columns=id,name,rank,slug&select=id,rank`, body: `[{"id":1,"name":"a","slug":"s-one"},{"id":8,"name":"b","slug":"b"}]`,
			header: prefer("resolution=merge-duplicates, missing=default, return=representation"), status: 201, want: `[{"id":1,"rank":7},{"id":8,"rank":7}]`},
		{name: "§15 partial rows of existing keys", method: "POST", path: "/settings?select=id,rank", body: `{"id":1,"rank":70}`, header: prefer(merge), differs: true, status: 400},
	})
}

func TestUpdatesAndDeletes(t *testing.T) {
	t.Parallel()
	all := `[{"id":1,"title":"core"},{"id":2,"title":"docs"},{"id":3,"title":"idle"}]`
	conformWrites(t, []wireCase{
		{name: "§8 PATCH", method: "PATCH", path: "/teams?id=eq.1", body: `{"title":"x"}`, status: 204, empty: true, wantHeader: map[string]string{"Content-Range": "0-0/*", "Content-Type": ""}, then: "/teams?order=id", thenWant: `[{"id":1,"title":"x"},{"id":2,"title":"docs"},{"id":3,"title":"idle"}]`},
		{name: "§8 PATCH, shown", method: "PATCH", path: "/tasks?project_id=eq.1&order=id.desc&select=id,done", body: `{"done":true}`, header: prefer("return=representation, count=exact"), want: `[{"id":3,"done":true},{"id":2,"done":true},{"id":1,"done":true}]`,
			wantHeader: map[string]string{"Content-Range": "0-2/3", "Preference-Applied": "return=representation, count=exact"}},
		{name: "§8 PATCH of nothing", method: "PATCH", path: "/teams?id=eq.99", body: `{"title":"x"}`, status: 204, empty: true, wantHeader: map[string]string{"Content-Range": "*/*"}},
		{name: "§8 PATCH of nothing, shown and counted", method: "PATCH", path: "/teams?id=eq.99", body: `{"title":"x"}`, header: prefer("return=representation, count=exact"), want: `[]`, wantHeader: map[string]string{"Content-Range": "*/0"}},
		{name: "§8 PATCH with {}", method: "PATCH", path: "/teams?id=eq.1", body: `{}`, status: 204, empty: true, then: "/teams?order=id", thenWant: all},
		{name: "§8 PATCH with {}, shown", method: "PATCH", path: "/teams?id=eq.1", body: `{}`, header: rows, want: `[]`},
		{name: "§8 PATCH of an unknown column", method: "PATCH", path: "/teams?id=eq.1", body: `{"nope":1}`, code: "PGRST204"},
		{name: "§8 PATCH with columns", method: "PATCH", path: "/settings?id=eq.1&columns=name&select=name,rank", body: `{"name":"x","rank":9,"nope":1}`, header: rows, want: `[{"name":"x","rank":1}]`},
		{name: "§8 PATCH with missing=default", method: "PATCH", path: "/settings?id=eq.1&columns=name,rank&select=name,rank", body: `{"name":"x"}`, header: prefer("missing=default, return=representation"), want: `[{"name":"x","rank":7}]`},
		{name: "§8 PATCH with a list", method: "PATCH", path: "/teams?id=eq.1", body: `[{"title":"a"},{"title":"b"}]`, code: "PGRST102", then: "/teams?order=id", thenWant: all},
		{name: "§8 PATCH of a generated column", method: "PATCH", path: "/settings?id=eq.1", body: `{"twice":1}`, code: "428C9", differs: true},
		{name: "§8 PATCH of a key", method: "PATCH", path: "/teams?id=eq.3", body: `{"id":30}`, header: rows, want: `[{"id":30,"title":"idle"}]`},
		{name: "§8 PATCH with embeds", method: "PATCH", path: "/tasks?id=eq.1&select=id,projects(title)", body: `{"project_id":3}`, header: rows, want: `[{"id":1,"projects":{"title":"Comet"}}]`},
		{name: "§8 PATCH of one object", method: "PATCH", path: "/teams?id=eq.1", body: `{"title":"x"}`, header: prefer("return=representation", "Accept", "application/vnd.pgrst.object+json"), want: `{"id":1,"title":"x"}`},
		{name: "§10 PATCH of one object meets two", method: "PATCH", path: "/tasks?project_id=eq.2", body: `{"title":"x"}`, header: []string{"Accept", "application/vnd.pgrst.object+json"}, status: 406, code: "PGRST116", then: "/tasks?id=eq.4&select=title", thenWant: `[{"title":"look up"}]`},
		{name: "§10 PATCH of one object meets none", method: "PATCH", path: "/tasks?id=eq.99", body: `{"title":"x"}`, header: []string{"Accept", "application/vnd.pgrst.object+json"}, status: 406, code: "PGRST116", has: []string{"The result contains 0 rows"}},
		{name: "§15 PATCH without a filter", method: "PATCH", path: "/teams", body: `{"title":"x"}`, code: "21000", has: []string{"UPDATE requires a WHERE clause"}, then: "/teams?order=id", thenWant: all},
		{name: "§15 PATCH with select only", method: "PATCH", path: "/teams?select=id&order=id&limit=1", body: `{"title":"x"}`, code: "21000", then: "/teams?order=id", thenWant: all},
		{name: "§15 PATCH with a filter on an embed only", method: "PATCH", path: "/tasks?select=id,projects(id)&projects.id=eq.1", body: `{"title":"x"}`, code: "21000", then: "/tasks?title=eq.x", thenWant: `[]`},
		{name: "§15 PATCH that is allowed without filters", method: "PATCH", path: "/logs", body: `{"line":"x"}`, header: rows, want: `[{"line":"x"},{"line":"x"}]`},
		{name: "§8 PATCH that violates a key", method: "PATCH", path: "/teams?id=gte.1", body: `{"title":"same"}`, status: 409, code: "23505", then: "/teams?order=id", thenWant: all, differs: true},

		{name: "§8 DELETE", method: "DELETE", path: "/teams?id=eq.3", status: 204, empty: true, wantHeader: map[string]string{"Content-Range": "*/*"}, then: "/teams?order=id&select=id", thenWant: `[{"id":1},{"id":2}]`},
		{name: "§8 DELETE, shown and counted", method: "DELETE", path: "/tasks?id=gt.4&order=id&select=id", header: prefer("return=representation, count=exact"), want: `[{"id":5},{"id":6}]`, wantHeader: map[string]string{"Content-Range": "*/2"}},
		{name: "§8 DELETE ignores a body", method: "DELETE", path: "/teams?id=eq.3", body: `{"broken`, status: 204, empty: true},
		{name: "§8 DELETE of nothing", method: "DELETE", path: "/teams?id=eq.99", status: 204, empty: true},
		{name: "§8 DELETE of nothing, shown", method: "DELETE", path: "/teams?id=eq.99", header: rows, want: `[]`},
		{name: "§8 DELETE with embeds", method: "DELETE", path: "/tasks?id=eq.1&select=id,projects(title)", header: rows, want: `[{"id":1,"projects":{"title":"Apollo"}}]`},
		{name: "§8 DELETE of a parent", method: "DELETE", path: "/projects?id=eq.1", status: 409, code: "23503", differs: true, then: "/projects?id=eq.1&select=id", thenWant: `[{"id":1}]`},
		{name: "§15 DELETE without a filter", method: "DELETE", path: "/teams", code: "21000", has: []string{"DELETE requires a WHERE clause"}, then: "/teams?order=id", thenWant: all},
		{name: "§15 DELETE with an empty tree", method: "DELETE", path: "/teams?and=()", code: "PGRST100", then: "/teams?order=id", thenWant: all},
		{name: "§15 DELETE with not.in.()", method: "DELETE", path: "/logs?line=not.in.()", status: 204, empty: true, then: "/logs", thenWant: `[]`},
		{name: "§10 DELETE of one object meets two", method: "DELETE", path: "/tasks?id=gt.4", header: []string{"Accept", "application/vnd.pgrst.object+json"}, status: 406, code: "PGRST116", then: "/tasks?id=gt.4&select=id&order=id", thenWant: `[{"id":5},{"id":6}]`},
		{name: "§3 DELETE with inner embeds: select shapes only the answer", method: "DELETE", path: "/tasks?select=id,projects!inner(id)&projects.title=eq.Comet&id=gt.0", header: rows, want: `[{"id":6,"projects":{"id":3}}]`, then: "/tasks?select=id", thenWant: `[]`},
	})
}

func TestPutAndItems(t *testing.T) {
	t.Parallel()
	object := `{"id":2,"title":"x"}`
	conformWrites(t, []wireCase{
		{name: "§8 PUT replaces", method: "PUT", path: "/teams?id=eq.2", body: object, status: 204, empty: true, wantHeader: map[string]string{"Content-Range": ""}, then: "/teams?id=eq.2", thenWant: `[` + object + `]`},
		{name: "§8 PUT replaces, shown", method: "PUT", path: "/teams?id=eq.2", body: object, header: rows, want: `[` + object + `]`},
		{name: "§8 PUT inserts", method: "PUT", path: "/teams?id=eq.8", body: `{"id":8,"title":"x"}`, status: 204, empty: true, then: "/teams?id=eq.8", thenWant: `[{"id":8,"title":"x"}]`},
		{name: "§8 PUT inserts, shown", method: "PUT", path: "/teams?id=eq.8", body: `{"id":8,"title":"x"}`, header: rows, status: 201, want: `[{"id":8,"title":"x"}]`},
		{name: "§8 PUT with a composite key", method: "PUT", path: "/pairs?a=eq.1&b=eq.x", body: `{"a":1,"b":"x","note":"n"}`, header: rows, want: `[{"a":1,"b":"x","note":"n"}]`},
		{name: "§8 PUT with half a key", method: "PUT", path: "/pairs?a=eq.1", body: `{"a":1,"b":"x"}`, status: 405, code: "PGRST105", has: []string{"Filters must include all and only primary key columns with 'eq' operators"}},
		{name: "§8 PUT with another filter", method: "PUT", path: "/teams?id=eq.2&title=eq.docs", body: object, status: 405, code: "PGRST105"},
		{name: "§8 PUT with another operator", method: "PUT", path: "/teams?id=gt.2", body: object, status: 405, code: "PGRST105"},
		{name: "§8 PUT without filters", method: "PUT", path: "/teams", body: object, status: 405, code: "PGRST105"},
		{name: "§8 PUT with another key in the body", method: "PUT", path: "/teams?id=eq.2", body: `{"id":3,"title":"x"}`, code: "PGRST115", has: []string{"Payload values do not match URL in primary key column(s)"}, then: "/teams?id=gt.1&select=title&order=id", thenWant: `[{"title":"docs"},{"title":"idle"}]`},
		{name: "§8 PUT without the key in the body", method: "PUT", path: "/teams?id=eq.2", body: `{"title":"x"}`, code: "PGRST115"},
		{name: "§8 PUT with limit", method: "PUT", path: "/teams?id=eq.2&limit=1", body: object, code: "PGRST114"},
		{name: "§8 PUT with offset", method: "PUT", path: "/teams?id=eq.2&offset=1", body: object, code: "PGRST114"},
		{name: "§8 PUT of a list", method: "PUT", path: "/teams?id=eq.2", body: `[{"id":3,"title":"y"},` + object + `]`, header: rows, want: `[` + object + `]`, then: "/teams?id=eq.3", thenWant: `[{"id":3,"title":"idle"}]`},
		{name: "§8 PUT of a list with the key twice", method: "PUT", path: "/teams?id=eq.2", body: `[` + object + `,` + object + `]`, code: "PGRST115"},
		{name: "§8 PUT leaves what is not sent", method: "PUT", path: "/settings?id=eq.1&select=name,state,rank", body: `{"id":1,"name":"n","slug":"s-one"}`, header: rows, want: `[{"name":"n","state":"old","rank":1}]`},
		{name: "§8 PUT without a key", method: "PUT", path: "/logs?line=eq.a", body: `{"line":"a"}`, status: 405, differs: true},

		{name: "§12 PATCH an item", method: "PATCH", path: "/teams/2", body: `{"title":"x"}`, want: object},
		{name: "§12 PATCH an item, minimal", method: "PATCH", path: "/teams/2", body: `{"title":"x"}`, header: prefer("return=minimal"), status: 204, empty: true, then: "/teams/2", thenWant: object},
		{name: "§12 PATCH no item", method: "PATCH", path: "/teams/99", body: `{"title":"x"}`, status: 404, code: "PGRST116"},
		{name: "§12 PATCH an item with {}", method: "PATCH", path: "/teams/2", body: `{}`, want: `{"id":2,"title":"docs"}`},
		{name: "§12 PATCH no item with {}", method: "PATCH", path: "/teams/99", body: `{}`, status: 404, code: "PGRST116"},
		{name: "§12 PATCH an item, filtered away", method: "PATCH", path: "/teams/2?title=eq.core", body: `{"title":"x"}`, status: 404, code: "PGRST116", then: "/teams/2", thenWant: `{"id":2,"title":"docs"}`},
		{name: "§12 PATCH with select", method: "PATCH", path: "/teams/2?select=t:title", body: `{"title":"x"}`, want: `{"t":"x"}`},
		{name: "§12 PUT replaces an item", method: "PUT", path: "/teams/2", body: `{"title":"x"}`, want: object},
		{name: "§12 PUT creates an item", method: "PUT", path: "/teams/8", body: `{"title":"x"}`, status: 201, want: `{"id":8,"title":"x"}`},
		{name: "§12 PUT with another key", method: "PUT", path: "/teams/2", body: `{"id":3,"title":"x"}`, code: "PGRST115"},
		{name: "§12 PUT a composite key", method: "PUT", path: "/pairs/7,%22p,q%22", body: `{"note":"n"}`, status: 201, want: `{"a":7,"b":"p,q","note":"n"}`},
		{name: "§12 a key with a slash", method: "PUT", path: "/pairs/7,a%2Fb", body: `{"note":"n"}`, status: 201, want: `{"a":7,"b":"a/b","note":"n"}`, then: "/pairs/7,a%2Fb?select=note", thenWant: `{"note":"n"}`},
		{name: "§12 DELETE an item", method: "DELETE", path: "/teams/3", status: 204, empty: true, then: "/teams?select=id&order=id", thenWant: `[{"id":1},{"id":2}]`},
		{name: "§12 DELETE an item, shown", method: "DELETE", path: "/teams/3", header: rows, want: `{"id":3,"title":"idle"}`},
		{name: "§12 DELETE no item", method: "DELETE", path: "/teams/99", status: 404, code: "PGRST116"},
		{name: "§12 DELETE an item, filtered away", method: "DELETE", path: "/teams/3?title=eq.core", status: 404, code: "PGRST116", then: "/teams/3", thenWant: `{"id":3,"title":"idle"}`},
	})
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	conformWrites(t, []wireCase{
		{name: "§9 order of the echo", method: "POST", path: "/teams", body: `{"id":1,"title":"x"}`, header: prefer("count=exact,return=minimal,handling=strict,missing=default,resolution=merge-duplicates"), status: 200, empty: true,
			wantHeader: map[string]string{"Preference-Applied": "resolution=merge-duplicates, missing=default, return=minimal, count=exact, handling=strict"}},
		{name: "§9 the first of a kind wins", method: "POST", path: "/teams", body: `{"title":"x"}`, header: prefer("return=minimal, return=representation"), status: 201, empty: true, wantHeader: map[string]string{"Preference-Applied": "return=minimal"}},
		{name: "§9 unknown tokens are ignored", path: "/teams/1", header: prefer("foo, bar=1"), want: `{"id":1,"title":"core"}`, wantHeader: map[string]string{"Preference-Applied": ""}},
		{name: "§9 unknown tokens, strict", path: "/teams", header: prefer("handling=strict, foo, bar"),
			status: 400, want: `{"code":"PGRST122","message":"Invalid preferences given with handling=strict","details":"Invalid preferences: foo, bar","hint":null}`},
		{name: "§9 return is no preference of reads", path: "/teams/1", header: prefer("return=representation"), wantHeader: map[string]string{"Preference-Applied": ""}},
		{name: "§9 resolution is none of PATCH", method: "PATCH", path: "/teams?id=eq.1", body: `{"title":"x"}`, header: prefer("resolution=merge-duplicates, missing=default"), status: 204, empty: true, wantHeader: map[string]string{"Preference-Applied": "missing=default"}},
		{name: "§9 max-affected", method: "PATCH", path: "/tasks?id=gt.0", body: `{"title":"x"}`, header: prefer("handling=strict, max-affected=5"), code: "PGRST124",
			has: []string{"Query result exceeds max-affected preference constraint", "The query affects 6 rows"}, then: "/tasks?title=eq.x&select=id", thenWant: `[]`},
		{name: "§9 max-affected of DELETE", method: "DELETE", path: "/tasks?id=gt.0", header: prefer("handling=strict, max-affected=5"), code: "PGRST124", then: "/tasks?id=eq.6&select=id", thenWant: `[{"id":6}]`},
		{name: "§9 max-affected that suffices", method: "DELETE", path: "/tasks?id=gt.4", header: prefer("handling=strict, max-affected=2"), status: 204, empty: true, wantHeader: map[string]string{"Preference-Applied": "handling=strict, max-affected=2"}},
		{name: "§9 max-affected without strict", method: "DELETE", path: "/tasks?id=gt.0", header: prefer("max-affected=1"), status: 204, empty: true, wantHeader: map[string]string{"Preference-Applied": ""}},
		{name: "§9 tx is not allowed by default", method: "POST", path: "/teams", body: `{"title":"x"}`, header: prefer("tx=rollback"), status: 201, empty: true, wantHeader: map[string]string{"Preference-Applied": ""}, then: "/teams?title=eq.x&select=id", thenWant: `[{"id":4}]`},
	})
}
