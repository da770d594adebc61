package cache_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"

	"github.com/groundwork-go/groundwork/cache"
	"github.com/groundwork-go/groundwork/cache/cachetest"
)

// A value that takes long to make is made once, and again after it changed.
func ExampleFetch() {
	answers, err := cache.New(cache.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answers.Close()
	ctx := context.Background()
	price := 5
	show := func() {
		key := answers.Key(cache.Public(), "price", "apple")
		got, err := cache.Fetch(ctx, answers, key, cache.Policy{}, cache.JSON[int](), func(context.Context) (int, []cache.Tag, error) {
			fmt.Print("asks, ")
			return price, []cache.Tag{cache.Row("products", "apple")}, nil
		})
		fmt.Println(got, err)
	}
	show()
	show()
	price = 6
	_, _ = answers.Invalidate(ctx, cache.Row("products", "apple"))
	show()
	// Output:
	// asks, 5 <nil>
	// 5 <nil>
	// asks, 6 <nil>
}

// Do keeps an entry, and tells how it came to its answer.
func ExampleCache_Do() {
	answers, err := cache.New(cache.Config{Now: cachetest.NewClock().Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answers.Close()
	key := answers.Key(cache.Public(), "report", "2030")
	for range 2 {
		_, outcome, _ := answers.Do(context.Background(), key, cache.Policy{Jitter: -1}, func(_ context.Context, r *cache.Recorder) (*cache.Entry, error) {
			r.AddTags(cache.Set("orders"))
			return &cache.Entry{Body: []byte("…")}, nil
		})
		fmt.Println(outcome)
	}
	// Output:
	// groundwork; fwd=miss; stored
	// groundwork; hit; ttl=60
}

// Middleware before a route keeps its answers.
func ExampleCache_HTTP() {
	answers, err := cache.New(cache.Config{Now: cachetest.NewClock().Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answers.Close()
	e := echo.New()
	e.GET("/posts/:id", func(c echo.Context) error {
		cache.AddTags(c.Request().Context(), cache.Row("posts", c.Param("id")))
		return c.String(http.StatusOK, "post "+c.Param("id"))
	}, answers.HTTP(cache.Route{Policy: cache.Policy{Jitter: -1}}))
	for range 2 {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/posts/5", nil))
		fmt.Println(w.Body, "|", w.Header().Get("Cache-Status"))
	}
	// Output:
	// post 5 | groundwork; fwd=miss; stored
	// post 5 | groundwork; hit; ttl=60
}

// numbers is a codec for a type whose form in memory is smaller than JSON.
type numbers struct{}

func (numbers) Encode(n uint64) ([]byte, error) { return binary.AppendUvarint(nil, n), nil }

func (numbers) Decode(body []byte) (uint64, error) {
	n, size := binary.Uvarint(body)
	if size <= 0 {
		return 0, fmt.Errorf("no number in %d bytes", len(body))
	}
	return n, nil
}

// A codec of your own decides how values are kept.
func ExampleCodec() {
	answers, err := cache.New(cache.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answers.Close()
	key := answers.Key(cache.Public(), "count")
	n, err := cache.Fetch(context.Background(), answers, key, cache.Policy{}, cache.Codec[uint64](numbers{}), func(context.Context) (uint64, []cache.Tag, error) {
		return 300, []cache.Tag{cache.Set("todos")}, nil
	})
	fmt.Println(n, err)
	// Output: 300 <nil>
}

// A store of your own has three methods; cachetest.TestStore tests it. This one is a map that never forgets.
func ExampleStore() {
	answers, err := cache.New(cache.Config{Store: &cachetest.MapStore{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answers.Close()
	key := answers.Key(cache.Public(), "k")
	for range 2 {
		_, outcome, _ := answers.Do(context.Background(), key, cache.Policy{}, text("body"))
		fmt.Println(outcome.Result)
	}
	// Output:
	// miss
	// hit
}

// A bus of your own has two methods; cachetest.TestBus tests it. Here two instances share one in memory.
func ExampleBus() {
	hub := &cachetest.Hub{}
	one, err := cache.New(cache.Config{Bus: hub.Bus()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer one.Close()
	_, err = one.Invalidate(context.Background(), cache.Set("todos"))
	fmt.Println(err)
	// Output: <nil>
}
