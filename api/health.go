package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/groundwork-go/groundwork/db"
)

const (
	readyCache   = 250 * time.Millisecond
	readyTimeout = time.Second
)

// stopSignal tells readiness that the server is about to stop. It travels in the base context of the server that [Run] starts.
type stopSignal struct{ stopping chan struct{} }

type stopKey struct{}

func stopping(ctx context.Context) bool {
	signal, ok := ctx.Value(stopKey{}).(*stopSignal)
	if !ok {
		return false
	}
	select {
	case <-signal.stopping:
		return true
	default:
		return false
	}
}

// health answers /live and /ready.
type health struct {
	api *API

	mu      sync.Mutex
	checked time.Time
	err     error
}

// live says that the process serves requests.
func (s *health) live(w http.ResponseWriter, _ *http.Request) { writeHealth(w, http.StatusOK, "ok") }

// ready says whether this process should get traffic: not stopping, database reachable, the program's own check passed. The answer is
// cached for 250 ms and tells nothing but ready or not.
func (s *health) ready(w http.ResponseWriter, r *http.Request) {
	if stopping(r.Context()) || s.check(r.Context()) != nil {
		w.Header().Set("Retry-After", "1")
		writeHealth(w, http.StatusServiceUnavailable, "not ready")
		return
	}
	writeHealth(w, http.StatusOK, "ready")
}

func (s *health) check(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.api.cfg.Now()
	if age := now.Sub(s.checked); !s.checked.IsZero() && age >= 0 && age < readyCache {
		return s.err
	}
	ctx, cancel := context.WithTimeout(db.Urgent(context.WithoutCancel(ctx)), readyTimeout)
	defer cancel()
	_, err := s.api.lane.Query(ctx, db.Statement{Text: "SELECT 1"}, nil, nil)
	if err == nil && s.api.cfg.Edge.Ready != nil {
		err = s.api.cfg.Edge.Ready(ctx)
	}
	s.checked, s.err = now, err
	return err
}

func writeHealth(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"status":"` + word + `"}`))
}
