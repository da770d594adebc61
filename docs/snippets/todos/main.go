// Todos is the first program of the tutorial: one resource.
package main

import (
	"context"
	"log"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dburl"
)

// code:model

// Todo is something to do.
type Todo struct {
	bun.BaseModel `bun:"table:todos"`

	ID    int64  `bun:",pk,autoincrement" json:"id"`
	Title string `bun:",notnull" json:"title" validate:"required,max=120"`
	Done  bool   `bun:",notnull,default:false" json:"done"`
}

// end

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	database, err := dburl.Open(ctx, "sqlite:todos.db")
	if err != nil {
		return err
	}
	defer database.Close()
	if err := db.CreateTables(ctx, database, (*Todo)(nil)); err != nil {
		return err
	}

	// code:rest
	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Todo]{Name: "todos"})

	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		return err
	}
	return api.Run(ctx, "127.0.0.1:8080", e)
	// end
}
