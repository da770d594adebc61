// Ownecho is the program of a page: the API in an Echo that the program makes itself.
package main

import (
	"context"
	"log"

	"github.com/labstack/echo/v4"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/openapi"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dburl"
)

// Song is what the program serves.
type Song struct {
	bun.BaseModel `bun:"table:songs"`

	ID   int64  `bun:",pk,autoincrement" json:"id"`
	Name string `bun:",notnull" json:"name"`
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	database, err := dburl.Open(ctx, "sqlite:songs.db")
	if err != nil {
		return err
	}
	defer database.Close()
	if err := db.CreateTables(ctx, database, (*Song)(nil)); err != nil {
		return err
	}
	e, err := newEcho(database)
	if err != nil {
		return err
	}
	return api.Run(ctx, "127.0.0.1:8080", e)
}

// code:page

func newEcho(database *bun.DB) (*echo.Echo, error) {
	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Song]{Name: "songs"})

	e := echo.New()
	e.HTTPErrorHandler = api.ErrorHandler
	e.Pre(rest.Middleware())

	page := echo.WrapHandler(openapi.Docs("/data/v2/"))
	e.GET("/help", page)
	e.GET("/help/*", page)
	return e, rest.Mount(e.Group("/data/v2"))
}

// end
