package api_test

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db"
)

// note is a model with the kinds of fields that travel differently between struct, text and database.
type note struct {
	bun.BaseModel `bun:"table:notes"`

	ID      int64          `bun:",pk,autoincrement" json:"id"`
	Title   string         `bun:",notnull" json:"title" validate:"required,max=40"`
	Stars   *int           `json:"stars" validate:"omitempty,min=0,max=5"`
	Price   string         `bun:"type:numeric(12,2),notnull,default:0" json:"price"`
	Done    bool           `bun:",notnull,default:false" json:"done"`
	Tags    []string       `bun:",array" json:"tags"`
	Details map[string]any `bun:"type:jsonb" json:"details"`
	Owner   *uuid.UUID     `bun:"type:uuid" json:"owner"`
	Due     *time.Time     `bun:"type:date" json:"due"`
	Made    time.Time      `bun:",nullzero,notnull,default:current_timestamp" json:"made"`
	Blob    []byte         `json:"blob"`
	Tenant  string         `bun:",notnull,default:'main'" json:"tenant"`
}

// mounted builds an API over a database with the notes table and returns what serves it.
func mounted(t *testing.T, database *bun.DB, cfg api.Config, register func(rest *api.API)) http.Handler {
	t.Helper()
	require.NoError(t, db.CreateTables(t.Context(), database, (*note)(nil)))
	if cfg.Authorizer == nil {
		cfg.Authorizer = api.AllowAll
	}
	cfg.Logger = slog.New(slog.DiscardHandler)
	rest := api.New(database, cfg)
	register(rest)
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group("/rest/v1")))
	return e
}

// notes is mounted with one notes resource and a client for it.
func notes(t *testing.T, database *bun.DB, resource api.Resource[note]) (*apitest.Client, *api.Collection[note]) {
	t.Helper()
	var collection *api.Collection[note]
	e := mounted(t, database, api.Config{}, func(rest *api.API) { collection = api.Register(rest, resource) })
	return apitest.New(t, e), collection
}

//go:fix inline
