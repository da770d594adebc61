package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/groundwork-go/groundwork/db/schema"
)

// TableOptions are what a resource without a Go type can be given: a [Resource] whose hooks see rows as [Row]. Source must be nil.
type TableOptions = Resource[Row]

// Table adds a table or view of the database that has no Go type, by its name there; "sales.orders" is one of another PostgreSQL schema
// than the current one. Its columns, keys and relations are read from the database's catalog with [schema.Inspect], and wire names are
// the database's own. Everything else is as with [Register]: the same policies, the same requests, the same mistakes at Mount. Views
// can only be read.
//
// The catalog is read once, at the first Table of a schema. A program that changes its tables does so before.
func Table(a *API, name string, o TableOptions) *Collection[Row] {
	collection := &Collection[Row]{api: a, res: newResource(o)}
	if a.database == nil {
		return collection // New has reported it
	}
	table, err := a.inspected(name)
	if err != nil {
		a.reject(fmt.Errorf("api: table %q: %w", name, err))
		return collection
	}
	a.addTable(collection, table, o)
	return collection
}

// Tables adds tables that [schema.Inspect] has described, or that were made with [schema.New], all with the same options; the name of
// each resource is the table's. Tables that are not in the list are not exposed, and a relation needs both of its tables, a
// many-to-many one its join table too. The tables are copied.
func Tables(a *API, tables []*schema.Table, o TableOptions) {
	if o.Name != "" {
		a.reject(errors.New("api: Tables: Name is for one resource: use Table, or InspectOptions.Names"))
		return
	}
	for _, table := range tables {
		collection := &Collection[Row]{api: a, res: newResource(o)}
		if a.database != nil {
			a.addTable(collection, table, o)
		}
	}
}

// addTable registers a described table.
func (a *API) addTable(collection *Collection[Row], described *schema.Table, o TableOptions) {
	if o.Source != nil {
		a.reject(fmt.Errorf("api: table %q: a table has no Source: use Register", described.Name))
		return
	}
	table, err := schema.New(*described)
	if err != nil {
		a.reject(fmt.Errorf("api: table %q: %w", described.Name, err))
		return
	}
	register(a, collection, table, o, rowCodec{table})
}

// inspected finds a table in the database's catalog, which is read once for each schema.
func (a *API) inspected(name string) (*schema.Table, error) {
	in, bare, qualified := strings.Cut(name, ".")
	if !qualified {
		in, bare = "", name
	}
	catalog, read := a.catalogs[in]
	if !read {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		tables, err := schema.Inspect(ctx, a.database, schema.InspectOptions{Tables: []string{"*"}, Schema: in})
		catalog = inspection{tables: tables, err: err}
		if a.catalogs == nil {
			a.catalogs = make(map[string]inspection)
		}
		a.catalogs[in] = catalog
	}
	if catalog.err != nil {
		return nil, catalog.err
	}
	names := make([]string, len(catalog.tables))
	for i, table := range catalog.tables {
		if table.Name == bare {
			return table, nil
		}
		names[i] = table.Name
	}
	if closest, ok := schema.Closest(bare, names); ok {
		return nil, fmt.Errorf("the database has no such table: did you mean %q", closest)
	}
	return nil, errors.New("the database has no such table")
}

// inspection is what reading a catalog gave.
type inspection struct {
	tables []*schema.Table
	err    error
}
