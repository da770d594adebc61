package schema

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// InspectOptions say which tables [Inspect] reads and how their names look on the wire.
type InspectOptions struct {
	// Tables are the tables and views to describe, by their names in the database. In a name * stands for any characters, so that
	// "*" is every table. Each must match something.
	Tables []string
	// Except leaves out tables that Tables matches; it may hold patterns too.
	Except []string
	// Schema is the PostgreSQL schema that holds the tables; default: the connection's current one. SQLite has none.
	Schema string
	// Names makes the wire name of a table or column from its name in the database, [SnakeCase] for example; nil: they are the same.
	Names func(sqlName string) string
}

// Inspect describes tables and views of a live database from its catalog: columns with their types, defaults and comments, primary
// keys, unique constraints and unique indexes, and foreign keys. The result is in the order of the wire names, ready for [Link].
//
// Views and materialized views are read-only. Partitions, members of extensions, virtual tables, tables of the database itself and
// those whose names begin with gw_ are left out. What SQLite does not tell is filled in: its integers are bigint and its floats double
// precision, because it stores them so; constraints without a name have the one that PostgreSQL gives by default, made of wire names;
// a column without a declared type, and the form of stored times ([Column.Layout]), follow the first value that is found.
//
// The error tells every name that matched nothing and every table that cannot be described.
func Inspect(ctx context.Context, database *bun.DB, options InspectOptions) ([]*Table, error) {
	if len(options.Tables) == 0 {
		return nil, errors.New(`schema: inspect: name the tables: "*" in Tables is every table`)
	}
	if options.Names == nil {
		options.Names = func(name string) string { return name }
	}
	read := readSQLite
	if database.Dialect().Name() == dialect.PG {
		read = readPostgres
	}
	all, err := read(ctx, database, &options)
	if err != nil {
		return nil, fmt.Errorf("schema: inspect: %w", err)
	}
	chosen, err := options.choose(all)
	mistakes := []error{err}
	tables := make([]*Table, 0, len(chosen))
	for _, t := range chosen {
		if database.Dialect().Name() != dialect.PG {
			if err := sample(ctx, database, t); err != nil {
				return nil, fmt.Errorf("schema: inspect: %w", err)
			}
		}
		table, err := t.describe(&options)
		mistakes = append(mistakes, err)
		tables = append(tables, table)
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(tables, func(a, b *Table) int { return cmp.Compare(a.Name, b.Name) })
	return tables, nil
}

// inspected is a table as a catalog describes it. Columns are named, and not numbered yet.
type inspected struct {
	schema, name, comment string
	view                  bool
	columns               []Column
	primaryKey            []string
	uniques               []inspectedKey
	foreignKeys           []inspectedKey
}

// inspectedKey is a unique constraint or a foreign key; all names are SQL names, the constraint's may be missing.
type inspectedKey struct {
	name, refSchema, refTable string
	columns, refColumns       []string
}

// choose returns the tables that the options name.
func (o *InspectOptions) choose(all []*inspected) ([]*inspected, error) {
	var mistakes []error
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = t.name
	}
	for _, pattern := range o.Tables {
		if _, err := path.Match(pattern, ""); err != nil {
			mistakes = append(mistakes, fmt.Errorf("schema: inspect: the pattern %q is malformed", pattern))
			continue
		}
		if !slices.ContainsFunc(names, func(name string) bool { return matches(pattern, name) }) {
			mistake := fmt.Sprintf("schema: inspect: the database has no table %q", pattern)
			if closest, ok := Closest(pattern, names); ok {
				mistake += fmt.Sprintf(": did you mean %q", closest)
			}
			mistakes = append(mistakes, errors.New(mistake))
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(all), func(t *inspected) bool {
		match := func(pattern string) bool { return matches(pattern, t.name) }
		return !slices.ContainsFunc(o.Tables, match) || slices.ContainsFunc(o.Except, match)
	})
	return chosen, errors.Join(mistakes...)
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return pattern == name || ok && err == nil
}

// reserved reports whether a table belongs to the library.
func reserved(name string) bool { return strings.HasPrefix(strings.ToLower(name), "gw_") }

// describe makes the table, its names on the wire included.
func (t *inspected) describe(o *InspectOptions) (*Table, error) {
	table := Table{
		Name: o.Names(t.name), SQLSchema: t.schema, SQLName: t.name, Columns: t.columns, ReadOnly: t.view, Comment: t.comment,
	}
	if table.Name == "" {
		return nil, fmt.Errorf("schema: inspect: Names gives %q no name", t.name)
	}
	for i := range table.Columns {
		c := &table.Columns[i]
		if c.Name = o.Names(c.SQLName); c.Name == "" {
			return nil, fmt.Errorf("schema: inspect: Names gives column %q of %q no name", c.SQLName, t.name)
		}
	}
	table.constrain(t)
	return New(table)
}

// constrain adds the keys and unique constraints of a described table, in an order that does not depend on the database.
func (t *Table) constrain(from *inspected) {
	if from.primaryKey != nil {
		t.PrimaryKey = t.positions(from.primaryKey)
	}
	for _, k := range from.uniques {
		unique := Unique{Name: k.name, Columns: t.positions(k.columns)}
		if unique.Name == "" {
			unique.Name = t.constraintName(unique.Columns, "key", func(name string) bool {
				return slices.ContainsFunc(t.Uniques, func(has Unique) bool { return has.Name == name })
			})
		}
		t.Uniques = append(t.Uniques, unique)
	}
	for _, k := range from.foreignKeys {
		key := ForeignKey{Name: k.name, Columns: t.positions(k.columns), RefSchema: k.refSchema, RefTable: k.refTable, RefColumns: k.refColumns}
		if key.Name == "" {
			key.Name = t.constraintName(key.Columns, "fkey", func(name string) bool {
				return slices.ContainsFunc(t.ForeignKeys, func(has ForeignKey) bool { return has.Name == name })
			})
		}
		t.ForeignKeys = append(t.ForeignKeys, key)
	}
	slices.SortStableFunc(t.Uniques, func(a, b Unique) int {
		return cmp.Or(slices.Compare(a.Columns, b.Columns), cmp.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(t.ForeignKeys, func(a, b ForeignKey) int {
		return cmp.Or(slices.Compare(a.Columns, b.Columns), cmp.Compare(a.Name, b.Name))
	})
}

func (t *Table) positions(sqlNames []string) []int {
	positions := make([]int, len(sqlNames))
	for i, name := range sqlNames {
		positions[i] = t.position(name)
	}
	return positions
}

// constraintName is PostgreSQL's default name for a constraint, made of wire names.
func (t *Table) constraintName(columns []int, kind string, taken func(string) bool) string {
	names := make([]string, 0, len(columns))
	for _, position := range columns {
		if position >= 0 {
			names = append(names, t.Columns[position].Name)
		}
	}
	name := ConstraintName(t.Name, names, kind)
	for n := 1; taken(name); n++ {
		name = ConstraintName(t.Name, names, kind+strconv.Itoa(n))
	}
	return name
}
