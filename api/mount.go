package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// seal checks everything that was registered and makes the API immutable. Every mistake comes back at once.
func (a *API) seal() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mounted {
		a.reject(errors.New("api: Mount was called twice"))
	}
	if len(a.mistakes) == 0 {
		a.reject(a.link())
	}
	if len(a.mistakes) == 0 {
		a.reject(a.probe())
	}
	if describer, ok := a.cfg.Authorizer.(policy.Describer); ok && len(a.mistakes) == 0 {
		a.reject(describer.Describe(a.described()))
	}
	if len(a.mistakes) > 0 {
		return errors.Join(a.mistakes...)
	}
	a.mounted = true
	return nil
}

// link connects the tables of all resources.
func (a *API) link() error {
	tables := make([]*schema.Table, 0, len(a.names))
	for _, name := range a.names {
		if res := a.resources[name]; res.source == nil {
			tables = append(tables, res.table)
		}
	}
	return schema.Link(tables)
}

// probe asks the database whether the columns of every table exist, so that a forgotten migration is found now and not by a request. A
// database that cannot answer at the moment is no mistake of the program.
func (a *API) probe() error {
	var mistakes []error
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, name := range a.names {
		res := a.resources[name]
		if res.source != nil {
			continue
		}
		_, err := a.lane.Query(ctx, db.Statement{Text: probeSQL(res.table)}, nil, nil)
		var failed *db.Error
		switch {
		case err == nil:
		case errors.As(err, &failed) && (failed.Code == "42P01" || failed.Code == "42703"):
			mistakes = append(mistakes, fmt.Errorf(
				"api: resource %q does not match the database: %s: run db.CreateTables or db.Migrate before Mount", name, failed.Message))
		default:
			a.cfg.Logger.WarnContext(ctx, "a resource could not be compared with the database",
				slog.String("resource", name), slog.Any("error", err))
		}
	}
	return errors.Join(mistakes...)
}

// probeSQL selects every column of no row.
func probeSQL(table *schema.Table) string {
	var b filter.Builder
	b.Raw("SELECT ")
	for i := range table.Columns {
		if i > 0 {
			b.Raw(", ")
		}
		b.Ident(table.Columns[i].SQLName)
	}
	b.Raw(" FROM ")
	if table.SQLSchema != "" {
		b.Ident(table.SQLSchema).Raw(".")
	}
	b.Ident(table.SQLName).Raw(" WHERE 1 = 0")
	return string(b.Buf)
}

// described lists what is mounted, for a policy.Describer.
func (a *API) described() []policy.Resource {
	list := make([]policy.Resource, 0, len(a.names)+len(a.functions))
	for _, name := range a.names {
		res := a.resources[name]
		described := policy.Resource{Name: name, Table: res.table, Actions: res.actions}
		if res.tenant != nil {
			described.Tenant = res.tenant.Name
		}
		list = append(list, described)
	}
	for _, name := range slices.Sorted(maps.Keys(a.functions)) {
		list = append(list, policy.Resource{Name: "rpc." + name, Actions: []policy.Action{policy.Execute}})
	}
	return list
}

// registry answers what the query parser asks about tables beside their schema.
type registry struct {
	api *API
	q   *request
}

// Exposed reports whether a table is a resource.
func (r registry) Exposed(t *schema.Table) bool { return r.api.byTable[t] != nil }

// Visible reports whether the caller may read the resource, and so may learn its name.
func (r registry) Visible(t *schema.Table) bool {
	res := r.api.byTable[t]
	if res == nil || r.q == nil {
		return false
	}
	_, err := r.api.authorize(r.q.r.Context(), &r.q.caller, res, policy.Select, nil)
	return err == nil
}

// queryOptions are the parser's options for a request on a resource.
func (a *API) queryOptions() query.Options {
	return query.Options{
		Dialect: a.lane.Dialect(),
		Limits: query.Limits{
			Depth: a.cfg.Limits.Depth, Embeds: a.cfg.Limits.Embeds,
			Conditions: a.cfg.Limits.Conditions, InElements: a.cfg.Limits.In,
		},
	}
}
