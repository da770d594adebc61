package api_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
)

func TestOddRequests(t *testing.T) {
	t.Parallel()
	conform(t, []wireCase{
		{name: "R4.6 NUL in a key", path: "/pairs/1,%00", status: 400, differs: true},
		{name: "R4.6 NUL in a name", path: "/te%00ams", differs: true, status: 404},
		{name: "R4.6 invalid UTF-8 in a key", path: "/pairs/1,%FF", status: 400, differs: true},
		{name: "R4.6 dots in a key", path: "/pairs/1,..", status: 404, code: "PGRST116"},
		{name: "R6.7 a doubled slash", path: "//teams", status: 404, differs: true},
		{name: "R6.7 an escaped slash in a name", path: "/teams%2F1", status: 404, code: "PGRST205"},
		{name: "R6.7 decoded once", path: "/te%2561ms", status: 404, code: "PGRST205"},
		{name: "§9 a time zone takes no effect and is not echoed", path: "/samples?id=eq.1&select=moment", header: prefer("timezone=Asia/Tokyo"), want: `[{"moment":"2024-01-31T10:00:00+00:00"}]`, wantHeader: map[string]string{"Preference-Applied": ""}},
		{name: "§9 handling=lenient", path: "/teams/1", header: prefer("handling=lenient, foo"), wantHeader: map[string]string{"Preference-Applied": "handling=lenient"}},
		{name: "§9 several headers", path: "/teams?limit=1&select=id&order=id", header: prefer("foo ,  count=exact"), status: 206, wantHeader: map[string]string{"Content-Range": "0-0/3"}},
		{name: "§16 values that clients quote", path: `/people?name=in.%28%22Eve%2C+Jr.%22%2CAnn%29&select=id&order=id.asc`, want: `[{"id":1},{"id":5}]`},
		{name: "§16 columns as clients send them", method: "POST", path: `/teams?columns=%22title%22`, body: `[{"title":"client"}]`, status: 201, empty: true},
		{name: "§16 DELETE with a content type and no body", method: "DELETE", path: "/teams?id=eq.99", header: []string{"Content-Type", "application/json"}, status: 204, empty: true},
		{name: "§15.8 a column twice", path: "/teams?id=eq.1&select=id,title,id", status: 200},
	})
}

// TestScopes shows that the scopes of a key are a ceiling above every policy.
func TestScopes(t *testing.T) {
	t.Parallel()
	for _, w := range worlds(t, func(cfg *api.Config) {
		cfg.Auth = auth.AuthenticatorFunc(func(r *http.Request) (auth.Identity, error) {
			return auth.Identity{Role: "authenticated", Scopes: strings.Fields(r.Header.Get("X-Scopes"))}, nil
		})
	}) {
		reader := w.client(t).With("X-Scopes", "people:select tasks:select rpc.add:execute")
		reader.Do("GET", mount+"/people/1?select=id", "").Want(200, `{"id":1}`)
		reader.Do("GET", mount+"/people?select=id,tasks(id)&id=eq.1", "").Want(200, `[{"id":1,"tasks":[{"id":1}]}]`)
		reader.Do("GET", mount+"/people?select=id,teams(id)", "").WantCode(403, "42501")
		reader.Do("GET", mount+"/teams", "").WantCode(403, "42501")
		reader.Do("PATCH", mount+"/people/1", `{"name":"x"}`).WantCode(403, "42501")
		reader.Do("DELETE", mount+"/people/1", "").WantCode(403, "42501")
		reader.Do("POST", mount+"/people", `{"name":"x"}`, "Prefer", "resolution=merge-duplicates").WantCode(403, "42501")
		reader.Do("POST", mount+"/rpc/add", `{"a":1}`).Want(200, `1`)
		reader.Do("POST", mount+"/rpc/touch", `{}`).WantCode(403, "42501")
		w.client(t).With("X-Scopes", "").Do("GET", mount+"/people", "").WantCode(403, "42501")
	}
}

// TestCompression shows that a long answer is compressed for those who take it, and is the same answer.
func TestCompression(t *testing.T) {
	t.Parallel()
	for _, w := range worlds(t, nil) {
		w.client(t).Do("POST", mount+"/teams", `{"title":"`+strings.Repeat("long ", 1000)+`"}`).Want(http.StatusCreated, "")
		plain := w.client(t).Do("GET", mount+"/teams?order=id", "")
		packed := w.client(t).Do("GET", mount+"/teams?order=id", "", "Accept-Encoding", "gzip")
		require.Equal(t, "gzip", packed.Header.Get("Content-Encoding"))
		require.Empty(t, plain.Header.Get("Content-Encoding"))
		reader, err := gzip.NewReader(strings.NewReader(packed.Body))
		require.NoError(t, err)
		unpacked, err := io.ReadAll(reader)
		require.NoError(t, err)
		assert.Equal(t, plain.Body, string(unpacked))
		assert.Equal(t, plain.Header.Get("Vary"), packed.Header.Get("Vary"))
		assert.Contains(t, plain.Header.Get("Vary"), "Accept-Encoding")
	}
}
