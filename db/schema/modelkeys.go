package schema

import (
	"slices"
	"strconv"
	"strings"

	bunschema "github.com/uptrace/bun/schema"
)

// key is a foreign key that a model declares on another table: has-many and has-one from the side that is referred to, and both
// halves of a many-to-many join table. [Link] gives it to the table that holds it.
type key struct {
	// schema and table hold the key, in columns; it refers to refColumns of refTable. All are SQL names.
	schema, table       string
	columns             []string
	refSchema, refTable string
	refColumns          []string
}

// keysOf reads the foreign keys out of the model's relations, by field order. Polymorphic relations and those with a condition of
// their own are no foreign keys and are left out.
func (t *Table) keysOf(model *bunschema.Table) {
	names := make([]string, 0, len(model.Relations))
	for name := range model.Relations {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return slices.Compare(model.Relations[a].Field.Index, model.Relations[b].Field.Index)
	})
	for _, name := range names {
		relation := model.Relations[name]
		if relation.PolymorphicField != nil || len(relation.Condition) > 0 {
			continue
		}
		switch {
		case relation.Type == bunschema.BelongsToRelation, relation.Type == bunschema.HasOneRelation && holdsKey(relation):
			t.addKey(keyBetween(model, relation.BasePKs, relation.JoinTable, relation.JoinPKs))
		case relation.Type == bunschema.HasOneRelation, relation.Type == bunschema.HasManyRelation:
			t.incoming = append(t.incoming, keyBetween(relation.JoinTable, relation.JoinPKs, model, relation.BasePKs))
		case relation.Type == bunschema.ManyToManyRelation:
			t.joins = append(t.joins, relation.M2MTable)
			t.incoming = append(
				t.incoming,
				keyBetween(relation.M2MTable, relation.M2MBasePKs, model, relation.BasePKs),
				keyBetween(relation.M2MTable, relation.M2MJoinPKs, relation.JoinTable, relation.JoinPKs),
			)
		}
	}
}

// holdsKey reports whether a has-one relation leads to the other table's primary key over a column of the model itself, which is
// how Bun models often write belongs-to.
func holdsKey(relation *bunschema.Relation) bool {
	toKey := len(relation.JoinPKs) == len(relation.JoinTable.PKs)
	for _, field := range relation.JoinPKs {
		toKey = toKey && field.IsPK
	}
	fromKey := true
	for _, field := range relation.BasePKs {
		fromKey = fromKey && field.IsPK
	}
	return toKey && !fromKey
}

func keyBetween(holder *bunschema.Table, columns []*bunschema.Field, target *bunschema.Table, refColumns []*bunschema.Field) key {
	k := key{columns: sqlNames(columns), refColumns: sqlNames(refColumns)}
	k.schema, k.table = splitName(holder)
	k.refSchema, k.refTable = splitName(target)
	return k
}

func splitName(model *bunschema.Table) (schemaName, table string) {
	if before, after, ok := strings.Cut(model.Name, "."); ok {
		return before, after
	}
	return "", model.Name
}

func sqlNames(fields []*bunschema.Field) []string {
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.Name
	}
	return names
}

// addKey adds the foreign key unless the table has it already.
func (t *Table) addKey(k key) {
	columns := make([]int, len(k.columns))
	for i, name := range k.columns {
		if columns[i] = t.position(name); columns[i] < 0 {
			return // the column is not stored (scanonly): there is nothing to join over
		}
	}
	for _, has := range t.ForeignKeys {
		if slices.Equal(has.Columns, columns) && has.RefSchema == k.refSchema && has.RefTable == k.refTable &&
			slices.Equal(has.RefColumns, k.refColumns) {
			return
		}
	}
	name := ConstraintName(t.SQLName, k.columns, "fkey")
	for n := 1; slices.ContainsFunc(t.ForeignKeys, func(has ForeignKey) bool { return has.Name == name }); n++ {
		name = ConstraintName(t.SQLName, k.columns, "fkey"+strconv.Itoa(n))
	}
	t.ForeignKeys = append(t.ForeignKeys, ForeignKey{
		Name: name, Columns: columns, RefSchema: k.refSchema, RefTable: k.refTable, RefColumns: k.refColumns,
	})
}
