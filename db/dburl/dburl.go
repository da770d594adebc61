package dburl

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/postgres"
	"github.com/groundwork-go/groundwork/db/sqlite"
)

// forms is what every error about a URL ends with.
const forms = "use sqlite:FILE, sqlite::memory: or postgres://user:password@host:5432/database"

// Open opens the database that url names, with the driver of its scheme and that driver's defaults: sqlite:FILE (everything after
// the colon is the path), sqlite::memory: (gone after Close), postgres://… or postgresql://…. Its errors do not repeat url, in
// which there may be a password.
func Open(ctx context.Context, url string, opts ...db.Option) (*bun.DB, error) {
	driver, err := Driver(url)
	if err != nil {
		return nil, err
	}
	return db.Open(ctx, driver, opts...)
}

// Driver returns the driver that [Open] would use. It is a [sqlite.Config] or a [postgres.Config], for programs that change
// something in it before they open it.
func Driver(url string) (db.Driver, error) {
	scheme, rest, found := strings.Cut(url, ":")
	switch {
	case url == "":
		return nil, errors.New("dburl: the database URL is empty; " + forms)
	case !found:
		return nil, errors.New("dburl: the database URL has no scheme; " + forms)
	}
	switch strings.ToLower(scheme) {
	case "sqlite":
		return sqliteDriver(rest)
	case "postgres", "postgresql":
		if !strings.HasPrefix(rest, "//") {
			return nil, errors.New("dburl: a PostgreSQL URL begins with postgres://; " + forms)
		}
		return postgres.URL(strings.ToLower(scheme) + ":" + rest), nil
	}
	if !schemeName.MatchString(scheme) {
		return nil, errors.New("dburl: the database URL has no scheme; " + forms)
	}
	return nil, fmt.Errorf("dburl: there is no database driver for %q; %s", scheme, forms)
}

// schemeName is what may be repeated in an error: a short word, hardly a password.
var schemeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]{0,19}$`)

func sqliteDriver(path string) (db.Driver, error) {
	switch {
	case path == ":memory:":
		return sqlite.Memory(), nil
	case path == "":
		return nil, errors.New("dburl: sqlite: needs a file; " + forms)
	case strings.HasPrefix(path, "//"):
		// With three slashes the path is absolute, as with one; two slashes would name a host.
		if !strings.HasPrefix(path, "///") {
			return nil, errors.New("dburl: a SQLite URL has no host: write sqlite:FILE or sqlite:///absolute/FILE")
		}
		return sqlite.File(path[2:]), nil
	}
	return sqlite.File(path), nil
}
