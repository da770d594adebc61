package sqlite_test

import (
	"context"
	"fmt"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

func Example() {
	ctx := context.Background()
	database, err := db.Open(ctx, sqlite.Memory()) // or sqlite.File("blog.db")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer database.Close()

	type Post struct {
		ID    int64 `bun:",pk,autoincrement"`
		Title string
	}
	if _, err := database.NewCreateTable().Model((*Post)(nil)).Exec(ctx); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := database.NewInsert().Model(&Post{Title: "Hello"}).Exec(ctx); err != nil {
		fmt.Println(err)
		return
	}
	n, err := database.NewSelect().Model((*Post)(nil)).Where("gw_ilike('%HELL%', title)").Count(ctx)
	fmt.Println(n, err)
	// Output: 1 <nil>
}
