// Deploy is the program of a how-to: one that runs behind a proxy, on either database.
package main

import (
	"context"
	"flag"
	"log"
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dburl"
)

// Order is what the program serves.
type Order struct {
	bun.BaseModel `bun:"table:orders"`

	ID    int64  `bun:",pk,autoincrement" json:"id"`
	Cents int64  `bun:",notnull" json:"cents"`
	Note  string `bun:",notnull,default:''" json:"note"`
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	url := flag.String("db", "sqlite:shop.db", "database")
	flag.Parse()
	if err := run(context.Background(), *addr, *url); err != nil {
		log.Fatal(err)
	}
}

// code:run

func run(ctx context.Context, addr, url string) error {
	database, err := dburl.Open(ctx, url)
	if err != nil {
		return err
	}
	defer database.Close()
	if err := db.CreateTables(ctx, database, (*Order)(nil)); err != nil {
		return err
	}
	rest := api.New(database, config())
	api.Register(rest, api.Resource[Order]{Name: "orders"})
	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		return err
	}
	return api.Run(ctx, addr, e)
}

// config is what a program behind a proxy sets.
func config() api.Config {
	return api.Config{
		Authorizer: api.AllowAll, // yours goes here
		CORS:       api.CORS{Origins: []string{"https://shop.example.com"}},
		Edge: api.Edge{
			// X-Forwarded-For counts only when one of these sent it.
			Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
			// The load balancer asks /ready every 5 s: keep serving until it has noticed.
			PreStop: 6 * time.Second,
			Drain:   20 * time.Second,
		},
	}
}

// end

// code:backup

// backup writes a consistent copy of a SQLite database to path, which must not exist yet, while the program serves.
func backup(ctx context.Context, database *bun.DB, path string) error {
	_, err := database.ExecContext(db.Maintenance(ctx), "VACUUM INTO ?", path)
	return err
}

// end
