// Cached is the program of the page about caching routes written by hand.
package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/cache"
)

// code:callers

// callers tells the cache who signed in.
type callers struct{}

// Of returns the caller of the request.
func (callers) Of(ctx context.Context) (cache.Principal, bool) {
	who := auth.FromContext(ctx)
	return who, !who.Anonymous()
}

// Observe lets the cache notice who looks at the caller.
func (callers) Observe(ctx context.Context, read func()) context.Context {
	return auth.Observe(ctx, read)
}

// end

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	// code:new
	answers, err := cache.New(cache.Config{Namespace: "shop-1", Caller: callers{}})
	if err != nil {
		return err
	}
	defer answers.Close()
	// end
	return routes(answers).Start("127.0.0.1:8080")
}

func routes(answers *cache.Cache) *echo.Echo {
	e := echo.New()
	// code:routes
	e.GET("/products/:id", showProduct, answers.HTTP(cache.Route{
		Policy: cache.Policy{TTL: 5 * time.Minute, StaleIfError: time.Hour},
		Scope:  func(echo.Context) cache.Scope { return cache.Public() },
		Tags:   func(c echo.Context) []cache.Tag { return []cache.Tag{cache.Row("products", c.Param("id"))} },
		Vary:   []string{"Accept-Language"},
	}))
	e.GET("/basket", showBasket, answers.HTTP(cache.Route{}))
	// end
	e.PUT("/products/:id", func(c echo.Context) error { return saveProduct(c, answers) })
	return e
}

func showProduct(c echo.Context) error { return c.String(http.StatusOK, "product "+c.Param("id")) }

func showBasket(c echo.Context) error {
	who := auth.FromContext(c.Request().Context())
	// code:tags
	cache.AddTags(c.Request().Context(), cache.Part("basket_items", "owner", who.ID))
	// end
	return c.String(http.StatusOK, "basket of "+who.Subject())
}

func saveProduct(c echo.Context, answers *cache.Cache) error {
	// … the write, and its commit
	// code:invalidate
	id := c.Param("id")
	if _, err := answers.Invalidate(c.Request().Context(), cache.Row("products", id), cache.Set("products")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
	// end
}

// code:fetch

// topSellers asks the database once in ten minutes, or after an order.
func topSellers(ctx context.Context, answers *cache.Cache, ask func(context.Context) ([]string, error)) ([]string, error) {
	key := answers.Key(cache.Public(), "top sellers")
	return cache.Fetch(ctx, answers, key, cache.Policy{TTL: 10 * time.Minute}, cache.JSON[[]string](),
		func(ctx context.Context) ([]string, []cache.Tag, error) {
			names, err := ask(ctx)
			return names, []cache.Tag{cache.Set("orders")}, err
		})
}

// end
