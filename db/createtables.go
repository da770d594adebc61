package db

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// CreateTables creates the tables of models that do not exist, with their primary keys, unique constraints, and a foreign key for
// each belongs-to relation, in an order in which every table follows those it refers to. Tables that exist are left as they are,
// whatever their columns: later changes are a matter for [Migrate]. The join model of a many-to-many relation is given like any
// other. All tables are created in one transaction, and several programs may call it at the same moment.
//
// Models are pointers, such as (*Post)(nil).
func CreateTables(ctx context.Context, database *bun.DB, models ...any) error {
	tables, err := tablesOf(database, models)
	if err != nil {
		return err
	}
	return locked(Maintenance(ctx), database, func(ctx context.Context, tx bun.Tx) error {
		c := creator{tx: tx, inline: database.Dialect().Name() != dialect.PG, given: map[string]bool{}}
		for _, t := range tables {
			c.given[t.Name] = true
		}
		for _, t := range byDependency(tables) {
			if err := c.create(ctx, t); err != nil {
				return fmt.Errorf("db: create table %s: %w", t.Name, Classify(database, err))
			}
		}
		for _, add := range c.later {
			if _, err := tx.NewRaw("ALTER TABLE ? ADD FOREIGN KEY ?", add.table, add.key).Exec(ctx); err != nil {
				return fmt.Errorf("db: add foreign key: %w", Classify(database, err))
			}
		}
		return nil
	})
}

// tablesOf lets Bun read the models. Bun panics about models it cannot use, and wants join models before those whose
// many-to-many relation names them.
func tablesOf(database *bun.DB, models []any) (tables []*schema.Table, err error) {
	types := make([]reflect.Type, len(models))
	for i, model := range models {
		typ := reflect.TypeOf(model)
		for typ != nil && (typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice) {
			typ = typ.Elem()
		}
		if typ == nil || typ.Kind() != reflect.Struct {
			return nil, fmt.Errorf("db: a model is a pointer to a struct, such as (*Post)(nil), not %T", model)
		}
		types[i] = typ
	}
	slices.SortStableFunc(types, func(a, b reflect.Type) int { return cmp.Compare(manyToMany(a), manyToMany(b)) })
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("db: models: %v", p)
		}
	}()
	for _, typ := range types {
		tables = append(tables, database.Table(typ))
	}
	return tables, nil
}

// manyToMany counts the many-to-many relations of a struct.
func manyToMany(typ reflect.Type) int {
	n := 0
	for field := range typ.Fields() {
		if strings.Contains(field.Tag.Get("bun"), "m2m:") {
			n++
		}
	}
	return n
}

// byDependency puts each table after those it refers to, as far as the references form no circle.
func byDependency(tables []*schema.Table) []*schema.Table {
	given := map[string]*schema.Table{}
	for _, t := range tables {
		given[t.Name] = t
	}
	var ordered []*schema.Table
	seen := map[string]bool{}
	var visit func(t *schema.Table)
	visit = func(t *schema.Table) {
		if seen[t.Name] {
			return
		}
		seen[t.Name] = true
		for _, rel := range references(t) {
			if other := given[rel.JoinTable.Name]; other != nil {
				visit(other)
			}
		}
		ordered = append(ordered, t)
	}
	for _, t := range tables {
		visit(t)
	}
	return ordered
}

// references returns the relations of t that are foreign keys, in the order of their names.
func references(t *schema.Table) []*schema.Relation {
	var found []*schema.Relation
	for _, rel := range t.Relations {
		if rel.References() {
			found = append(found, rel)
		}
	}
	slices.SortFunc(found, func(a, b *schema.Relation) int { return cmp.Compare(a.Field.GoName, b.Field.GoName) })
	return found
}

// creator creates tables in one transaction.
type creator struct {
	tx bun.Tx
	// inline: the database takes a foreign key to a table that does not exist yet.
	inline bool
	given  map[string]bool // all tables to create
	done   map[string]bool
	later  []laterKey
}

// laterKey is a foreign key to a table that is created after the one that has it.
type laterKey struct {
	table bun.Safe
	key   schema.QueryWithArgs
}

func (c *creator) create(ctx context.Context, t *schema.Table) error {
	if c.done == nil {
		c.done = map[string]bool{}
	}
	exists, err := c.exists(ctx, t)
	c.done[t.Name] = true
	if exists || err != nil {
		return err
	}
	q := c.tx.NewCreateTable().Model(reflect.New(t.Type).Interface()).IfNotExists()
	for _, rel := range references(t) {
		other := rel.JoinTable.Name
		if key := foreignKey(rel); c.inline || c.done[other] || !c.given[other] {
			q = q.ForeignKey(key.Query, key.Args...)
		} else {
			c.later = append(c.later, laterKey{table: t.SQLName, key: key})
		}
	}
	_, err = q.Exec(ctx)
	return err
}

// exists asks the catalog, so that a foreign key of a circle is not added twice.
func (c *creator) exists(ctx context.Context, t *schema.Table) (bool, error) {
	var exists bool
	query := "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?)"
	arg := t.Name
	if c.tx.Dialect().Name() == dialect.PG {
		query, arg = "SELECT to_regclass(?) IS NOT NULL", string(t.SQLName)
	}
	err := c.tx.NewRaw(query, arg).Scan(ctx, &exists)
	return exists, err
}

// foreignKey is what follows FOREIGN KEY.
func foreignKey(rel *schema.Relation) schema.QueryWithArgs {
	query := "(?) REFERENCES ? (?)"
	args := []any{columns(rel.BasePKs), rel.JoinTable.SQLName, columns(rel.JoinPKs)}
	var querySb176 strings.Builder
	for _, action := range []string{rel.OnUpdate, rel.OnDelete} {
		if action != "" {
			querySb176.WriteString(" ?")
			args = append(args, bun.Safe(action))
		}
	}
	query += querySb176.String()
	return schema.SafeQuery(query, args)
}

func columns(fields []*schema.Field) bun.Safe {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f.SQLName)
	}
	return bun.Safe(strings.Join(names, ", "))
}
