// Package notes is a small program whose tests a how-to shows.
package notes

import (
	"context"

	"github.com/labstack/echo/v4"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
)

// Note is its one resource.
type Note struct {
	bun.BaseModel `bun:"table:notes"`

	ID   int64  `bun:",pk,autoincrement" json:"id"`
	Text string `bun:",notnull" json:"text" validate:"required,max=200"`
}

// NewServer is everything that the program's main does but opening the database and listening.
func NewServer(ctx context.Context, database *bun.DB) (*echo.Echo, error) {
	if err := db.CreateTables(ctx, database, (*Note)(nil)); err != nil {
		return nil, err
	}
	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Note]{Name: "notes"})
	e := api.Server(rest)
	return e, rest.Mount(e.Group("/rest/v1"))
}
