package postgres_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/postgres"
)

// benchLane returns a lane over a table of 1,000 rows.
func benchLane(b testing.TB) db.Lane {
	database, lane := open(b, postgres.URL(dbtest.PostgresURL(b)))
	_, err := database.ExecContext(b.Context(),
		"CREATE TABLE points AS SELECT id, 'name ' || id AS name FROM generate_series(1, 1000) id; "+
			"ALTER TABLE points ADD PRIMARY KEY (id)")
	require.NoError(b, err)
	return lane
}

func BenchmarkPointRead(b *testing.B) {
	lane := benchLane(b)
	statement := db.Statement{Text: "SELECT id, name FROM points WHERE id = $1"}
	ctx, args := b.Context(), []any{"500"}
	row := func([]db.Value) error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lane.Query(ctx, statement, args, row); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRows1000(b *testing.B) {
	lane := benchLane(b)
	statement := db.Statement{Text: "SELECT id, name FROM points"}
	ctx := b.Context()
	row := func([]db.Value) error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lane.Query(ctx, statement, nil, row); err != nil {
			b.Fatal(err)
		}
	}
}

// TestRowsAreNotAllocated holds the promise that memory does not grow with the number of rows.
func TestRowsAreNotAllocated(t *testing.T) {
	lane := benchLane(t)
	statement := db.Statement{Text: "SELECT id, name FROM points WHERE id <= $1"}
	allocations := func(rows int) float64 {
		args := []any{strconv.Itoa(rows)}
		return testing.AllocsPerRun(50, func() {
			if _, err := lane.Query(t.Context(), statement, args, func([]db.Value) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	one, many := allocations(1), allocations(1000)
	require.LessOrEqual(t, one, 15.0)
	require.LessOrEqual(t, many, one+10)
}
