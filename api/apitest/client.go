package apitest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Client calls a handler without a network. It is safe for concurrent use; [Client.With] makes variants.
type Client struct {
	tb      testing.TB
	handler http.Handler
	header  http.Header
}

// New returns a client of handler. Failed expectations are reported to tb.
func New(tb testing.TB, handler http.Handler) *Client {
	tb.Helper()
	return &Client{tb: tb, handler: handler, header: http.Header{}}
}

// With returns a client that sends further headers, given as name, value, name, value …
func (c *Client) With(headers ...string) *Client {
	next := &Client{tb: c.tb, handler: c.handler, header: c.header.Clone()}
	setAll(next.header, headers)
	return next
}

// Do sends a request. path may carry a query string, which is sent as it stands. A body that is not empty is JSON unless headers
// (name, value, …) say otherwise.
func (c *Client) Do(method, path, body string, headers ...string) *Answer {
	c.tb.Helper()
	request := httptest.NewRequestWithContext(c.tb.Context(), method, "/", strings.NewReader(body))
	target, query, _ := strings.Cut(path, "?")
	request.URL.RawQuery = query
	if err := setPath(request, target); err != nil {
		c.tb.Fatalf("apitest: %s %s: %v", method, path, err)
	}
	request.RequestURI = path
	maps.Copy(request.Header, c.header)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	setAll(request.Header, headers)
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, request)
	return &Answer{
		tb: c.tb, call: method + " " + path,
		Status: recorder.Code, Header: recorder.Result().Header, Body: recorder.Body.String(),
	}
}

// setPath sets an escaped path the way a server does.
func setPath(request *http.Request, target string) error {
	parsed, err := request.URL.Parse(target)
	if err != nil {
		return err
	}
	request.URL.Path, request.URL.RawPath = parsed.Path, parsed.RawPath
	return nil
}

func setAll(header http.Header, pairs []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		header.Set(pairs[i], pairs[i+1])
	}
}

// Answer is what a handler answered.
type Answer struct {
	tb   testing.TB
	call string

	Status int
	Header http.Header
	Body   string
}

// Want reports an error unless the answer has that status and that JSON body (compared as JSON; "" wants an empty body). It returns the
// answer for further looks.
func (a *Answer) Want(status int, body string) *Answer {
	a.tb.Helper()
	assert.Equal(a.tb, status, a.Status, "%s answered %s", a.call, a.Body)
	if body == "" {
		assert.Empty(a.tb, a.Body, a.call)
		return a
	}
	assert.JSONEq(a.tb, body, a.Body, a.call)
	return a
}

// WantCode reports an error unless the answer is an error body with that status and code.
func (a *Answer) WantCode(status int, code string) *Answer {
	a.tb.Helper()
	assert.Equal(a.tb, status, a.Status, "%s answered %s", a.call, a.Body)
	assert.Contains(a.tb, a.Body, `"code":"`+code+`"`, a.call)
	return a
}

// JSON decodes the body into v, which is a pointer as for json.Unmarshal, and ends the test when the body does not fit. It returns the
// answer for further looks.
func (a *Answer) JSON(v any) *Answer {
	a.tb.Helper()
	if err := json.Unmarshal([]byte(a.Body), v); err != nil {
		a.tb.Fatalf("apitest: %s answered %d %s: %v", a.call, a.Status, a.Body, err)
	}
	return a
}

// WantHeader reports an error unless the header has that value ("" wants it absent).
func (a *Answer) WantHeader(name, value string) *Answer {
	a.tb.Helper()
	assert.Equal(a.tb, value, a.Header.Get(name), "%s: header %s", a.call, name)
	return a
}
