package rbactest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Engine is an engine without a database that knows the tables of the models, with every action. Functions and other objects are
// declared in Config.Resources. Mistakes in the rules end the test.
func Engine(t testing.TB, cfg rbac.Config, models ...any) *rbac.Engine {
	t.Helper()
	resources, err := Resources(models...)
	if err != nil {
		t.Fatalf("rbactest: %v", err)
	}
	engine, err := rbac.New(t.Context(), nil, cfg)
	if err != nil {
		t.Fatalf("rbactest: %v", err)
	}
	if err := engine.Describe(resources); err != nil {
		t.Fatalf("rbactest: %v", err)
	}
	return engine
}

// Resources describes Bun models as Mount would, under the names of their tables and with every action. The join models of
// many-to-many relations stand before the models that name them.
func Resources(models ...any) ([]policy.Resource, error) {
	database := bun.NewDB(sql.OpenDB(nowhere{}), sqlitedialect.New())
	database.RegisterModel(models...)
	tables := make([]*schema.Table, len(models))
	resources := make([]policy.Resource, len(models))
	for i, model := range models {
		table, err := schema.FromModel(database, model)
		if err != nil {
			return nil, err
		}
		tables[i] = table
		resources[i] = policy.Resource{
			Name: table.Name, Table: table, Actions: []policy.Action{policy.Select, policy.Insert, policy.Update, policy.Delete},
		}
	}
	return resources, schema.Link(tables)
}

// nowhere is a database that nobody can connect to: only the models are looked at.
type nowhere struct{}

func (nowhere) Connect(context.Context) (driver.Conn, error) {
	return nil, errors.New("rbactest: there is no database")
}
func (nowhere) Driver() driver.Driver { return nil }
