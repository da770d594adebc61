package api

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strings"
)

// requestIDHeader names a request in logs and answers.
const requestIDHeader = "X-Request-Id"

// enter does what every request gets before routing: an id, safe headers, CORS and a body limit. It reports whether the request
// is answered already (a preflight).
func (a *API) enter(w http.ResponseWriter, r *http.Request) (answered bool) {
	h := w.Header()
	id := r.Header.Get(requestIDHeader)
	if !validRequestID(id) {
		id = newRequestID()
		r.Header.Set(requestIDHeader, id)
	}
	h.Set(requestIDHeader, id)
	h.Set("X-Content-Type-Options", "nosniff")
	if a.preflight.apply(w, r) {
		return true
	}
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &edgeBody{ReadCloser: http.MaxBytesReader(w, r.Body, a.cfg.Edge.Body), whole: r.Body}
	}
	return false
}

// edgeBody is a request body under the edge's limit; resource routes, which have their own, take the whole one out.
type edgeBody struct {
	io.ReadCloser
	whole io.ReadCloser
}

func newRequestID() string {
	const digits = "0123456789abcdef"
	var id [24]byte
	for i, n := 0, rand.Uint64(); i < len(id); i, n = i+1, n>>4 {
		if i == 16 {
			n = rand.Uint64()
		}
		id[i] = digits[n&15]
	}
	return string(id[:])
}

// validRequestID accepts ids that a proxy in front may have given: short, printable, nothing that a log line could be split at.
func validRequestID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	return strings.IndexFunc(id, func(c rune) bool {
		return c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) < 0
}

// recovered answers a request whose handler panicked: the client gets a plain 500, the log the stack. An answer that has begun is cut
// off with its connection, so that nobody takes it for a whole one.
func (a *API) recovered(w http.ResponseWriter, r *http.Request, panicked any) {
	if panicked == http.ErrAbortHandler { //nolint:errorlint // net/http compares it like this
		panic(panicked) //nolint:forbidigo // not ours: net/http aborts the answer
	}
	err := fmt.Errorf("panic: %v", panicked)
	a.cfg.Logger.ErrorContext(r.Context(), "request panicked",
		slog.String("request", r.Header.Get(requestIDHeader)),
		slog.String("path", r.URL.Path),
		slog.Any("error", err),
		slog.String("stack", string(debug.Stack())))
	if committed(w) {
		panic(http.ErrAbortHandler) //nolint:forbidigo // the way net/http wants an answer cut off
	}
	answerError(w, r, &Error{Code: "XX000", Message: "Internal server error"})
}
