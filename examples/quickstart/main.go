// Quickstart serves an atlas of the world as a REST API: countries, continents, languages, and visits that callers write.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/labstack/echo/v4"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db/dburl"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	url := flag.String("db", "sqlite:quickstart.db", "database: sqlite:FILE, sqlite::memory: or postgres://…")
	flag.Parse()
	if err := run(context.Background(), *addr, *url); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// code:run
func run(ctx context.Context, addr, url string) error {
	database, err := dburl.Open(ctx, url)
	if err != nil {
		return err
	}
	defer database.Close()
	if err := prepare(ctx, database); err != nil {
		return err
	}
	e, err := server(database)
	if err != nil {
		return err
	}
	welcome(os.Stdout, addr)
	return api.Run(ctx, addr, e)
}

// server mounts the atlas, which everybody may read, and the visits, which everybody may write.
func server(database *bun.DB) (*echo.Echo, error) {
	rest := api.New(database, api.Config{Authorizer: api.AllowAll, Title: "Atlas of the world"})
	api.Register(rest, api.Resource[Continent]{Name: "continents", ReadOnly: true})
	api.Register(rest, api.Resource[Country]{Name: "countries", ReadOnly: true})
	api.Register(rest, api.Resource[Language]{Name: "languages", ReadOnly: true})
	api.Register(rest, api.Resource[CountryLanguage]{Name: "country_languages", ReadOnly: true})
	api.Register(rest, api.Resource[Visit]{Name: "visits"})
	api.Func(rest, api.Function{Name: "speakers", ReadOnly: true}, speakers(database))

	e := api.Server(rest)
	return e, rest.Mount(e.Group("/rest/v1"))
}

// end
