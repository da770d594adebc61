package plan

import (
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db"
)

func TestShapesAreBounded(t *testing.T) {
	t.Parallel()
	var s shapes
	build := func(text string) *Statement { return &Statement{Statement: db.Statement{Text: text}} }
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 3 * shapeShards * shapesByShard {
				text := strconv.Itoa(i)
				if found := s.find([]byte(text), build); found.Text != text {
					t.Errorf("the statement of %s is %s", text, found.Text)
				}
			}
		})
	}
	group.Wait()
	for i := range s.shards {
		require.LessOrEqual(t, len(s.shards[i].byText), shapesByShard)
	}
	text := []byte("again")
	first := s.find(text, build)
	require.Same(t, first, s.find(text, build))
	text[0] = 'A'
	require.Equal(t, "again", first.Text, "the text must not share the caller's memory")
}
