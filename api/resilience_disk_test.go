//go:build linux

package api_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// smallDisk mounts a file system of so many MiB, which only root may. Where that is refused the test is skipped, unless everything is
// required.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", size))
	if err != nil && os.Getenv("GROUNDWORK_TEST_REQUIRE") != "all" {
		t.Skipf("needs the right to mount a small file system: %v", err)
	}
	require.NoError(t, err, "mount a small file system")
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(dir, 0)) })
	return dir
}

// TestDiskOfAnswersIsFull does not run beside others: where temporary files go is a matter of the process.
func TestDiskOfAnswersIsFull(t *testing.T) {
	eachInTurn(t, func(t *testing.T, database *bun.DB) {
		s := serveFacts(t, database, quiet())
		big := fmt.Sprintf(`{"batch":"b","part":1,"note":%q}`, strings.Repeat("x", 3<<20))
		for range 3 {
			require.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/facts", big).status)
		}
		t.Setenv("TMPDIR", smallDisk(t, 1))
		s.get(t, "/rest/v1/facts").wantFault(t, http.StatusServiceUnavailable, "53100")
		assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts?limit=1").status, "short answers need no file")
		assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts?select=id").status)
	})
}

func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, 6)
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 3<<20), 0o600))
	database := opened(t, liteConfig(filepath.Join(dir, "x.db")))
	s := serveFacts(t, database, quiet())

	note := strings.Repeat("x", 50<<10)
	var mu sync.Mutex
	known := map[string]bool{}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for refused := 0; refused < 20; {
				batch := fmt.Sprintf("%d-%d", worker, time.Now().UnixNano())
				r := s.post(t, "/rest/v1/facts", fmt.Sprintf(`{"batch":%q,"part":1,"note":%q}`, batch, note))
				if r.status == http.StatusCreated {
					mu.Lock()
					known[batch] = true
					mu.Unlock()
					continue
				}
				refused++
				r.wantFault(t, http.StatusServiceUnavailable, "53100")
			}
		})
	}
	group.Wait()
	require.NotEmpty(t, known)
	assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts?select=id,batch").status, "reads go on")
	assert.Equal(t, http.StatusOK, s.get(t, "/rest/v1/facts?select=id,note&limit=5").status)
	assert.Equal(t, http.StatusOK, s.get(t, "/ready").status)

	require.NoError(t, os.Remove(ballast))
	eventually(t, 5*time.Second, func() bool { return s.post(t, "/rest/v1/facts", oneFact).status == http.StatusCreated }, "writes again")
	stored := batches(t.Context(), t, database)
	for batch := range known {
		require.Equal(t, 1, stored[batch], "batch %s was answered", batch)
	}
	var verdict string
	require.NoError(t, database.NewRaw("PRAGMA integrity_check").Scan(t.Context(), &verdict))
	assert.Equal(t, "ok", verdict)
}
