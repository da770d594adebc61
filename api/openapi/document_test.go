package openapi_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/openapi"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func table(t testing.TB, description schema.Table) *schema.Table {
	t.Helper()
	made, err := schema.New(description)
	require.NoError(t, err)
	return made
}

var all = []policy.Action{policy.Select, policy.Insert, policy.Update, policy.Delete}

// blog is a document with everything in it.
func blog(t testing.TB) openapi.Document {
	t.Helper()
	authors := table(t, schema.Table{Name: "authors", PrimaryKey: []int{0}, Columns: []schema.Column{
		{Name: "id", Kind: schema.UUID, HasDefault: true},
		{Name: "name", Kind: schema.Text, MaxLength: 80},
		{Name: "secret", Kind: schema.Text, Hidden: true},
		{Name: "email", Kind: schema.Text, Nullable: true},
	}})
	posts := table(t, schema.Table{
		Name: "posts", Comment: "What the blog consists of.", PrimaryKey: []int{0},
		ForeignKeys: []schema.ForeignKey{{Columns: []int{1}, RefTable: "authors", RefColumns: []string{"id"}}},
		Columns: []schema.Column{
			{Name: "id", Kind: schema.Int8, HasDefault: true, Generated: true},
			{Name: "author_id", Kind: schema.UUID},
			{Name: "title", Kind: schema.Text, Comment: "Shown in lists."},
			{Name: "status", Kind: schema.Enum, Enum: []string{"draft", "published"}, Nullable: true},
			{Name: "price", Kind: schema.Numeric, Precision: 8, Scale: 2, Nullable: true},
			{Name: "tags", Kind: schema.Array, Elem: schema.Text, Nullable: true},
			{Name: "meta", Kind: schema.JSON, Nullable: true},
			{Name: "stars", Kind: schema.Int2, HasDefault: true},
			{Name: "weight", Kind: schema.Float4},
			{Name: "image", Kind: schema.Bytes, Nullable: true},
			{Name: "day", Kind: schema.Date, Nullable: true},
			{Name: "at", Kind: schema.TimestampTZ, HasDefault: true},
			{Name: "local", Kind: schema.Timestamp, Nullable: true},
			{Name: "clock", Kind: schema.Time, Nullable: true},
			{Name: "valid", Kind: schema.Range, Nullable: true},
			{Name: "wait", Kind: schema.Interval, Nullable: true},
			{Name: "ok", Kind: schema.Bool},
			{Name: "order", Kind: schema.Int4, Nullable: true},
			{Name: "odd name", Kind: schema.Text, Nullable: true},
			{Name: "tenant", Kind: schema.Text},
		},
	})
	pairs := table(t, schema.Table{Name: "pairs", PrimaryKey: []int{0, 1}, Columns: []schema.Column{
		{Name: "a", Kind: schema.Int4}, {Name: "b", Kind: schema.Int4},
	}})
	log := table(t, schema.Table{Name: "log", Columns: []schema.Column{{Name: "line", Kind: schema.Text}}})
	require.NoError(t, schema.Link([]*schema.Table{authors, posts, pairs, log}))
	args := table(t, schema.Table{Name: "args", Columns: []schema.Column{
		{Name: "since", Kind: schema.Date}, {Name: "limit", Kind: schema.Int4, Nullable: true}, {Name: "tags", Kind: schema.Array, Elem: schema.Text, Nullable: true},
	}})
	top := table(t, schema.Table{Name: "top", Columns: []schema.Column{{Name: "title", Kind: schema.Text}, {Name: "reads", Kind: schema.Int8}}})
	return openapi.Document{
		Title: "Blog", Version: "3", Description: "A *blog*.", License: "MIT", Servers: []string{"/rest/v1"}, Anonymous: true,
		Resources: []openapi.Resource{
			{
				Name: "posts", Table: posts, Actions: all, ItemRoute: true, Readable: policy.AllColumns(), Insertable: policy.AllColumns(),
				Updatable: policy.AllBut("author_id", "tenant"), Masked: policy.Columns("weight"), Given: policy.Columns("tenant"),
			},
			{
				Name: "authors", Table: authors, Actions: []policy.Action{policy.Select}, ItemRoute: true, Description: "Who writes.",
				Readable: policy.AllBut("email"),
			},
			{Name: "pairs", Table: pairs, Actions: all, ItemRoute: true, Unfiltered: true, Readable: policy.AllColumns(), Insertable: policy.AllColumns(), Updatable: policy.AllColumns()},
			{Name: "log", Table: log, Actions: []policy.Action{policy.Insert}, ItemRoute: true, Insertable: policy.AllColumns()},
		},
		Functions: []openapi.Function{
			{Name: "top_posts", Description: "The posts that are read most.", ReadOnly: true, Args: args, Required: []string{"since"}, Result: openapi.Rows, Rows: top},
			{Name: "best", ReadOnly: true, Result: openapi.Object, Rows: top},
			{Name: "count_posts", ReadOnly: true, Result: openapi.Value},
			{Name: "clean", Result: openapi.Void},
		},
	}
}

// parsed is the document as nested maps.
func parsed(t *testing.T, d openapi.Document) map[string]any {
	t.Helper()
	text, err := d.JSON()
	require.NoError(t, err)
	var document map[string]any
	require.NoError(t, json.Unmarshal(text, &document))
	return document
}

// at walks into nested maps; keys are separated by spaces.
func at(t *testing.T, v any, path string) any {
	t.Helper()
	for key := range strings.FieldsSeq(path) {
		m, ok := v.(map[string]any)
		require.True(t, ok, "no object before %s in %s", key, path)
		v, ok = m[key]
		require.True(t, ok, "no %s in %s", key, path)
	}
	return v
}

func TestValid(t *testing.T) {
	t.Parallel()
	text, err := blog(t).JSON()
	require.NoError(t, err)
	loaded, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	require.NoError(t, loaded.Validate(t.Context(), openapi3.EnableSchemaFormatValidation()))
}

func TestEmptyDocumentIsValid(t *testing.T) {
	t.Parallel()
	text, err := openapi.Document{}.JSON()
	require.NoError(t, err)
	loaded, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	require.NoError(t, loaded.Validate(t.Context()))
}

func TestGolden(t *testing.T) {
	t.Parallel()
	text, err := blog(t).JSON()
	require.NoError(t, err)
	again, err := blog(t).JSON()
	require.NoError(t, err)
	require.Equal(t, string(text), string(again))
	var indented strings.Builder
	encoder := json.NewEncoder(&indented)
	encoder.SetIndent("", "\t")
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(json.RawMessage(text)))
	file := filepath.Join("testdata", "blog.json")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(indented.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), indented.String())
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	schemas := at(t, parsed(t, blog(t)), "components schemas")
	for path, want := range map[string]string{
		"posts properties id":              `{"type":"integer","format":"int64","description":"The primary key.","readOnly":true}`,
		"posts properties author_id":       "{\"type\":\"string\",\"format\":\"uuid\",\"description\":\"Refers to `authors.id`.\"}",
		"posts properties status":          `{"type":["string","null"],"enum":["draft","published",null]}`,
		"posts properties price":           `{"type":["number","null"],"description":"At most 8 digits, 2 of them decimals."}`,
		"posts properties tags":            `{"type":["array","null"],"items":{"type":"string"}}`,
		"posts properties meta":            `{"description":"Any JSON value."}`,
		"posts properties weight":          `{"type":["number","null"],"format":"float"}`,
		"posts.insert properties weight":   `{"type":"number","format":"float"}`,
		"posts properties at":              `{"type":"string","format":"date-time"}`,
		"posts properties stars":           `{"type":"integer","format":"int32","minimum":-32768,"maximum":32767}`,
		"authors properties name":          `{"type":"string","maxLength":80}`,
		"posts.insert required":            `["author_id","title","weight","ok"]`,
		"log.insert required":              `["line"]`,
		"rpc.top_posts.args required":      `["since"]`,
		"rpc.top_posts properties reads":   `{"type":"integer","format":"int64"}`,
		"groundwork.error properties hint": `{"type":["string","null"]}`,
	} {
		got, err := json.Marshal(at(t, schemas, path))
		require.NoError(t, err)
		require.JSONEq(t, want, string(got), path)
	}
	for path, gone := range map[string][]string{
		"posts.insert properties": {"id"},
		"posts.update properties": {"id", "author_id", "tenant"},
		"authors properties":      {"secret", "email"},
		"":                        {"authors.insert", "authors.update", "log", "log.update"},
	} {
		for _, key := range gone {
			require.NotContains(t, at(t, schemas, path), key)
		}
	}
	for _, partial := range []string{"posts", "posts.update", "rpc.top_posts"} {
		require.NotContains(t, at(t, schemas, partial), "required")
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	document := parsed(t, blog(t))
	got := make(map[string]string)
	for path, item := range at(t, document, "paths").(map[string]any) {
		var methods []string
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if _, there := item.(map[string]any)[method]; there {
				methods = append(methods, method)
			}
		}
		got[path] = strings.Join(methods, " ")
	}
	require.Equal(t, map[string]string{
		"/posts": "get post put patch delete", "/posts/{id}": "get put patch delete",
		"/authors": "get", "/authors/{id}": "get",
		"/pairs": "get post put patch delete", "/pairs/{id}": "get put patch delete",
		"/log":           "post",
		"/rpc/top_posts": "get post", "/rpc/best": "get post", "/rpc/count_posts": "get post", "/rpc/clean": "post",
	}, got)
	require.Equal(t, "Related rows that `select` can show: `authors` (many-to-one).", at(t, document, "paths /posts get description"))
	require.NotContains(t, at(t, document, "components parameters"), "filter.authors.email")
	require.NotContains(t, at(t, document, "components parameters"), "filter.posts.order")
	require.NotContains(t, at(t, document, "paths /log post responses 201"), "content")
	require.Equal(t, "integer", at(t, document, "paths /posts/{id}").(map[string]any)["parameters"].([]any)[0].(map[string]any)["schema"].(map[string]any)["type"])
}

// An argument named like a parameter of lists is the argument.
func TestParametersAreUnique(t *testing.T) {
	t.Parallel()
	document := parsed(t, blog(t))
	for path, item := range at(t, document, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			operation, ok := op.(map[string]any)
			if !ok {
				continue
			}
			seen := make(map[string]bool)
			list, _ := operation["parameters"].([]any)
			for _, p := range list {
				parameter := p.(map[string]any)
				if to, isRef := parameter["$ref"].(string); isRef {
					parameter = at(t, document, "components parameters "+strings.TrimPrefix(to, "#/components/parameters/")).(map[string]any)
				}
				key := fmt.Sprint(parameter["in"], parameter["name"])
				require.False(t, seen[key], "%s %s has %s twice", method, path, key)
				seen[key] = true
			}
		}
	}
}

func TestOperationIDsAreUnique(t *testing.T) {
	t.Parallel()
	seen := make(map[any]bool)
	for path, item := range at(t, parsed(t, blog(t)), "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			if operation, ok := op.(map[string]any); ok {
				require.False(t, seen[operation["operationId"]], "%s %s", method, path)
				seen[operation["operationId"]] = true
			}
		}
	}
}

func TestSecurity(t *testing.T) {
	t.Parallel()
	document := blog(t)
	require.Len(t, parsed(t, document)["security"], 3)
	document.Anonymous = false
	require.Len(t, parsed(t, document)["security"], 2)
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	posts := blog(t).Resources[0]
	for _, tt := range []struct {
		document openapi.Document
		want     string
	}{
		{openapi.Document{Resources: []openapi.Resource{{Name: "x"}}}, `openapi: resource "x" has no table`},
		{openapi.Document{Resources: []openapi.Resource{posts, posts}}, `openapi: resource "posts" is listed twice`},
		{openapi.Document{Functions: []openapi.Function{{Name: "f"}, {Name: "f"}}}, `openapi: function "f" is listed twice`},
		{openapi.Document{Functions: []openapi.Function{{Name: "f", Result: openapi.Rows}}}, `openapi: function "f" answers rows and has no columns for them`},
	} {
		_, err := tt.document.JSON()
		require.EqualError(t, err, tt.want)
	}
}

func ExampleDocument_JSON() {
	posts, err := schema.New(schema.Table{Name: "posts", Columns: []schema.Column{{Name: "title", Kind: schema.Text}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	document := openapi.Document{
		Title: "Blog", Servers: []string{"/rest/v1"},
		Resources: []openapi.Resource{{Name: "posts", Table: posts, Actions: []policy.Action{policy.Select}, Readable: policy.AllColumns()}},
	}
	text, err := document.JSON()
	if err != nil {
		fmt.Println(err)
		return
	}
	var read struct {
		OpenAPI string                    `json:"openapi"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(read.OpenAPI, len(read.Paths["/posts"]))
	// Output: 3.1.0 1
}
