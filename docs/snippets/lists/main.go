// Lists is the finished program of the tutorial: two related resources and a hook.
package main

import (
	"context"
	"log"
	"net/http"
	"strings"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dburl"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// code:models

// List is a list of things to do.
type List struct {
	bun.BaseModel `bun:"table:lists"`

	ID   int64  `bun:",pk,autoincrement" json:"id"`
	Name string `bun:",notnull,unique" json:"name" validate:"required,max=80"`

	Todos []*Todo `bun:"rel:has-many,join:id=list_id" json:"todos,omitempty"`
}

// Todo is something to do.
type Todo struct {
	bun.BaseModel `bun:"table:todos"`

	ID     int64  `bun:",pk,autoincrement" json:"id"`
	ListID int64  `bun:",notnull" json:"list_id"`
	Title  string `bun:",notnull" json:"title" validate:"required,max=120"`
	Done   bool   `bun:",notnull,default:false" json:"done"`

	List *List `bun:"rel:belongs-to,join:list_id=id" json:"list,omitempty"`
}

// end

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// code:run
func run(ctx context.Context) error {
	database, err := dburl.Open(ctx, "sqlite:lists.db")
	if err != nil {
		return err
	}
	defer database.Close()
	if err := db.CreateTables(ctx, database, (*List)(nil), (*Todo)(nil)); err != nil {
		return err
	}

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[List]{Name: "lists"})
	api.Register(rest, api.Resource[Todo]{Name: "todos", BeforeWrite: tidy})

	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		return err
	}
	return api.Run(ctx, "127.0.0.1:8080", e)
}

// end

// code:hook

// tidy trims titles, and refuses to delete.
func tidy(ctx context.Context, w *api.Write[Todo]) error {
	if w.Action == policy.Delete {
		return api.Errorf(http.StatusConflict, "", "things to do are finished, not deleted")
	}
	for _, todo := range w.Rows {
		todo.Title = strings.TrimSpace(todo.Title)
	}
	return nil
}

// end
