package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/schema"
)

// chinookFolder holds the scripts of a music shop that nobody here designed; it stands beside the project.
const chinookFolder = "../../shared/data/chinook"

// chinookRows are the rows of each table.
var chinookRows = map[string]int{
	"album": 347, "artist": 275, "customer": 59, "employee": 8, "genre": 25, "invoice": 412, "invoice_line": 2240, "media_type": 5,
	"playlist": 18, "playlist_track": 8715, "track": 3503,
}

// loadChinook runs the script of the database.
func loadChinook(t *testing.T, database *bun.DB) {
	t.Helper()
	name := "Chinook_Sqlite.sql"
	if database.Dialect().Name() == dialect.PG {
		name = "Chinook_PostgreSql.sql"
	}
	raw, err := os.ReadFile(filepath.Join(chinookFolder, name))
	if os.IsNotExist(err) && os.Getenv("GROUNDWORK_TEST_REQUIRE") != "all" {
		t.Skipf("the data of the music shop is not here: %v", err)
	}
	require.NoError(t, err)
	script := string(raw)
	if _, after, found := strings.Cut(script, "\\c chinook;"); found {
		// What comes before creates the database. National literals lose the spaces at their end.
		script = strings.ReplaceAll(after, ", N'", ", '")
	}
	_, err = database.ExecContext(t.Context(), strings.ReplaceAll(script, "?", `\?`))
	require.NoError(t, err)
}

// serveChinook is all that a program writes to serve the shop.
func serveChinook(t *testing.T, database *bun.DB) *echo.Echo {
	t.Helper()
	tables, err := schema.Inspect(t.Context(), database, schema.InspectOptions{Tables: []string{"*"}, Names: schema.SnakeCase})
	require.NoError(t, err)
	rest := api.New(database, api.Config{Authorizer: api.AllowAll, Logger: slog.New(slog.DiscardHandler)})
	api.Tables(rest, tables, api.TableOptions{})
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group(mount)))
	return e
}

// TestChinook serves a schema without Go types from both databases and compares what they answer to the same 200 requests.
func TestChinook(t *testing.T) {
	t.Parallel()
	var shops [2]*apitest.Client
	for i, database := range []*bun.DB{dbtest.SQLite(t), dbtest.Postgres(t)} {
		loadChinook(t, database)
		shops[i] = apitest.New(t, serveChinook(t, database))
	}
	for table, rows := range chinookRows {
		for _, shop := range shops {
			answer := shop.Do(http.MethodHead, mount+"/"+table, "", "Prefer", "count=exact")
			_, total, _ := strings.Cut(answer.Header.Get("Content-Range"), "/")
			assert.JSONEq(t, total, mustJSON(t, rows), table)
		}
	}
	requests := newShopper(t, shops[1]).requests()
	require.Len(t, requests, 200)
	failed, rows := 0, 0
	for _, r := range requests {
		lite, pg := r.send(shops[0]), r.send(shops[1])
		call := r.method + " " + r.path + " " + r.body
		if pg.Status >= http.StatusBadRequest {
			failed++
		}
		rows += strings.Count(pg.Body, "{")
		assert.Equal(t, pg.Status, lite.Status, "%s\nsqlite: %s\npostgres: %s", call, lite.Body, pg.Body)
		for _, name := range comparedHeaders {
			assert.Equal(t, pg.Header.Get(name), lite.Header.Get(name), "%s: %s", call, name)
		}
		if r.codeOnly {
			assert.Equal(t, errorCode(t, pg), errorCode(t, lite), call)
			continue
		}
		want, got := differing(compact(pg), compact(lite))
		assert.Equal(t, want, got, "%s: PostgreSQL is expected", call)
	}
	assert.Less(t, failed, 30, "most requests must be answered, or they compare nothing")
	assert.Greater(t, rows, 2000)
	t.Logf("%d requests: %d objects in the answers, %d refused", len(requests), rows, failed)
}

// differing cuts off what two texts have in common at their beginnings, but for a few words.
func differing(a, b string) (restA, restB string) {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	from := max(0, at-60)
	return a[from:min(len(a), at+60)], b[from:min(len(b), at+60)]
}

func mustJSON(t *testing.T, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	require.NoError(t, err)
	return string(raw)
}

func errorCode(t *testing.T, answer *apitest.Answer) string {
	t.Helper()
	var body struct{ Code string }
	require.NoError(t, json.Unmarshal([]byte(answer.Body), &body), answer.Body)
	return body.Code
}

// shopRequest is one request that both databases get.
type shopRequest struct {
	method, path, body, prefer string
	// codeOnly requests are refused by the databases, each in its own words.
	codeOnly bool
}

func (r *shopRequest) send(shop *apitest.Client) *apitest.Answer {
	return shop.Do(r.method, mount+r.path, r.body, "Prefer", r.prefer)
}
