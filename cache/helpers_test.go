package cache_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/groundwork-go/groundwork/cache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newCache makes a cache that ends with the test and logs nothing.
func newCache(tb testing.TB, config cache.Config) *cache.Cache {
	tb.Helper()
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	c, err := cache.New(config)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, c.Close()) })
	return c
}

// text makes a fill with a body that was read under the tags.
func text(body string, tags ...cache.Tag) cache.Fill {
	return func(context.Context, *cache.Recorder) (*cache.Entry, error) {
		return &cache.Entry{Body: []byte(body), Tags: tags}, nil
	}
}
