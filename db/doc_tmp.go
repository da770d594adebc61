package db

// Temporary: keeps the dependencies in go.mod until their packages exist.
import (
	_ "github.com/getkin/kin-openapi/openapi3"
	_ "github.com/go-playground/validator/v10"
	_ "github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/klauspost/compress/gzip"
	_ "github.com/labstack/echo/v4"
	_ "github.com/spf13/pflag"
	_ "github.com/spf13/viper"
	_ "github.com/stretchr/testify/require"
	_ "github.com/uptrace/bun/dialect/pgdialect"
	_ "github.com/uptrace/bun/dialect/sqlitedialect"
	_ "go.uber.org/goleak"
	_ "modernc.org/sqlite"
	_ "zombiezen.com/go/sqlite/sqlitex"
)
