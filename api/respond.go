package api

import (
	"log/slog"
	"net/http"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
)

const jsonType = "application/json; charset=utf-8"

// writeError answers with an error in the one shape that clients parse. Errors of 500 and above are logged with their cause.
func (a *API) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if a.lane != nil {
		err = db.Classify(a.database, err)
	}
	e := fault.From(err)
	if a.cfg.HideDetails {
		e = e.Terse()
	}
	writeError(w, r, e, a.cfg.Logger)
}

// answerHeaders are those that a handler may have set for the answer it meant to give.
var answerHeaders = []string{"Content-Encoding", "Content-Range", "Content-Location", "ETag", "Location", "Preference-Applied"}

func writeError(w http.ResponseWriter, r *http.Request, e *fault.Error, logger *slog.Logger) {
	ctx := r.Context()
	anonymous := auth.FromContext(ctx).Anonymous()
	if status := e.HTTPStatus(anonymous); status >= http.StatusInternalServerError {
		logger.LogAttrs(ctx, slog.LevelError, "request failed",
			slog.String("request", r.Header.Get(requestIDHeader)),
			slog.String("method", r.Method),
			slog.String("path", r.URL.Path),
			slog.Int("status", status),
			slog.String("code", e.Code),
			slog.Any("error", cause(e)))
	}
	answerError(w, r, e)
}

// answerError answers with an error and nothing of the answer that was meant to be.
func answerError(w http.ResponseWriter, r *http.Request, e *fault.Error) {
	h := w.Header()
	for _, name := range answerHeaders {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	e.Write(w, r.Method == http.MethodHead, auth.FromContext(r.Context()).Anonymous())
}

// cause is what the log is told: the reason that the answer never shows.
func cause(e *fault.Error) error {
	if e.Err != nil {
		return e.Err
	}
	return e
}
