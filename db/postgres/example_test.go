package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/postgres"
)

func Example() {
	config := postgres.URL("postgres://app:secret@127.0.0.1:1/app") // nobody listens there
	config.MaxConns = 50
	config.StatementTimeout = 3 * time.Second
	database, err := db.Open(context.Background(), config)
	if errors.Is(err, db.ErrUnavailable) {
		fmt.Println("a wrong address is told at once, without the password")
		return
	}
	defer database.Close()
	// Output: a wrong address is told at once, without the password
}
