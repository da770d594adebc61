package cachetest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/groundwork-go/groundwork/cache"
	"github.com/groundwork-go/groundwork/cache/cachetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMapStore(t *testing.T) {
	t.Parallel()
	cachetest.TestStore(t, func(*testing.T) cache.Store { return &cachetest.MapStore{} })
}

func TestFaultyStoreThatWorks(t *testing.T) {
	t.Parallel()
	cachetest.TestStore(t, func(*testing.T) cache.Store { return cachetest.NewFaultyStore(&cachetest.MapStore{}) })
}

func TestHub(t *testing.T) {
	t.Parallel()
	cachetest.TestBus(t, func(*testing.T) (a, b cache.Bus) {
		hub := &cachetest.Hub{}
		return hub.Bus(), hub.Bus()
	})
}
