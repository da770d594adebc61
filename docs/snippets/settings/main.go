// Settings is the program of a how-to: it reads its settings from a file, variables and flags.
package main

import (
	"context"
	"errors"
	"log"
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/config"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dburl"
)

// code:settings

// Settings are what an operator may change.
type Settings struct {
	Addr string `help:"address to listen on"`
	DB   string `config:"db,secret" help:"database URL"`
	Edge struct {
		Proxies []netip.Prefix `help:"networks whose X-Forwarded-For counts"`
		Drain   time.Duration  `help:"how long requests in flight may take at a stop"`
	}
	Limits struct {
		Rows      int64 `help:"rows of a list"`
		BodyBytes int64 `help:"largest body"`
	}
}

// defaults are the settings of a program that nobody told anything.
func defaults() Settings {
	var s Settings
	s.Addr, s.DB = "127.0.0.1:8080", "sqlite:shop.db"
	s.Edge.Drain = 20 * time.Second
	s.Limits.Rows, s.Limits.BodyBytes = 500, 1<<20
	return s
}

// end

// Item is what the program serves.
type Item struct {
	bun.BaseModel `bun:"table:items"`

	ID   int64  `bun:",pk,autoincrement" json:"id"`
	Name string `bun:",notnull" json:"name"`
}

// code:main

func main() {
	cfg, err := config.Load("shop", defaults())
	if errors.Is(err, config.ErrHelp) {
		return
	}
	if err == nil {
		err = run(context.Background(), cfg)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, cfg Settings) error {
	database, err := dburl.Open(ctx, cfg.DB)
	if err != nil {
		return err
	}
	defer database.Close()
	if err := db.CreateTables(ctx, database, (*Item)(nil)); err != nil {
		return err
	}
	rest := api.New(database, api.Config{
		Authorizer: api.AllowAll,
		Limits:     api.Limits{Rows: cfg.Limits.Rows, Body: cfg.Limits.BodyBytes},
		Edge:       api.Edge{Proxies: cfg.Edge.Proxies, Drain: cfg.Edge.Drain},
	})
	api.Register(rest, api.Resource[Item]{Name: "items"})
	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		return err
	}
	return api.Run(ctx, cfg.Addr, e)
}

// end
