package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

// price has numeric columns in every Go type that a model may give them.
type price struct {
	bun.BaseModel `bun:"table:prices"`

	ID    int64   `bun:",pk"`
	Float float64 `bun:"type:numeric(12,2)"`
	Text  string  `bun:"type:decimal(12,2)"`
	Int   int64   `bun:"type:numeric"`
}

func TestNumericColumnsScanIntoEveryGoType(t *testing.T) {
	t.Parallel()
	database, err := db.Open(t.Context(), sqlite.Memory())
	require.NoError(t, err)
	defer database.Close()
	require.NoError(t, db.CreateTables(t.Context(), database, (*price)(nil)))
	want := []price{
		{ID: 1, Float: 51, Text: "51", Int: 7},
		{ID: 2, Float: 51.25, Text: "51.25", Int: 9007199254740993},
		{ID: 3, Float: -0.5, Text: "1000000000000000", Int: -1},
	}
	_, err = database.NewInsert().Model(&want).Exec(t.Context())
	require.NoError(t, err)
	var got []price
	require.NoError(t, database.NewSelect().Model(&got).Order("id").Scan(t.Context()))
	assert.Equal(t, want, got)
}
