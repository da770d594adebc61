package cache_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/cache"
	"github.com/groundwork-go/groundwork/cache/cachetest"
)

// TestP5_RandomHistories runs two instances with eight readers and two writers while messages are held back and the bus is cut. A
// writer never sees anything older than its write; at each quiet point nobody does.
func TestP5_RandomHistories(t *testing.T) {
	t.Parallel()
	const rows, rounds = 5, 30
	hub := &cachetest.Hub{}
	buses := []*cachetest.HubBus{hub.Bus(), hub.Bus()}
	instances := []*cache.Cache{
		newCache(t, cache.Config{Bus: buses[0]}),
		newCache(t, cache.Config{Bus: buses[1], Store: &cachetest.MapStore{}}),
	}
	var table [rows]atomic.Int64
	read := func(c *cache.Cache, row int) int64 {
		k := c.Key(cache.Public(), "row", strconv.Itoa(row))
		e, _, err := c.Do(t.Context(), k, cache.Policy{TTL: time.Hour}, func(context.Context, *cache.Recorder) (*cache.Entry, error) {
			value := table[row].Load()
			return &cache.Entry{Body: strconv.AppendInt(nil, value, 10), Tags: []cache.Tag{cache.Row("rows", row)}}, nil
		})
		if err != nil {
			t.Error(err)
			return 0
		}
		value, err := strconv.ParseInt(string(e.Body), 10, 64)
		if err != nil {
			t.Error(err)
		}
		return value
	}
	connected := func() bool { return instances[0].Stats().Connected && instances[1].Stats().Connected }
	for round := range rounds {
		var all sync.WaitGroup
		for reader := range 8 {
			all.Go(func() {
				random := rand.New(rand.NewPCG(uint64(round), uint64(reader)))
				for range 200 {
					read(instances[random.IntN(2)], random.IntN(rows))
				}
			})
		}
		for writer := range 2 {
			all.Go(func() {
				random := rand.New(rand.NewPCG(uint64(round), 100+uint64(writer)))
				for range 50 {
					row := random.IntN(rows)
					wrote := table[row].Add(1)
					if _, err := instances[writer].Invalidate(t.Context(), cache.Row("rows", row)); err != nil {
						t.Error(err)
					}
					if got := read(instances[writer], row); got < wrote {
						t.Errorf("the writer of %d read %d", wrote, got)
					}
				}
			})
		}
		all.Go(func() { disturb(rand.New(rand.NewPCG(uint64(round), 200)), buses) })
		all.Wait()
		for _, bus := range buses {
			bus.Release()
			bus.Join()
		}
		require.Eventually(t, connected, 10*time.Second, time.Millisecond)
		quiet := func() bool {
			for _, c := range instances {
				for row := range rows {
					if read(c, row) != table[row].Load() {
						return false
					}
				}
			}
			return true
		}
		require.Eventually(t, quiet, 10*time.Second, time.Millisecond, "a message that could not be sent is sent again")
	}
	for _, c := range instances {
		require.Greater(t, c.Stats().Hits, int64(500), "the test means nothing without hits")
	}
}

// disturb holds messages back and cuts buses off, and leaves them so.
func disturb(random *rand.Rand, buses []*cachetest.HubBus) {
	for range 6 {
		bus := buses[random.IntN(len(buses))]
		switch random.IntN(5) {
		case 0:
			bus.Cut()
		case 1:
			bus.Join()
		case 2, 3:
			bus.Hold()
		default:
			bus.Release()
		}
	}
}
