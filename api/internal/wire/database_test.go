package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/schema"
)

// sampleRow has a column of every kind that both databases have.
type sampleRow struct {
	bun.BaseModel `bun:"table:samples"`

	ID      int64           `bun:",pk" json:"id"`
	Title   string          `json:"title"`
	OK      bool            `json:"ok"`
	Small   int16           `bun:"type:smallint" json:"small"`
	Big     int64           `bun:"type:bigint" json:"big"`
	Real    float32         `bun:"type:real" json:"real"`
	Double  float64         `bun:"type:double precision" json:"double"`
	Price   string          `bun:"type:numeric(10,2)" json:"price"`
	Key     uuid.UUID       `bun:"type:uuid" json:"key"`
	Day     time.Time       `bun:"type:date" json:"day"`
	Local   time.Time       `bun:"type:timestamp" json:"local"`
	At      time.Time       `bun:"type:timestamptz" json:"at"`
	Data    []byte          `bun:"type:bytea" json:"data"`
	Tags    []string        `bun:",array" json:"tags"`
	Numbers []int64         `bun:",array" json:"numbers"`
	Meta    map[string]bool `bun:"type:jsonb" json:"meta"`
	Missing *string         `json:"missing"`
}

// What Bun writes comes out of both databases as the same bytes.
func TestSameBytesOnBothDatabases(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 2*60*60)
	row := &sampleRow{
		ID: 1, Title: "Ünï \"q\" <b> \\ \n", OK: true, Small: -7, Big: 9007199254740993, Real: 0.1, Double: 1e20, Price: "12.50",
		Key: uuid.MustParse("00112233-4455-6677-8899-aabbccddeeff"),
		Day: time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC), Local: time.Date(2024, 1, 31, 10, 0, 0, 500_000_000, time.UTC),
		At: time.Date(2024, 1, 31, 12, 0, 0, 123_456_000, zone), Data: []byte{0, 255},
		Tags: []string{"a", "b c", "q\"\\", "", "<x>", "NULL"}, Numbers: []int64{1, -2}, Meta: map[string]bool{},
	}
	wantJSON := strings.Join([]string{
		`{"id":1`, `"title":"Ünï \"q\" <b> \\ \n"`, `"ok":true`, `"small":-7`, `"big":9007199254740993`, `"real":0.1`, `"double":1e+20`, `"price":12.50`,
		`"key":"00112233-4455-6677-8899-aabbccddeeff"`, `"day":"2024-01-31"`, `"local":"2024-01-31T10:00:00.5"`,
		`"at":"2024-01-31T10:00:00.123456+00:00"`, `"data":"\\x00ff"`, `"tags":["a","b c","q\"\\","","<x>","NULL"]`, `"numbers":[1,-2]`, `"meta":{}`,
		`"missing":null}`,
	}, ",")
	wantCSV := strings.Join([]string{
		"1", "\"Ünï \"\"q\"\" <b> \\ \n\"", "t", "-7", "9007199254740993", "0.1", "1e+20", "12.50", "00112233-4455-6677-8899-aabbccddeeff", "2024-01-31",
		"2024-01-31 10:00:00.5", "2024-01-31 10:00:00.123456+00", `\x00ff`, `"{a,""b c"",""q\""\\"","""",<x>,""NULL""}"`, `"{1,-2}"`, "{}", "",
	}, ",")
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		_, err := database.NewCreateTable().Model(row).Exec(t.Context())
		require.NoError(t, err)
		_, err = database.NewInsert().Model(row).Exec(t.Context())
		require.NoError(t, err)
		table, err := schema.FromModel(database, row)
		require.NoError(t, err)
		columns := make([]wire.Column, len(table.Columns))
		for i := range columns {
			columns[i] = wire.NewColumn(table.Columns[i].Name, &table.Columns[i])
		}
		lane, err := db.LaneOf(database)
		require.NoError(t, err)
		var asJSON, asCSV string
		_, err = lane.Query(t.Context(), db.Statement{Text: "SELECT * FROM samples"}, nil, func(values []db.Value) error {
			asJSON = string(wire.AppendRow(nil, columns, values, false))
			asCSV = string(wire.AppendCSVRow(nil, columns, values))
			return nil
		})
		require.NoError(t, err)
		require.JSONEq(t, wantJSON, asJSON)
		require.Equal(t, wantCSV, asCSV)
	})
}
