package openapi

import (
	"embed"
	"html"
	"net/http"
	"path"
	"strings"
)

//go:embed page/docs.html page/docs.css page/docs.js
var pageFiles embed.FS

// pagePolicy lets the page load its own two files and talk to the API it documents, and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsPage serves the page.
type docsPage struct{ files map[string]docsFile }

type docsFile struct {
	media string
	body  []byte
}

// Docs returns a handler for a page that shows the document and sends requests to the API. document is the document's URL as seen
// from the page, on the same host: "../" or "/rest/v1/". The page answers GET and HEAD for every path below which the handler is
// mounted, its two other files docs.css and docs.js beside it; without a slash at the end of its path it redirects to the path
// with one. It is safe for concurrent use.
func Docs(document string) http.Handler {
	p := &docsPage{files: make(map[string]docsFile, 3)}
	for name, media := range map[string]string{"docs.html": "text/html", "docs.css": "text/css", "docs.js": "text/javascript"} {
		body, err := pageFiles.ReadFile("page/" + name)
		if err != nil {
			continue // cannot be: the compiler has put it there
		}
		text := strings.ReplaceAll(string(body), "{{document}}", html.EscapeString(document))
		p.files[name] = docsFile{media: media + "; charset=utf-8", body: []byte(text)}
	}
	return p
}

// ServeHTTP serves one of the files.
func (p *docsPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := path.Base(r.URL.Path)
	file, found := p.files[name]
	if !found || name == "docs.html" {
		if to, needed := withSlash(r); needed {
			h.Set("Location", to) // relative: http.Redirect would take the path without its prefix for the place to start from
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		file = p.files["docs.html"]
	}
	h.Set("Content-Type", file.media)
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	_, _ = w.Write(file.body) // net/http leaves the body out of an answer to HEAD; a client that is gone needs nothing
}

// withSlash returns the path with a slash at its end when the request, as the client sent it, has none: the names of the other
// files are relative. The path may have been stripped of a prefix on its way here, so that the request line decides.
func withSlash(r *http.Request) (string, bool) {
	sent, query, _ := strings.Cut(r.RequestURI, "?")
	if sent == "" || strings.HasSuffix(sent, "/") {
		return "", false
	}
	to := "./" + path.Base(sent) + "/"
	if query != "" {
		to += "?" + query
	}
	return to, true
}
