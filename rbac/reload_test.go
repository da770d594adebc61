package rbac_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/rbac"
)

// BenchmarkReload loads 100,000 stored rules while others ask, and reports the longest answer beside the time of the load.
func BenchmarkReload(b *testing.B) {
	database := dbtest.SQLite(b)
	engine := newEngine(b, database, rbac.Config{Poll: -1})
	storeMany(b, database, 100_000)
	require.NoError(b, engine.Reload(b.Context()))
	who := signedIn(ann)
	who.Role = "r7"
	stop, longest := make(chan struct{}), make(chan time.Duration)
	go func() {
		var worst time.Duration
		for {
			select {
			case <-stop:
				longest <- worst
				return
			default:
				start := time.Now()
				engine.Check(context.Background(), who, "main", "posts", "select")
				worst = max(worst, time.Since(start))
			}
		}
	}()
	for b.Loop() {
		require.NoError(b, engine.Reload(b.Context()))
	}
	close(stop)
	b.ReportMetric(float64((<-longest).Microseconds()), "µs-longest-check")
}

// BenchmarkAddRule stores a rule and takes it away again, among 100,000 others.
func BenchmarkAddRule(b *testing.B) {
	database := dbtest.SQLite(b)
	engine := newEngine(b, database, rbac.Config{Poll: -1})
	storeMany(b, database, 100_000)
	require.NoError(b, engine.Reload(b.Context()))
	for b.Loop() {
		r, err := engine.AddRule(b.Context(), rbac.Rule{Sub: rbac.Role("r7"), Obj: "posts", Act: "delete"})
		require.NoError(b, err)
		require.NoError(b, engine.RemoveRule(b.Context(), r.ID))
	}
}

func storeMany(b *testing.B, database *bun.DB, n int) {
	b.Helper()
	_, err := database.ExecContext(b.Context(), `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO gw_rules (sub, dom, obj, act, cond)
		SELECT 'role:r' || (i % 10000), '*', 'posts', 'select', 'id=eq.' || i FROM n`, n-1)
	require.NoError(b, err)
}

// BenchmarkStrangers asks in the name of ever new users; what they leave behind is bounded.
func BenchmarkStrangers(b *testing.B) {
	engine := engineOf(b, rbac.Config{Rules: []rbac.Rule{{Sub: rbac.Anon, Obj: "posts", Act: "select"}}})
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		id := uuid.UUID{0: byte(i), 1: byte(i >> 8), 2: byte(i >> 16), 6: 0x40, 8: 0x80, 15: byte(i >> 3)}
		engine.Check(b.Context(), signedIn(id), fmt.Sprintf("t%d", i), "posts", "select")
	}
	b.ReportMetric(float64(rbac.Remembered(engine)), "remembered")
}
