package api

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

// API is a set of resources and functions over one database, ready to be mounted. Build it with [New], add to it with [Register],
// [Func] and [API.OnChange], then [API.Mount] it; from then on it is immutable and safe for concurrent use.
//
//   - Compose: [New], [Register], [Table], [Tables], [Func], [API.OnChange]
//   - Serve: [API.Mount], [Server], [Run]
//   - Use from Go: [Collection]
type API struct {
	database *bun.DB
	lane     db.Lane
	cfg      Config

	mu        sync.Mutex // guards what follows until Mount
	mounted   bool
	mistakes  []error
	resources map[string]*resource
	functions map[string]*function
	names     []string // of resources, in order of registration
	listeners []func(context.Context, *Change)
	prefix    string
	catalogs  map[string]inspection // by schema, for Table

	compiler  *plan.Compiler
	byTable   map[*schema.Table]*resource
	preflight corsRules
}

// New returns an API without resources. It never fails: what is wrong with database or cfg is reported by [API.Mount].
func New(database *bun.DB, cfg Config) *API {
	a := &API{
		database:  database,
		cfg:       cfg.withDefaults(),
		resources: make(map[string]*resource),
		functions: make(map[string]*function),
		byTable:   make(map[*schema.Table]*resource),
	}
	a.preflight = newCORS(a.cfg.CORS)
	a.reject(a.preflight.mistake)
	if database == nil {
		a.reject(errors.New("api: New was given a nil database"))
		return a
	}
	lane, err := db.LaneOf(database)
	if err != nil {
		a.reject(fmt.Errorf("api: %w: open the database with db.Open or dburl.Open", err))
		return a
	}
	a.lane = lane
	a.compiler = plan.New(plan.Config{Dialect: lane.Dialect(), MaxRows: max(a.cfg.Limits.Rows, 0)})
	return a
}

// reject remembers a mistake for Mount; nil is ignored.
func (a *API) reject(err error) {
	if err != nil {
		a.mistakes = append(a.mistakes, err)
	}
}
