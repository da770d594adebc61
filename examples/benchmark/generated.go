package main

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dburl"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/postgres"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// token is the credential of every request to the generated resource.
const token = "a-token-as-long-as-those-that-programs-use-0123456789abcdef"

// serveGenerated serves the table as a resource, with sign-in and permissions.
func serveGenerated(ctx context.Context, listener net.Listener, url string) error {
	driver, err := dburl.Driver(url)
	if err != nil {
		return err
	}
	if config, ok := driver.(postgres.Config); ok {
		config.MaxConns, config.Reserved = maxConns+1, 1 // as many for requests as the others have, one for urgent work
		driver = config
	}
	database, err := db.Open(ctx, driver)
	if err != nil {
		return err
	}
	defer database.Close()
	writer := auth.Identity{ID: owner(0), Role: "writer"}
	rest := api.New(database, api.Config{
		Auth: auth.AuthenticatorFunc(func(r *http.Request) (auth.Identity, error) {
			sent, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok || sent != token {
				return auth.Identity{}, auth.ErrInvalidToken
			}
			return writer, nil
		}),
		Authorizer: &rules{},
	})
	api.Register(rest, api.Resource[Post]{Name: "posts"})
	e := api.Server(rest)
	if err := rest.Mount(e.Group("/rest/v1")); err != nil {
		return err
	}
	return api.Serve(ctx, listener, e)
}

// rules is a policy.Authorizer of one table: writers see and change what is published or their own, and only the columns listed.
type rules struct{ readable, writable filter.Expr }

// Describe compiles the conditions.
func (r *rules) Describe(resources []policy.Resource) error {
	for _, resource := range resources {
		var err error
		if r.readable, err = filter.Parse(resource.Table, "or=(published.is.true,owner_id.eq.{auth.uid})"); err != nil {
			return err
		}
		if r.writable, err = filter.Parse(resource.Table, "published=is.true"); err != nil {
			return err
		}
	}
	return nil
}

// Plan answers by role and action.
func (r *rules) Plan(_ context.Context, request policy.Request) (policy.Plan, error) {
	if request.Who.Role != "writer" || request.Action == policy.Delete {
		return policy.Plan{}, nil
	}
	bind := func(e filter.Expr) filter.Expr {
		return filter.Bind(e, func(name string) (any, bool) { return request.Who.ID, name == "auth.uid" }, false)
	}
	plan := policy.Plan{Kind: policy.Conditional, Readable: shown, Writable: sent}
	if request.Action != policy.Insert {
		plan.Where = bind(r.readable)
	}
	if request.Action != policy.Select {
		plan.Check = bind(r.writable)
	}
	return plan, nil
}

var (
	shown = policy.Columns("id", "title", "body", "owner_id", "price", "published", "created_at")
	sent  = policy.Columns("title", "body", "owner_id", "price", "published")
)
