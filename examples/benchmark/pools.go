package main

import (
	"database/sql"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite" of database/sql
)

// maxConns is the size of the pools on PostgreSQL: the default of package postgres.
const maxConns = 20

// pools are what hand-written programs use: on SQLite one pool for reading and one connection for writing, on PostgreSQL the same pool
// twice.
type pools struct {
	read, write *sql.DB
	postgres    bool
}

// openPools opens a database as a good developer does without this module.
func openPools(url, synchronous string) (pools, error) {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return openPostgres(url)
	}
	dsn := "file:" + path + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(" + synchronous +
		")&_pragma=foreign_keys(1)&_txlock=immediate"
	write, err := sql.Open("sqlite", dsn)
	if err != nil {
		return pools{}, err
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn+"&_pragma=query_only(1)")
	if err != nil {
		return pools{}, err
	}
	readers := min(max(runtime.GOMAXPROCS(0), 2), 4)
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return pools{read: read, write: write}, nil
}

// openPostgres follows Bun's advice for pgx: Bun writes values into the text of statements, so that preparing them gains nothing.
func openPostgres(url string) (pools, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return pools{}, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns)
	return pools{read: pool, write: pool, postgres: true}, nil
}

func (p pools) bun(pool *sql.DB) *bun.DB {
	if p.postgres {
		return bun.NewDB(pool, pgdialect.New())
	}
	return bun.NewDB(pool, sqlitedialect.New())
}
