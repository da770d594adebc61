package db_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

// prepared is a Driver around another one: it gives every database that it opens the tables the program needs.
func prepared(inner db.Driver, migrations db.Migrations) db.Driver {
	return db.DriverFunc(func(ctx context.Context) (*bun.DB, error) {
		database, err := inner.Open(ctx)
		if err != nil {
			return nil, err
		}
		if err := db.Migrate(ctx, database, migrations); err != nil {
			return nil, fmt.Errorf("migrating: %w", err)
		}
		return database, nil
	})
}

func ExampleDriver() {
	ctx := context.Background()
	steps := db.Migrations{Go: []db.Migration{{Version: 1, Name: "accounts", Up: func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewCreateTable().Model((*account)(nil)).Exec(ctx)
		return err
	}}}}
	database, err := db.Open(ctx, prepared(sqlite.Memory(), steps))
	if err != nil {
		log.Fatal(err)
	}
	defer database.Close()
	count, err := database.NewSelect().Model((*account)(nil)).Count(ctx)
	fmt.Println(count, err)
	// Output: 0 <nil>
}

// credit works the same inside of a transaction and outside.
func credit(ctx context.Context, database *bun.DB, id, amount int64) error {
	_, err := db.From(ctx, database).NewUpdate().Model((*account)(nil)).Set("balance = balance + ?", amount).Where("id = ?", id).Exec(ctx)
	return err
}

func ExampleFrom() {
	ctx := context.Background()
	database, err := db.Open(ctx, sqlite.Memory())
	if err != nil {
		log.Fatal(err)
	}
	defer database.Close()
	if err := db.CreateTables(ctx, database, (*account)(nil)); err != nil {
		log.Fatal(err)
	}
	if _, err := database.NewInsert().Model(&account{ID: 1, Name: "ann", Balance: 10}).Exec(ctx); err != nil {
		log.Fatal(err)
	}

	if err := credit(ctx, database, 1, 5); err != nil {
		log.Fatal(err)
	}
	err = db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
		if err := credit(ctx, database, 1, 100); err != nil {
			return err
		}
		return errors.New("changed my mind")
	})
	fmt.Println(err)

	var ann account
	err = database.NewSelect().Model(&ann).Where("id = 1").Scan(ctx)
	fmt.Println(ann.Balance, err)
	// Output:
	// changed my mind
	// 15 <nil>
}

func ExampleAfterCommit() {
	ctx := context.Background()
	database, err := db.Open(ctx, sqlite.Memory())
	if err != nil {
		log.Fatal(err)
	}
	defer database.Close()

	_ = db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
		db.AfterCommit(ctx, func(context.Context) { fmt.Println("mail sent") })
		fmt.Println("working")
		return nil
	})
	_ = db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
		db.AfterCommit(ctx, func(context.Context) { fmt.Println("never") })
		return errors.New("undone")
	})
	// Output:
	// working
	// mail sent
}
