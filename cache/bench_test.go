package cache_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
)

// sink is a client that keeps nothing.
type sink struct {
	header http.Header
	status int
	bytes  int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(b []byte) (int, error) { s.bytes += len(b); return len(b), nil }

func BenchmarkHit(b *testing.B) {
	b.Run("do", func(b *testing.B) {
		c := newCache(b, cache.Config{})
		body := make([]byte, 500)
		fill := func(context.Context, *cache.Recorder) (*cache.Entry, error) {
			return &cache.Entry{Body: body}, nil
		}
		ctx := b.Context()
		b.ReportAllocs()
		for b.Loop() {
			k := c.Key(cache.Public(), "bench", "select * from todos where id = $1", "5").Reads(cache.Row("todos", 5))
			if _, _, err := c.Do(ctx, k, cache.Policy{}, fill); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("http", func(b *testing.B) {
		c := newCache(b, cache.Config{})
		e := echo.New()
		e.GET("/todos/:id", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"id": c.Param("id")}) }, c.HTTP(cache.Route{}))
		request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/todos/5?select=id,title&order=id", nil)
		request.Header.Set("Accept", "application/json")
		b.ReportAllocs()
		for b.Loop() {
			w := &sink{header: http.Header{}}
			e.ServeHTTP(w, request)
			if w.status != http.StatusOK {
				b.Fatal(w.status)
			}
		}
		require.Equal(b, int64(1), c.Stats().Fills)
	})
}

func BenchmarkInvalidate(b *testing.B) {
	c := newCache(b, cache.Config{})
	for b.Loop() {
		_, err := c.Invalidate(b.Context(), cache.Row("todos", 5), cache.Set("todos"))
		require.NoError(b, err)
	}
}
