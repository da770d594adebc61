package apitest

import (
	"reflect"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api"
)

// TestSource checks that a Source keeps the promises of its interface: reading is repeatable and safe for concurrent use, and what a
// caller does to the rows it got does not reach the source. sample, when not nil, makes a new row that is not in the source yet: a
// Source that is an api.Creator must then show it, and an api.Deleter forget it.
func TestSource[T any](t *testing.T, source api.Source[T], sample func() *T) {
	t.Helper()
	t.Run("reads are repeatable", func(t *testing.T) {
		first, second := readAll(t, source), readAll(t, source)
		assert.ElementsMatch(t, first, second)
	})
	t.Run("rows belong to the caller", func(t *testing.T) {
		before := readAll(t, source)
		for i := range before {
			reflect.ValueOf(&before[i]).Elem().SetZero()
		}
		for _, row := range readAll(t, source) {
			assert.False(t, reflect.ValueOf(row).IsZero(), "a row was changed by a caller")
		}
	})
	t.Run("concurrent reads", func(t *testing.T) {
		want := len(readAll(t, source))
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				rows, err := source.Read(t.Context(), api.Wanted{})
				assert.NoError(t, err)
				assert.Len(t, rows, want)
			})
		}
		wait.Wait()
	})
	creator, ok := source.(api.Creator[T])
	if !ok || sample == nil {
		return
	}
	t.Run("created rows are shown and deleted ones are not", func(t *testing.T) {
		before := len(readAll(t, source))
		row := sample()
		require.NoError(t, creator.Create(t.Context(), []*T{row}))
		assert.Contains(t, readAll(t, source), *row)
		if deleter, ok := source.(api.Deleter[T]); ok {
			require.NoError(t, deleter.Delete(t.Context(), []*T{row}))
			assert.Len(t, readAll(t, source), before)
		}
	})
}

func readAll[T any](t *testing.T, source api.Source[T]) []T {
	t.Helper()
	rows, err := source.Read(t.Context(), api.Wanted{})
	require.NoError(t, err)
	return rows
}
