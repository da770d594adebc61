package api_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
)

// Page is a resource that the program itself uses too.
type Page struct {
	bun.BaseModel `bun:"table:pages"`

	ID    int64  `bun:",pk,autoincrement" json:"id"`
	Slug  string `bun:",notnull,unique" json:"slug" validate:"required,max=40"`
	Views int64  `bun:",notnull,default:0" json:"views"`
}

func ExampleCollection() {
	database := openExample((*Page)(nil))
	defer database.Close()

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	pages := api.Register(rest, api.Resource[Page]{Name: "pages"})
	serveExample(rest)
	ctx := context.Background() // in a handler the context of its request, which says who asks

	home := Page{Slug: "home"}
	if err := pages.Create(ctx, &home); err != nil {
		log.Fatal(err)
	}
	home.Views++
	if err := pages.Update(ctx, &home, "views"); err != nil {
		log.Fatal(err)
	}
	popular, err := pages.List(ctx, "views=gte.1&order=views.desc&limit=10")
	fmt.Println(len(popular), popular[0].Slug, err)

	_, err = pages.Get(ctx, 99)
	fmt.Println(errors.Is(err, db.ErrNotFound))
	err = pages.Create(ctx, &Page{Slug: "home"})
	fmt.Println(errors.Is(err, db.ErrConflict))

	// Both inside one transaction: the second fails, so neither stays.
	err = db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
		if err := pages.Create(ctx, &Page{Slug: "about"}); err != nil {
			return err
		}
		return pages.Create(ctx, &Page{})
	})
	fmt.Println(err)
	count, err := pages.Count(ctx, "")
	fmt.Println(count, err)
	// Output:
	// 1 home <nil>
	// true
	// true
	// 23514: invalid values for: slug
	// 1 <nil>
}
