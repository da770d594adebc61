//go:build !race

package api_test

// The race detector makes pools forget and needs memory of its own, so these promises are tested without it.

import (
	"net/http"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db/dbtest"
)

// A get by key, with sign-in, a condition and a column set, is promised to need at most 60 allocations from the first handler to
// the last byte of the body.
func TestAGetAllocatesLittle(t *testing.T) { //nolint:paralleltest // testing.AllocsPerRun must be alone
	for name, open := range map[string]func(testing.TB) *bun.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			d := measuredLoop(t, open(t))
			d.prepare(t, http.MethodGet, "/rest/v1/measured/77", "")
			require.LessOrEqual(t, testing.AllocsPerRun(500, d.do), 60.0)
		})
	}
}

// A list of 100,000 rows passes through a few megabytes: the rows are written as they come, and what does not fit in memory waits in
// a file until the status of the answer is known.
func TestALongListNeedsLittleMemory(t *testing.T) { //nolint:paralleltest // it looks at the memory of the process
	for name, open := range map[string]func(testing.TB) *bun.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			database := open(t)
			d := measuredLoop(t, database)
			_, err := database.ExecContext(t.Context(), `INSERT INTO measured (title, body, owner_id, price, published)
				SELECT a.title, a.body, a.owner_id, a.price, a.published FROM measured AS a, measured AS b WHERE b.id <= 33`)
			require.NoError(t, err)
			d.prepare(t, http.MethodGet, "/rest/v1/measured?limit=1", "")
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			d.written = 0
			d.prepare(t, http.MethodGet, "/rest/v1/measured", "")
			runtime.ReadMemStats(&after)
			require.Greater(t, d.written, 100_000*200)
			require.Less(t, after.Sys-before.Sys, uint64(25<<20), "memory taken from the system")
		})
	}
}
