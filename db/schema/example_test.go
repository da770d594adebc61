package schema_test

import (
	"context"
	"fmt"
	"log"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

type author struct {
	bun.BaseModel `bun:"table:authors"`

	ID   int64  `bun:",pk,autoincrement" json:"id"`
	Name string `bun:",notnull,unique" json:"name"`
}

type book struct {
	bun.BaseModel `bun:"table:books"`

	ID       int64   `bun:",pk,autoincrement" json:"id"`
	AuthorID int64   `bun:",notnull" json:"author"`
	Title    string  `bun:"type:varchar(80),notnull" json:"title"`
	Cost     float64 `json:"-"`
	Author   *author `bun:"rel:belongs-to,join:author_id=id"`
}

func Example() {
	database, err := db.Open(context.Background(), sqlite.Memory())
	if err != nil {
		log.Fatal(err)
	}
	defer database.Close()
	authors, err := schema.FromModel(database, (*author)(nil))
	if err != nil {
		log.Fatal(err)
	}
	books, err := schema.FromModel(database, (*book)(nil))
	if err != nil {
		log.Fatal(err)
	}
	if err := schema.Link([]*schema.Table{authors, books}); err != nil {
		log.Fatal(err)
	}

	fmt.Println(books.ColumnNames()) // "cost" is not on the wire
	title := books.Lookup("title")
	fmt.Println(title.Type, title.Kind, title.Nullable)
	for _, relation := range books.Relations {
		fmt.Println(relation.Cardinality, relation.Constraint, relation.Target.Name)
	}
	// Output:
	// [id author title]
	// character varying text false
	// many-to-one books_author_id_fkey authors
}
