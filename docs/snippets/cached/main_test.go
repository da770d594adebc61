package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
)

func TestCached(t *testing.T) {
	t.Parallel()
	answers, err := cache.New(cache.Config{Caller: callers{}})
	require.NoError(t, err)
	defer answers.Close()
	e := routes(answers)
	ask := func(method string) string {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/products/5", nil))
		return w.Header().Get("Cache-Status")
	}
	require.Contains(t, ask(http.MethodGet), "fwd=miss; stored")
	require.Contains(t, ask(http.MethodGet), "hit")
	ask(http.MethodPut)
	require.Contains(t, ask(http.MethodGet), "fwd=miss; stored")
	asked := 0
	for range 2 {
		names, err := topSellers(t.Context(), answers, func(context.Context) ([]string, error) { asked++; return []string{"apple"}, nil })
		require.NoError(t, err)
		require.Equal(t, []string{"apple"}, names)
	}
	require.Equal(t, 1, asked)
}
