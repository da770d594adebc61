package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db/schema"
)

func posts(tb testing.TB) *schema.Table {
	tb.Helper()
	table, err := schema.New(schema.Table{Name: "posts", Columns: []schema.Column{
		{Name: "id", Kind: schema.Int8},
		{Name: "title", Kind: schema.Text},
		{Name: "ok", Kind: schema.Bool},
		{Name: "price", Kind: schema.Numeric},
		{Name: "meta", Kind: schema.JSON},
		{Name: "tags", Kind: schema.Array, Elem: schema.Text},
		{Name: "docs", Kind: schema.Array, Elem: schema.JSON},
		{Name: "flags", Kind: schema.Array, Elem: schema.Bool},
		{Name: "secret", Kind: schema.Text, Hidden: true},
	}})
	require.NoError(tb, err)
	return table
}

// show prints rows as "title=a,ok=∅ | title=…"; ∅ is null, – missing.
func show(table *schema.Table, rows *wire.Rows) string {
	lines := make([]string, rows.Len)
	for i := range lines {
		var cells []string
		for c, cell := range rows.Row(i) {
			value := [...]string{wire.Missing: "–", wire.Null: "∅", wire.Set: cell.Text}[cell.State]
			cells = append(cells, table.Columns[rows.Columns[c]].Name+"="+value)
		}
		lines[i] = strings.Join(cells, ",")
	}
	return strings.Join(lines, " | ")
}

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	table := posts(t)
	for _, tt := range []struct {
		name, body string
		opt        wire.DecodeOptions
		want       string
		array      bool
	}{
		{"object", ` {"id": 1, "title": "a\"\u00e9\ud83d\ude00"} `, wire.DecodeOptions{}, `id=1,title=a"é😀`, false},
		{"empty object", `{}`, wire.DecodeOptions{}, ``, false},
		{"empty array", `[ ]`, wire.DecodeOptions{}, ``, true},
		{"two rows in another order", `[{"id":1,"title":"a"},{"title":null,"id":2}]`, wire.DecodeOptions{}, `id=1,title=a | id=2,title=∅`, true},
		{"exact numbers", `{"id":9007199254740993,"price":1234567890123456789.0100}`, wire.DecodeOptions{}, `id=9007199254740993,price=1234567890123456789.0100`, false},
		{"text given other values", `[{"title":5.0},{"title":true},{"title":{"a": 1}},{"title":[1, 2]}]`, wire.DecodeOptions{}, `title=5.0 | title=true | title={"a": 1} | title=[1, 2]`, true},
		{"integer given other values", `[{"id":"7"},{"id":1.5},{"id":false}]`, wire.DecodeOptions{}, `id=7 | id=1.5 | id=false`, true},
		{"json", `[{"meta":{"a": [1e2, null]}},{"meta":"x"},{"meta":5},{"meta":null},{"meta":[]}]`, wire.DecodeOptions{}, `meta={"a": [1e2, null]} | meta="x" | meta=5 | meta=∅ | meta=[]`, true},
		{"array", `[{"tags":["a","b c",null,"NULL","","q\"\\",5,true]},{"tags":[]},{"tags":"{x,y}"},{"tags":[["a"],["b"]]}]`, wire.DecodeOptions{},
			`tags={a,"b c",NULL,"NULL","","q\"\\",5,true} | tags={} | tags={x,y} | tags={{a},{b}}`, true},
		{"array of json", `{"docs":[{"a":[1]},"s",[2],null]}`, wire.DecodeOptions{}, `docs={"{\"a\":[1]}","\"s\"",[2],NULL}`, false},
		{"array of booleans", `{"flags":[true,false]}`, wire.DecodeOptions{}, `flags={t,f}`, false},
		{"columns", `[{"id":1,"extra":{"x":[1]},"title":"a"},{"title":"b"},{}]`, wire.DecodeOptions{HasColumns: true, Columns: []string{"title", "id", "title"}},
			`title=a,id=1 | title=b,id=– | title=–,id=–`, true},
		{"no columns", `{"id":1}`, wire.DecodeOptions{HasColumns: true}, ``, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rows, err := wire.Decode("application/json; charset=utf-8", []byte(tt.body), table, tt.opt)
			require.NoError(t, err)
			require.Equal(t, tt.want, show(table, rows))
			require.Equal(t, tt.array, rows.Array)
		})
	}
}

func TestDecodeJSONCounts(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{`[]`: 0, `{}`: 1, `[{},{}]`: 2} {
		rows, err := wire.DecodeJSON([]byte(body), posts(t), wire.DecodeOptions{})
		require.NoError(t, err)
		require.Equal(t, want, rows.Len, body)
		require.Empty(t, rows.Columns)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	table := posts(t)
	deep := strings.Repeat("[", 64) + strings.Repeat("]", 64)
	var many strings.Builder
	for i := range 10001 {
		fmt.Fprintf(&many, `%q:1,`, fmt.Sprint("k", i))
	}
	for _, tt := range []struct {
		name, media, body string
		opt               wire.DecodeOptions
		code, message     string
	}{
		{name: "empty", body: " \n", code: "PGRST102", message: "Empty or invalid json"},
		{name: "scalar", body: "5", code: "PGRST102", message: "Empty or invalid json"},
		{name: "array of scalars", body: `[{"id":1},5]`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "cut off", body: `{"id":1`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "cut off in a text", body: `{"title":"a`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "trailing data", body: `{"id":1} {}`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "trailing comma", body: `[{"id":1},]`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "comma in object", body: `{"id":1,}`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "leading zero", body: `{"id":01}`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "NaN", body: `{"id":NaN}`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "control character", body: "{\"title\":\"a\nb\"}", code: "PGRST102", message: "Empty or invalid json"},
		{name: "bad escape", body: `{"title":"\x"}`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "half a surrogate", body: `{"title":"\ud800"}`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "surrogate and letter", body: `{"title":"\ud800\u0041"}`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "second half alone", body: `{"title":"\udc00"}`, code: "PGRST102", message: "Empty or invalid json"},
		{name: "invalid UTF-8", body: "{\"title\":\"\xff\"}", code: "PGRST102", message: "Empty or invalid json"},
		{name: "byte order mark", body: "\uFEFF{}", code: "PGRST102", message: "Empty or invalid json"},
		{name: "escaped NUL", body: `{"title":"a\u0000"}`, code: "22P05", message: "unsupported Unicode escape sequence"},
		{name: "duplicate key", body: `{"id":1,"\u0069d":2}`, code: "PGRST102", message: "A key must not be given twice"},
		{name: "duplicate key later", body: `[{"id":1},{"id":2,"id":3}]`, code: "PGRST102", message: "A key must not be given twice"},
		{name: "duplicate key inside", body: `{"meta":{"a":[{"b":1,"b":2}]}}`, code: "PGRST102", message: "A key must not be given twice"},
		{name: "duplicate key of many", body: `{"meta":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"a":2}}`, code: "PGRST102", message: "A key must not be given twice"},
		{name: "duplicate ignored key", body: `{"x":1,"x":2}`, opt: wire.DecodeOptions{HasColumns: true}, code: "PGRST102", message: "A key must not be given twice"},
		{name: "too deep", body: `{"meta":` + deep + `}`, code: "PGRST102", message: "The JSON is nested too deeply"},
		{name: "too deep by option", body: `[{"meta":[]}]`, opt: wire.DecodeOptions{MaxDepth: 2}, code: "PGRST102", message: "The JSON is nested too deeply"},
		{name: "too many keys", body: `{"meta":{` + many.String() + `"z":1}}`, code: "PGRST102", message: "An object has too many keys"},
		{name: "too many keys in a row", body: `{"id":1,"title":""}`, opt: wire.DecodeOptions{MaxKeys: 1}, code: "PGRST102", message: "An object has too many keys"},
		{name: "number beyond range", body: `{"price":1e400}`, code: "22003", message: "value out of range: 1e400"},
		{name: "number beyond range inside", body: `{"meta":[-1E999]}`, code: "22003", message: "value out of range: -1E999"},
		{name: "keys differ", body: `[{"id":1},{"title":""}]`, code: "PGRST102", message: "All object keys must match"},
		{name: "fewer keys", body: `[{"id":1,"title":""},{"id":1}]`, code: "PGRST102", message: "All object keys must match"},
		{name: "more keys", body: `[{"id":1},{"id":1,"title":""}]`, code: "PGRST102", message: "All object keys must match"},
		{name: "unknown key later", body: `[{"id":1},{"id":1,"x":""}]`, code: "PGRST102", message: "All object keys must match"},
		{name: "unknown key", body: `{"x":1}`, code: "PGRST204", message: "Could not find the 'x' column of 'posts' in the schema cache"},
		{name: "hidden column", body: `{"secret":1}`, code: "PGRST204", message: "Could not find the 'secret' column of 'posts' in the schema cache"},
		{name: "unknown name in columns", body: `{}`, opt: wire.DecodeOptions{HasColumns: true, Columns: []string{"y"}}, code: "PGRST204", message: "Could not find the 'y' column of 'posts' in the schema cache"},
		{name: "media type", media: "application/xml", body: `{}`, code: "PGRST102", message: "Content-Type not acceptable: application/xml"},
		{name: "csv empty", media: "text/csv", body: ``, code: "PGRST102", message: "Empty or invalid csv"},
		{name: "csv ragged", media: "text/csv", body: "id,title\n1\n", code: "PGRST102", message: "All lines must have same number of fields"},
		{name: "csv unknown column", media: "text/csv", body: "id,x\n", code: "PGRST204", message: "Could not find the 'x' column of 'posts' in the schema cache"},
		{name: "csv duplicate column", media: "text/csv", body: "id,id\n", code: "PGRST102", message: "A key must not be given twice"},
		{name: "csv open quote", media: "text/csv", body: "id\n\"1\n", code: "PGRST102", message: "Empty or invalid csv"},
		{name: "csv stray quote", media: "text/csv", body: "id\n1\"\n", code: "PGRST102", message: "Empty or invalid csv"},
		{name: "csv text behind quote", media: "text/csv", body: "id\n\"1\"2\n", code: "PGRST102", message: "Empty or invalid csv"},
		{name: "csv NUL", media: "text/csv", body: "id\n\x00\n", code: "PGRST102", message: "Empty or invalid csv"},
		{name: "csv too wide", media: "text/csv", body: "id,title\n", opt: wire.DecodeOptions{MaxKeys: 1}, code: "PGRST102", message: "An object has too many keys"},
		{name: "form escape", media: "application/x-www-form-urlencoded", body: "id=%zz", code: "PGRST102", message: "Invalid form"},
		{name: "form NUL", media: "application/x-www-form-urlencoded", body: "id=%00", code: "PGRST102", message: "Invalid form"},
		{name: "form duplicate", media: "application/x-www-form-urlencoded", body: "id=1&id=2", code: "PGRST102", message: "A key must not be given twice"},
		{name: "form too wide", media: "application/x-www-form-urlencoded", body: "id=1&title=2", opt: wire.DecodeOptions{MaxKeys: 1}, code: "PGRST102", message: "An object has too many keys"},
		{name: "form unknown", media: "application/x-www-form-urlencoded", body: "x=1", code: "PGRST204", message: "Could not find the 'x' column of 'posts' in the schema cache"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := wire.Decode(tt.media, []byte(tt.body), table, tt.opt)
			var refused *fault.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tt.code, refused.Code)
			require.Equal(t, tt.message, refused.Message)
			require.Equal(t, 400, refused.HTTPStatus(false))
		})
	}
}

func TestDecodeCSV(t *testing.T) {
	t.Parallel()
	table := posts(t)
	for _, tt := range []struct {
		name, body string
		opt        wire.DecodeOptions
		want       string
	}{
		{"plain", "id,title\n1,a\n2,\n3,NULL", wire.DecodeOptions{}, `id=1,title=a | id=2,title= | id=3,title=∅`},
		{"quoted, CRLF", "\"id\",title\r\n1,\"a, \"\"b\"\"\nc\"\r\n", wire.DecodeOptions{}, "id=1,title=a, \"b\"\nc"},
		{"an empty line is an empty field", "title\n\n", wire.DecodeOptions{}, `title=`},
		{"header only", "id,title\n", wire.DecodeOptions{}, ``},
		{"columns", "x,id\n5,1\n", wire.DecodeOptions{HasColumns: true, Columns: []string{"id", "title"}}, `id=1,title=–`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rows, err := wire.Decode("text/csv", []byte(tt.body), table, tt.opt)
			require.NoError(t, err)
			require.True(t, rows.Array)
			require.Equal(t, tt.want, show(table, rows))
		})
	}
}

func TestDecodeForm(t *testing.T) {
	t.Parallel()
	table := posts(t)
	for _, tt := range []struct {
		body string
		opt  wire.DecodeOptions
		want string
	}{
		{"id=1&title=a+b%20%26c", wire.DecodeOptions{}, "id=1,title=a b &c"},
		{"", wire.DecodeOptions{}, ""},
		{"x=1&title", wire.DecodeOptions{HasColumns: true, Columns: []string{"title"}}, "title="},
	} {
		rows, err := wire.Decode("application/x-www-form-urlencoded", []byte(tt.body), table, tt.opt)
		require.NoError(t, err)
		require.Equal(t, 1, rows.Len)
		require.False(t, rows.Array)
		require.Equal(t, tt.want, show(table, rows))
	}
}

// What is accepted must be JSON to the standard library too, with the same values; what the standard library accepts may be refused
// only for a reason that it does not check.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"title":"a"}`, `[{"id":1},{"id":null}]`, `{"meta":{"a":[1,2.5e3,true,null,"\u00e9\n"]}}`, `{"tags":["a","b c",null,["x"]]}`,
		`[]`, `{}`, ` [ { } , { } ] `, `{"id":1e400}`, `{"id":1,"id":2}`, `{"title":"\ud83d\ude00"}`, `{"title":"\ud83d"}`, `[1]`, `{"id":-0.0e-5}x`,
		"{\"title\":\"\xff\"}", `{"title":"\u0000"}`,
	} {
		f.Add([]byte(seed))
	}
	table := posts(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := wire.DecodeJSON(body, table, wire.DecodeOptions{})
		reference, valid := standard(body)
		if err != nil {
			var refused *fault.Error
			require.ErrorAs(t, err, &refused)
			if valid && refused.Code == "PGRST102" && refused.Message == "Empty or invalid json" {
				objects := reference != nil
				require.True(t, !objects || bytes.Contains(body, []byte(`\u`)) || bytes.Contains(body, []byte(`\U`)) || !utf8Valid(body), "refused %q: %v", body, refused.Details)
			}
			return
		}
		require.True(t, valid, "accepted %q", body)
		require.Len(t, reference, rows.Len)
		for i, object := range reference {
			row := rows.Row(i)
			require.Len(t, object, len(row))
			for c, cell := range row {
				column := &table.Columns[rows.Columns[c]]
				compare(t, column, cell, object[column.Name])
			}
		}
	})
}

func utf8Valid(b []byte) bool { return bytes.Equal(b, bytes.ToValidUTF8(b, nil)) }

// standard reads a body with encoding/json: the objects of it, nil when it is valid but holds something else.
func standard(body []byte) (objects []map[string]any, valid bool) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var document any
	if decoder.Decode(&document) != nil {
		return nil, false
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	switch document := document.(type) {
	case map[string]any:
		return []map[string]any{document}, true
	case []any:
		objects = []map[string]any{}
		for _, element := range document {
			object, ok := element.(map[string]any)
			if !ok {
				return nil, true
			}
			objects = append(objects, object)
		}
		return objects, true
	}
	return nil, true
}

func compare(t *testing.T, column *schema.Column, cell wire.Cell, want any) {
	t.Helper()
	if want == nil {
		require.Equal(t, wire.Null, cell.State)
		return
	}
	require.Equal(t, wire.Set, cell.State)
	if text, ok := want.(string); ok && column.Kind != schema.JSON {
		require.Equal(t, text, cell.Text)
		return
	}
	if _, list := want.([]any); list && column.Kind == schema.Array {
		// An array literal must come back as the same JSON.
		out := wire.AppendValue(nil, &wire.Column{Kind: schema.Array, Elem: column.Elem}, text(cell.Text))
		require.True(t, json.Valid(out), "%s from %s", out, cell.Text)
		return
	}
	decoder := json.NewDecoder(strings.NewReader(cell.Text))
	decoder.UseNumber()
	var got any
	require.NoError(t, decoder.Decode(&got), cell.Text)
	require.Equal(t, want, got)
}

func FuzzDecodeCSV(f *testing.F) {
	for _, seed := range []string{"id,title\n1,a\n", "title\n\"a\"\"b\"\r\n", "id\n\n", "\"", "id,\n", "\r\n"} {
		f.Add([]byte(seed))
	}
	table := posts(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := wire.DecodeCSV(body, table, wire.DecodeOptions{})
		if err != nil {
			return
		}
		require.Len(t, rows.Cells, rows.Len*len(rows.Columns))
	})
}

func BenchmarkDecodeJSON(b *testing.B) {
	table := posts(b)
	body := []byte(`{"id":42,"title":"A title of usual length","ok":true,"price":12.50,"meta":{"a":[1,2]},"tags":["x","y"]}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := wire.DecodeJSON(body, table, wire.DecodeOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
