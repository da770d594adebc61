package db_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

type account struct {
	ID      int64  `bun:"id,pk"`
	Name    string `bun:"name,notnull,unique"`
	Balance int64  `bun:"balance,notnull"`
}

func Example() {
	ctx := context.Background()
	database, err := db.Open(ctx, sqlite.Memory())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer database.Close()
	if err := db.CreateTables(ctx, database, (*account)(nil)); err != nil {
		fmt.Println(err)
		return
	}

	err = db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
		db.AfterCommit(ctx, func(context.Context) { fmt.Println("committed") })
		_, err := tx.NewInsert().Model(&account{ID: 1, Name: "ann", Balance: 10}).Exec(ctx)
		return err
	})
	fmt.Println(err)

	_, err = database.NewInsert().Model(&account{ID: 2, Name: "ann"}).Exec(ctx)
	fmt.Println(errors.Is(err, db.ErrConflict))
	// Output:
	// committed
	// <nil>
	// true
}

func ExampleMigrate() {
	ctx := context.Background()
	database, err := db.Open(ctx, sqlite.Memory())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer database.Close()

	migrations := db.Migrations{
		// An application embeds a directory of files and sets FS; steps in Go go beside them.
		Go: []db.Migration{{Version: 1, Name: "accounts", Up: func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewCreateTable().Model((*account)(nil)).Exec(ctx)
			return err
		}}},
	}
	pending, _ := db.Pending(ctx, database, migrations)
	fmt.Println(len(pending), "to do:", pending[0].Name)
	fmt.Println(db.Migrate(ctx, database, migrations))
	pending, _ = db.Pending(ctx, database, migrations)
	fmt.Println(len(pending), "to do")
	// Output:
	// 1 to do: accounts
	// <nil>
	// 0 to do
}
