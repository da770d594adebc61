package plan

import (
	"sync"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
)

// Config is what a Compiler needs to know about its database and limits.
type Config struct {
	Dialect dialect.Name
	// MaxRows caps the rows of the root and of every embedded to-many; 0 means no cap.
	MaxRows int64
}

// Compiler compiles queries. It is safe for concurrent use.
type Compiler struct {
	cfg       Config
	shapes    shapes
	returned  shapes // of writes, with the columns of their representations
	renderers sync.Pool
}

// New returns a Compiler.
func New(cfg Config) *Compiler {
	c := &Compiler{cfg: cfg}
	c.renderers.New = func() any {
		return &renderer{c: c, b: &filter.Builder{Dialect: cfg.Dialect}}
	}
	return c
}

// Statement is a compiled read: its text, shared by every request of the same shape, and what its result columns are.
type Statement struct {
	db.Statement
	// Columns are the output columns, in result order.
	Columns []wire.Column
	// Total is true when one more result column, the last, holds the count of all matching rows.
	Total bool
}
