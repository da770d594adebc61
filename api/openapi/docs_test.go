package openapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/openapi"
)

func docsServer(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	docs := openapi.Docs(`../rest/v1/?a="b"`)
	mux.Handle("/docs/", http.StripPrefix("/docs", docs))
	mux.Handle("/docs", http.StripPrefix("/docs", docs))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func fetch(t *testing.T, method, url string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(body)
}

func TestDocs(t *testing.T) {
	t.Parallel()
	server := docsServer(t)
	for path, want := range map[string]struct{ media, text string }{
		"/docs/":         {"text/html; charset=utf-8", `<meta name="document" content="../rest/v1/?a=&#34;b&#34;">`},
		"/docs/docs.css": {"text/css; charset=utf-8", "color-scheme"},
		"/docs/docs.js":  {"text/javascript; charset=utf-8", "'use strict'"},
	} {
		answer, body := fetch(t, http.MethodGet, server.URL+path)
		require.Equal(t, http.StatusOK, answer.StatusCode, path)
		require.Equal(t, want.media, answer.Header.Get("Content-Type"), path)
		require.Contains(t, body, want.text, path)
		require.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'", path)
		require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"), path)
		answer, body = fetch(t, http.MethodHead, server.URL+path)
		require.Equal(t, http.StatusOK, answer.StatusCode, path)
		require.Empty(t, body, path)
	}
}

func TestDocsRedirectsToTheSlash(t *testing.T) {
	t.Parallel()
	answer, _ := fetch(t, http.MethodGet, docsServer(t).URL+"/docs?x=1")
	require.Equal(t, http.StatusMovedPermanently, answer.StatusCode)
	require.Equal(t, "/docs/?x=1", resolve(t, answer))
}

func resolve(t *testing.T, answer *http.Response) string {
	t.Helper()
	to, err := answer.Location()
	require.NoError(t, err)
	return to.RequestURI()
}

func TestDocsTakesNoOtherMethod(t *testing.T) {
	t.Parallel()
	answer, _ := fetch(t, http.MethodPost, docsServer(t).URL+"/docs/")
	require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
	require.Equal(t, "GET, HEAD", answer.Header.Get("Allow"))
}

// The page works under its own policy: no script or style in the markup, nothing from other hosts.
func TestDocsPageKeepsToItsPolicy(t *testing.T) {
	t.Parallel()
	server := docsServer(t)
	_, page := fetch(t, http.MethodGet, server.URL+"/docs/")
	require.NotContains(t, page, "style=")
	require.NotContains(t, page, "<style")
	require.NotContains(t, page, " on")
	require.Equal(t, 1, strings.Count(page, "<script"))
	for _, file := range []string{"", "docs.css", "docs.js"} {
		_, body := fetch(t, http.MethodGet, server.URL+"/docs/"+file)
		for _, banned := range []string{"http://", "https://", "innerHTML", "eval("} {
			require.NotContains(t, body, banned, file)
		}
	}
}
