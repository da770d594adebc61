package schema

import (
	"errors"
	"fmt"
	"slices"
)

// New makes a table that was described by hand ready for use: it numbers the columns, gives columns without a SQL name their wire
// name and those without a Type the usual one of their kind, does the same for the table's names, and names constraints that have
// none as PostgreSQL would. It returns every mistake at once: names that are empty or given twice, and keys over columns that do
// not exist.
func New(t Table) (*Table, error) {
	t.Columns = slices.Clone(t.Columns)
	t.Uniques, t.ForeignKeys = slices.Clone(t.Uniques), slices.Clone(t.ForeignKeys)
	if t.SQLName == "" {
		t.SQLName = t.Name
	}
	if t.Name == "" {
		t.Name = t.SQLName
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Index = i
		if c.SQLName == "" {
			c.SQLName = c.Name
		}
		if c.Type == "" {
			c.Type = typeOf(c.Kind)
			if c.Kind == Array {
				c.Type = typeOf(c.Elem) + "[]"
			}
		}
	}
	if err := t.complete(); err != nil {
		return nil, fmt.Errorf("schema: table %q: %w", t.Name, err)
	}
	return &t, nil
}

// complete checks the table, names its constraints and fills the index of names.
func (t *Table) complete() error {
	var mistakes []error
	if t.Name == "" {
		mistakes = append(mistakes, errors.New("it has no name"))
	}
	mistakes = append(mistakes, t.indexNames()...)
	for i := range t.Uniques {
		u := &t.Uniques[i]
		mistakes = append(mistakes, t.checkKey("a unique constraint", u.Columns))
		if u.Name == "" {
			u.Name = ConstraintName(t.SQLName, t.sqlNames(u.Columns), "key")
		}
	}
	for i := range t.ForeignKeys {
		k := &t.ForeignKeys[i]
		mistakes = append(mistakes, t.checkKey("a foreign key", k.Columns))
		if k.Name == "" {
			k.Name = ConstraintName(t.SQLName, t.sqlNames(k.Columns), "fkey")
		}
		if len(k.Columns) != len(k.RefColumns) {
			mistakes = append(mistakes, fmt.Errorf("foreign key %q has %d columns and refers to %d", k.Name, len(k.Columns), len(k.RefColumns)))
		}
	}
	mistakes = append(mistakes, t.checkKey("the primary key", t.PrimaryKey))
	return errors.Join(mistakes...)
}

// indexNames fills the index of wire names and returns what is wrong with the names.
func (t *Table) indexNames() (mistakes []error) {
	t.byName = make(map[string]int, len(t.Columns))
	seen := make(map[string]bool, len(t.Columns))
	for i, c := range t.Columns {
		if c.SQLName == "" {
			mistakes = append(mistakes, fmt.Errorf("column %d has no name", i+1))
		}
		if seen[c.SQLName] {
			mistakes = append(mistakes, fmt.Errorf("two columns are named %q in the database", c.SQLName))
		}
		seen[c.SQLName] = true
		if c.Hidden {
			continue
		}
		if _, taken := t.byName[c.Name]; taken {
			mistakes = append(mistakes, fmt.Errorf("two columns are named %q on the wire", c.Name))
		}
		t.byName[c.Name] = i
	}
	return mistakes
}

func (t *Table) checkKey(what string, columns []int) error {
	for _, position := range columns {
		if position < 0 || position >= len(t.Columns) {
			return fmt.Errorf("%s is over a column that does not exist", what)
		}
	}
	return nil
}

// position is the index of the column with that SQL name, -1 when there is none.
func (t *Table) position(sqlName string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.SQLName == sqlName })
}

// sqlNames are the SQL names of the columns at those positions; positions out of range are left out.
func (t *Table) sqlNames(positions []int) []string {
	names := make([]string, 0, len(positions))
	for _, position := range positions {
		if position >= 0 && position < len(t.Columns) {
			names = append(names, t.Columns[position].SQLName)
		}
	}
	return names
}

// ColumnNames are the wire names of the columns that requests may name, in table order.
func (t *Table) ColumnNames() []string {
	names := make([]string, 0, len(t.Columns))
	for _, c := range t.Columns {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
}
