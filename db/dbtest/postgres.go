package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// source is where the databases come from. It holds on to the server: collecting it would close the pipe that keeps it running.
type source struct {
	admin  string
	server *PostgresServer
}

// shared is the source that all tests of this process use.
var shared = sync.OnceValues(func() (source, error) {
	if admin := os.Getenv("GROUNDWORK_TEST_POSTGRES"); admin != "" {
		return source{admin: admin}, nil
	}
	server, err := newServer(false)
	if err != nil {
		return source{}, err
	}
	if err := server.start(); err != nil {
		return source{}, err
	}
	return source{admin: server.URL(), server: server}, nil
})

var databases atomic.Int64

// PostgresURL creates an empty PostgreSQL database, dropped at the end of the test, and returns its URL.
func PostgresURL(t testing.TB) string {
	t.Helper()
	from, err := shared()
	if err != nil {
		unavailable(t, err)
	}
	admin := from.admin
	name := "gwtest_" + strconv.Itoa(os.Getpid()) + "_" + strconv.FormatInt(databases.Add(1), 10) + "_" +
		strconv.FormatInt(time.Now().UnixNano()%1e9, 36)
	if err := execAdmin(admin, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	t.Cleanup(func() {
		if err := execAdmin(admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatalf("dbtest: GROUNDWORK_TEST_POSTGRES is not a URL")
	}
	u.Path = "/" + name
	return u.String()
}

// execAdmin runs one statement on a connection of its own.
func execAdmin(admin, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// errNoPostgres says that there are no binaries to start a server with.
var errNoPostgres = errors.New("no PostgreSQL found: install it, or set GROUNDWORK_TEST_POSTGRES to the URL of a server")

// unavailable ends the test: skipped when PostgreSQL is not installed and not required, failed otherwise.
func unavailable(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNoPostgres) && os.Getenv("GROUNDWORK_TEST_REQUIRE") != "all" {
		t.Skipf("dbtest: %v", err)
	}
	t.Fatalf("dbtest: %v", err)
}
