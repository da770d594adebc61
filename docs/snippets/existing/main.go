// Existing is the program of a how-to: it serves a database that it knows nothing of.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db/dburl"
	"github.com/groundwork-go/groundwork/db/schema"
)

func main() {
	url := flag.String("db", "sqlite:shop.db", "database")
	flag.Parse()
	if err := run(context.Background(), *url); err != nil {
		log.Fatal(err)
	}
}

// code:run

func run(ctx context.Context, url string) error {
	database, err := dburl.Open(ctx, url)
	if err != nil {
		return err
	}
	defer database.Close()
	rest, err := serve(ctx, database)
	if err != nil {
		return err
	}
	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		return err
	}
	return api.Run(ctx, "127.0.0.1:8080", e)
}

// end

// code:serve

// serve offers every table but those that are nobody's business, under names in snake_case.
func serve(ctx context.Context, database *bun.DB) (*api.API, error) {
	tables, err := schema.Inspect(ctx, database, schema.InspectOptions{
		Tables: []string{"*"},
		Except: []string{"audit_*"},
		Names:  schema.SnakeCase,
	})
	if err != nil {
		return nil, err
	}
	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Tables(rest, tables, api.TableOptions{ReadOnly: true})
	return rest, nil
}

// end
