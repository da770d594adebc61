package postgres

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// parseURL reads a connection string. Its errors never hold a part of the string: what looks like a port may be a password.
func parseURL(text string) (*pgxpool.Config, error) {
	if text == "" {
		return nil, errors.New("postgres: the URL is empty; it should look like postgres://user:password@host:5432/database")
	}
	if isURL(text) {
		if _, err := url.Parse(text); err != nil && !strings.Contains(text, ",") {
			return nil, errors.New("postgres: the URL is malformed; it should look like " +
				"postgres://user:password@host:5432/database, with special characters percent-encoded")
		}
	}
	cfg, err := pgxpool.ParseConfig(text)
	if err == nil {
		return cfg, nil
	}
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		if inner := parse.Unwrap(); inner != nil && !errors.As(inner, new(*url.Error)) && !quotes(inner, text) {
			return nil, fmt.Errorf("postgres: the URL cannot be used: %s", inner) //nolint:errorlint // the chain holds the URL and its password
		}
	}
	return nil, errors.New("postgres: the URL cannot be used: one of its parts is malformed")
}

func isURL(text string) bool {
	return strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://")
}

// quotes reports whether the error repeats the password, or anything else that stands before the host.
func quotes(err error, text string) bool {
	u, parseErr := url.Parse(text)
	if parseErr != nil || u.User == nil {
		return true
	}
	password, _ := u.User.Password()
	return password != "" && strings.Contains(err.Error(), password)
}

// urlMaxConns returns pool_max_conns of the URL, or 20.
func urlMaxConns(text string) int {
	if u, err := url.Parse(text); err == nil {
		if n, err := strconv.Atoi(u.Query().Get("pool_max_conns")); err == nil && n > 0 {
			return n
		}
	}
	return 20
}
