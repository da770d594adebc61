package dburl_test

import (
	"context"
	"fmt"
	"log"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dburl"
	"github.com/groundwork-go/groundwork/db/postgres"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

func Example() {
	// The URL usually comes from a flag or a file: "sqlite:blog.db", "postgres://app:secret@db.example.com/blog".
	database, err := dburl.Open(context.Background(), "sqlite::memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer database.Close()
	fmt.Println(database.Dialect().Name())
	// Output: sqlite
}

func ExampleDriver() {
	driver, err := dburl.Driver("sqlite::memory:")
	if err != nil {
		log.Fatal(err)
	}
	switch config := driver.(type) {
	case sqlite.Config:
		config.Readers = 2
		driver = config
	case postgres.Config:
		config.MaxConns = 50
		driver = config
	}
	database, err := db.Open(context.Background(), driver)
	if err != nil {
		log.Fatal(err)
	}
	defer database.Close()
	fmt.Println(database.Ping())
	// Output: <nil>
}
