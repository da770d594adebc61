// Package smoke talks to a running quickstart with the PostgREST client for Go.
package smoke

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	postgrest "github.com/supabase-community/postgrest-go"
)

func connect(t *testing.T) *postgrest.Client {
	t.Helper()
	url := os.Getenv("GROUNDWORK_URL")
	require.NotEmpty(t, url, "GROUNDWORK_URL: the address of a running quickstart")
	client := postgrest.NewClient(url+"/rest/v1", "public", map[string]string{"apikey": "any-key"})
	require.NoError(t, client.ClientError)
	return client
}

func TestRead(t *testing.T) {
	var rows []struct {
		Code       string
		Continents struct{ Name string }
	}
	total, err := connect(t).From("countries").Select("code, continents(name)", "exact", false).
		In("code", []string{"CH", "JP"}).Order("code", &postgrest.OrderOpts{Ascending: true}).ExecuteTo(&rows)
	require.NoError(t, err)
	require.EqualValues(t, 2, total)
	require.Equal(t, "CH", rows[0].Code)
	require.Equal(t, "Asia", rows[1].Continents.Name)
}

func TestFilters(t *testing.T) {
	client := connect(t)
	for name, query := range map[string]*postgrest.FilterBuilder{
		"like":     client.From("countries").Select("code", "", false).Like("name", "Switz*"),
		"ilike":    client.From("countries").Select("code", "", false).Ilike("name", "switz*"),
		"or":       client.From("countries").Select("code", "", false).Or("code.eq.CH,code.eq.XX", ""),
		"contains": client.From("countries").Select("code", "", false).Contains("currencies", []string{"CHE"}),
		"not":      client.From("countries").Select("code", "", false).Like("name", "Switz*").Not("capital", "is", "null"),
	} {
		t.Run(name, func(t *testing.T) {
			var rows []struct{ Code string }
			_, err := query.ExecuteTo(&rows)
			require.NoError(t, err)
			require.Len(t, rows, 1)
			require.Equal(t, "CH", rows[0].Code)
		})
	}
}

func TestWrite(t *testing.T) {
	client := connect(t)
	visitor := "Go " + strconv.FormatInt(time.Now().UnixNano(), 36)
	type visit struct {
		ID     int64
		Rating int
		Note   *string
	}
	var rows []visit
	_, err := client.From("visits").Insert(map[string]any{"country_code": "CH", "visitor": visitor, "rating": 4}, false, "", "representation", "").ExecuteTo(&rows)
	require.NoError(t, err)
	require.Len(t, rows, 1)

	id := strconv.FormatInt(rows[0].ID, 10)
	_, err = client.From("visits").Update(map[string]any{"rating": 5}, "representation", "").Eq("id", id).ExecuteTo(&rows)
	require.NoError(t, err)
	require.Equal(t, 5, rows[0].Rating)

	_, err = client.From("visits").Upsert(map[string]any{"id": rows[0].ID, "country_code": "CH", "visitor": visitor, "rating": 3}, "id", "representation", "").ExecuteTo(&rows)
	require.NoError(t, err)
	require.Equal(t, 3, rows[0].Rating)

	_, count, err := client.From("visits").Delete("minimal", "exact").Eq("id", id).Execute()
	require.NoError(t, err)
	require.EqualValues(t, 1, count)
}

func TestFunction(t *testing.T) {
	answer := connect(t).Rpc("speakers", "", map[string]string{"language": "rm"})
	require.Contains(t, answer, `"CH"`)
}

func TestErrors(t *testing.T) {
	_, _, err := connect(t).From("nowhere").Select("*", "", false).Execute()
	require.ErrorContains(t, err, "PGRST205")
}
