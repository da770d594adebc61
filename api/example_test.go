package api_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

// openExample opens an empty database with the tables of models.
func openExample(models ...any) *bun.DB {
	ctx := context.Background()
	database, err := db.Open(ctx, sqlite.Memory())
	if err != nil {
		log.Fatal(err)
	}
	if err := db.CreateTables(ctx, database, models...); err != nil {
		log.Fatal(err)
	}
	return database
}

// serveExample mounts the resources that were registered.
func serveExample(rest *api.API) *echo.Echo {
	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		log.Fatal(err)
	}
	return e
}

// ask sends a request as a client would and prints the answer. Headers are given as name, value, name, value.
func ask(e *echo.Echo, method, target, body string, headers ...string) {
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	e.ServeHTTP(answer, request)
	fmt.Println(strings.TrimSpace(fmt.Sprint(answer.Code, " ", answer.Body)))
}

// Album is a Bun model: its bun tags make the table, its json tags are the names on the wire.
type Album struct {
	bun.BaseModel `bun:"table:albums"`

	ID    int64  `bun:",pk,autoincrement" json:"id"`
	Title string `bun:",notnull" json:"title"`
	Year  int    `bun:",notnull" json:"year"`
}

func Example() {
	ctx := context.Background()
	database, err := db.Open(ctx, sqlite.Memory()) // or sqlite.File("albums.db"), or postgres.URL("postgres://…")
	if err != nil {
		log.Fatal(err)
	}
	defer database.Close()
	if err := db.CreateTables(ctx, database, (*Album)(nil)); err != nil {
		log.Fatal(err)
	}

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Album]{Name: "albums"})

	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		log.Fatal(err)
	}
	// A program serves it now: api.Run(ctx, ":8080", e). Here it is asked in the process.
	ask(e, http.MethodPost, "/rest/v1/albums", `[{"title":"Blue","year":1971},{"title":"Hejira","year":1976}]`)
	ask(e, http.MethodGet, "/rest/v1/albums?year=gt.1975&select=id,title", "")
	ask(e, http.MethodGet, "/rest/v1/albums/1", "")
	ask(e, http.MethodDelete, "/rest/v1/albums", "")
	// Output:
	// 201
	// 200 [{"id":2,"title":"Hejira"}]
	// 200 {"id":1,"title":"Blue","year":1971}
	// 400 {"code":"21000","message":"DELETE requires a WHERE clause","details":null,"hint":null}
}

func ExampleAPI_Mount() {
	database := openExample((*Album)(nil))
	defer database.Close()

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Album]{Name: "albums", Tenant: "label"})
	api.Register(rest, api.Resource[Album]{Name: "albums of the year"})

	// Mount tells every mistake at once; nothing waits for the first request.
	fmt.Println(rest.Mount(echo.New().Group("/rest/v1")))
	// Output:
	// api: resource "albums": tenant column "label" does not exist
	// api: resource name "albums of the year": want letters, digits, - and _, and neither rpc nor batch
}
