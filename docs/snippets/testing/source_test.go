package notes_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
)

// Key is a row of a source of one's own.
type Key struct {
	Name string `bun:",pk" json:"name"`
	Door string `json:"door"`
}

// board is where the keys hang.
type board struct {
	mu   sync.Mutex
	keys map[string]Key
}

func (b *board) Read(context.Context, api.Wanted) ([]Key, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows := make([]Key, 0, len(b.keys))
	for _, key := range b.keys {
		rows = append(rows, key)
	}
	slices.SortFunc(rows, func(x, y Key) int { return cmp.Compare(x.Name, y.Name) })
	return rows, nil
}

func (b *board) Create(_ context.Context, rows []*Key) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, row := range rows {
		b.keys[row.Name] = *row
	}
	return nil
}

func TestTheBoardIsASource(t *testing.T) {
	t.Parallel()
	source := &board{keys: map[string]Key{"1": {Name: "1", Door: "cellar"}}}
	apitest.TestSource(t, source, func() *Key { return &Key{Name: "2", Door: "attic"} })
}
