package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db/dbtest"
)

func TestPrepareLoadsTheAtlasOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		for range 2 {
			require.NoError(t, prepare(t.Context(), database))
		}
		for table, want := range map[string]int{"continents": 7, "countries": 250, "languages": 368, "country_languages": 898, "visits": 0} {
			got, err := database.NewSelect().Table(table).Count(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, int(got), table)
		}
	})
}

func TestTheModelsReadTheirRowsBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		require.NoError(t, prepare(t.Context(), database))
		var country Country
		err := database.NewSelect().Model(&country).Relation("Continent").Relation("Languages").Where("country.code = ?", "CH").Scan(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"CHF", "CHE", "CHW"}, country.Currencies)
		require.Equal(t, []int{41}, country.CallingCodes)
		require.Equal(t, "Europe", country.Continent.Name)
		require.Len(t, country.Languages, 8)
	})
}

func TestRequests(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		require.NoError(t, prepare(t.Context(), database))
		e, err := server(database)
		require.NoError(t, err)
		for _, test := range []struct{ method, target, body, want string }{
			{"GET", "/rest/v1/countries?select=name&code=eq.CH", "", `[{"name":"Switzerland"}]`},
			{"GET", "/rest/v1/countries?select=name,continent:continents(name)&code=eq.CH", "", `[{"name":"Switzerland","continent":{"name":"Europe"}}]`},
			{"GET", "/rest/v1/countries/CH?select=languages(code)&languages.code=eq.rm", "", `{"languages":[{"code":"rm"}]}`},
			{"POST", "/rest/v1/visits?select=visitor,rating", `{"country_code":"CH","visitor":"Ada","rating":5}`, `[{"visitor":"Ada","rating":5}]`},
			{"GET", "/rest/v1/rpc/speakers?language=rm&select=country_code", "", `[{"country_code":"CH"}]`},
		} {
			request := httptest.NewRequestWithContext(t.Context(), test.method, test.target, strings.NewReader(test.body))
			request.Header.Set("Prefer", "return=representation")
			if test.body != "" {
				request.Header.Set("Content-Type", "application/json")
			}
			answer := httptest.NewRecorder()
			e.ServeHTTP(answer, request)
			require.Less(t, answer.Code, http.StatusMultipleChoices, "%s %s: %s", test.method, test.target, answer.Body)
			require.JSONEq(t, test.want, answer.Body.String(), "%s %s", test.method, test.target)
		}
	})
}

func TestTheAtlasIsWhole(t *testing.T) {
	t.Parallel()
	var rows atlas
	require.NoError(t, json.Unmarshal(atlasJSON, &rows))
	continents, countries, languages := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, row := range rows.Continents {
		continents[row.Code] = true
	}
	for _, row := range rows.Countries {
		require.True(t, continents[row.ContinentCode], row.Code)
		countries[row.Code] = true
	}
	for _, row := range rows.Languages {
		languages[row.Code] = true
	}
	for _, row := range rows.CountryLanguages {
		require.True(t, countries[row.CountryCode] && languages[row.LanguageCode], row)
		require.True(t, row.Percentage >= 1 || row.Official, row)
		require.LessOrEqual(t, row.Percentage, 100.0, row)
	}
}

func TestWelcomeNamesAnAddressToConnectTo(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080/rest/v1/",
		":9000":          "http://localhost:9000/rest/v1/",
		"0.0.0.0:80":     "http://localhost:80/rest/v1/",
		"[::1]:8080":     "http://[::1]:8080/rest/v1/",
	} {
		var out strings.Builder
		welcome(&out, addr)
		require.Contains(t, out.String(), want)
	}
}
