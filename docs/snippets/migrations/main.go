// Migrations is the program of a how-to: it brings its database to the form it needs before it serves.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dburl"
)

// Note is a row of the table that the migrations make.
type Note struct {
	bun.BaseModel `bun:"table:notes"`

	ID    int64  `bun:",pk,autoincrement" json:"id"`
	Title string `bun:",notnull" json:"title"`
	Slug  string `bun:",notnull" json:"slug"`
}

// Comment is a row of the table that the fourth step makes.
type Comment struct {
	bun.BaseModel `bun:"table:comments"`

	ID       int64     `bun:",pk,autoincrement" json:"id"`
	NoteID   int64     `bun:",notnull,unique:note_id_body" json:"note_id"`
	AuthorID uuid.UUID `bun:"type:uuid,notnull" json:"author_id"`
	Body     string    `bun:",notnull,unique:note_id_body" json:"body"`
	PostedAt time.Time `bun:",nullzero,notnull,default:current_timestamp" json:"posted_at"`

	Note *Note `bun:"rel:belongs-to,join:note_id=id" json:"-"`
}

// code:steps

//go:embed migrations/*.sql
var files embed.FS

// steps are the migrations: the SQL files, and one step in Go.
func steps() (db.Migrations, error) {
	folder, err := fs.Sub(files, "migrations")
	return db.Migrations{FS: folder, Go: []db.Migration{{Version: 3, Name: "fill slugs", Up: fillSlugs}}}, err
}

// fillSlugs gives a slug to the notes that were there before the column was.
func fillSlugs(ctx context.Context, tx bun.Tx) error {
	var notes []Note
	if err := tx.NewSelect().Model(&notes).Where("slug = ''").Scan(ctx); err != nil {
		return err
	}
	for _, note := range notes {
		slug := strings.ReplaceAll(strings.ToLower(note.Title), " ", "-")
		if _, err := tx.NewUpdate().Model(&note).Set("slug = ?", slug).WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// end

func main() {
	url := flag.String("db", "sqlite:notes.db", "database")
	flag.Parse()
	if err := run(context.Background(), *url); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string) error {
	database, err := dburl.Open(ctx, url)
	if err != nil {
		return err
	}
	defer database.Close()
	rest, err := prepare(ctx, database)
	if err != nil {
		return err
	}
	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		return err
	}
	return api.Run(ctx, "127.0.0.1:8080", e)
}

// code:prepare

// prepare migrates, and lets /ready say so when a step is missing.
func prepare(ctx context.Context, database *bun.DB) (*api.API, error) {
	migrations, err := steps()
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, database, migrations); err != nil {
		return nil, err
	}
	ready := func(ctx context.Context) error {
		pending, err := db.Pending(ctx, database, migrations)
		if err == nil && len(pending) > 0 {
			err = fmt.Errorf("%d migrations are missing", len(pending))
		}
		return err
	}
	rest := api.New(database, api.Config{Authorizer: api.AllowAll, Edge: api.Edge{Ready: ready}})
	api.Register(rest, api.Resource[Note]{Name: "notes"})
	api.Register(rest, api.Resource[Comment]{Name: "comments"})
	return rest, nil
}

// end
