package schema

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

const (
	// sqliteColumns leaves out virtual tables, their shadows, and the columns that virtual tables hide.
	sqliteColumns = `
SELECT t.name AS table_name, t.type = 'view' AS is_view, c.name AS name, c.type AS type, c."notnull" AS filled,
	c.dflt_value IS NOT NULL AS has_default, c.pk AS key_position, c.hidden > 1 AS generated
FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c
WHERE t.schema = 'main' AND t.type = ? AND t.name LIKE ? ESCAPE '\' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND c.hidden <> 1
ORDER BY t.name, c.cid`

	sqliteViews = `SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name`

	// sqliteIndexes are the unique indexes over whole columns and all rows, primary keys included.
	sqliteIndexes = `
SELECT t.name AS table_name, i.name AS name, i.origin AS origin, coalesce(c.name, '') AS column_name
FROM pragma_table_list AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
WHERE t.schema = 'main' AND t.type = 'table' AND i."unique" AND NOT i.partial
ORDER BY t.name, i.seq DESC, c.seqno`

	sqliteForeignKeys = `
SELECT t.name AS table_name, k.id AS id, k."table" AS ref_table, k."from" AS column_name, k."to" AS ref_column
FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS k
WHERE t.schema = 'main' AND t.type = 'table'
ORDER BY t.name, k.id DESC, k.seq`
)

type sqliteColumn struct {
	TableName, Name, Type                 string
	IsView, Filled, HasDefault, Generated bool
	KeyPosition                           int
}

type sqliteIndex struct {
	TableName, Name, Origin, ColumnName string
}

type sqliteForeignKey struct {
	TableName            string
	ID                   int
	RefTable, ColumnName string
	RefColumn            sql.NullString
}

// sqliteCatalog puts together what the queries give.
type sqliteCatalog struct {
	tables []*inspected
	// byName finds a table by its name in lower case, because SQLite does not tell letter cases apart.
	byName map[string]*inspected
	// ownKeyIndex holds the tables whose primary key has an index of its own; the others' is the row's number.
	ownKeyIndex map[*inspected]bool
}

// readSQLite describes every table and view of the main database.
func readSQLite(ctx context.Context, database *bun.DB, _ *InspectOptions) ([]*inspected, error) {
	columns, err := readSQLiteColumns(ctx, database)
	if err != nil {
		return nil, err
	}
	var indexes []sqliteIndex
	var keys []sqliteForeignKey
	for query, rows := range map[string]any{sqliteIndexes: &indexes, sqliteForeignKeys: &keys} {
		if err := database.NewRaw(query).Scan(ctx, rows); err != nil {
			return nil, err
		}
	}
	c := sqliteCatalog{byName: make(map[string]*inspected), ownKeyIndex: make(map[*inspected]bool)}
	c.addColumns(columns)
	c.addIndexes(indexes)
	c.addForeignKeys(keys)
	for _, t := range c.tables {
		if len(t.primaryKey) == 1 && !c.ownKeyIndex[t] {
			t.numberRows()
		}
	}
	return c.tables, nil
}

// readSQLiteColumns leaves out views that SQLite itself cannot read any more, because a table of theirs is gone.
func readSQLiteColumns(ctx context.Context, database *bun.DB) (columns []sqliteColumn, err error) {
	if err := database.NewRaw(sqliteColumns, "table", "%").Scan(ctx, &columns); err != nil {
		return nil, err
	}
	var views []string
	if err := database.NewRaw(sqliteViews).Scan(ctx, &views); err != nil {
		return nil, err
	}
	for _, view := range views {
		var found []sqliteColumn
		err := database.NewRaw(sqliteColumns, "view", likeNothingElse.Replace(view)).Scan(ctx, &found)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			columns = append(columns, found...)
		}
	}
	return columns, nil
}

// likeNothingElse makes a pattern for LIKE of a name.
var likeNothingElse = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func (c *sqliteCatalog) addColumns(columns []sqliteColumn) {
	positions := make(map[*inspected]map[string]int)
	for i := range columns {
		found := &columns[i]
		if reserved(found.TableName) {
			continue
		}
		t := c.byName[strings.ToLower(found.TableName)]
		if t == nil {
			t = &inspected{name: found.TableName, view: found.IsView}
			c.byName[strings.ToLower(found.TableName)], c.tables = t, append(c.tables, t)
			positions[t] = make(map[string]int)
		}
		column := sqliteType(found.Type)
		column.SQLName = found.Name
		column.Nullable = !found.Filled && found.KeyPosition == 0
		column.Generated = found.Generated
		column.HasDefault = found.HasDefault || found.Generated || column.Nullable
		t.columns = append(t.columns, column)
		if found.KeyPosition > 0 {
			t.primaryKey = append(t.primaryKey, found.Name)
			positions[t][found.Name] = found.KeyPosition
		}
	}
	for t, position := range positions {
		slices.SortFunc(t.primaryKey, func(a, b string) int { return cmp.Compare(position[a], position[b]) })
	}
}

func (c *sqliteCatalog) addIndexes(indexes []sqliteIndex) {
	for rest := indexes; len(rest) > 0; {
		first := rest[0]
		end := slices.IndexFunc(rest, func(i sqliteIndex) bool { return i.TableName != first.TableName || i.Name != first.Name })
		if end < 0 {
			end = len(rest)
		}
		key := inspectedKey{name: first.Name}
		for _, part := range rest[:end] {
			key.columns = append(key.columns, part.ColumnName)
		}
		rest = rest[end:]
		t := c.byName[strings.ToLower(first.TableName)]
		switch {
		case t == nil:
		case first.Origin == "pk":
			c.ownKeyIndex[t] = true
		case slices.Contains(key.columns, ""): // an expression
		default:
			if first.Origin == "u" { // a constraint, whose name SQLite does not tell
				key.name = ""
			}
			t.uniques = append(t.uniques, key)
		}
	}
}

func (c *sqliteCatalog) addForeignKeys(keys []sqliteForeignKey) {
	for rest := keys; len(rest) > 0; {
		first := rest[0]
		end := slices.IndexFunc(rest, func(k sqliteForeignKey) bool { return k.TableName != first.TableName || k.ID != first.ID })
		if end < 0 {
			end = len(rest)
		}
		parts := rest[:end]
		rest = rest[end:]
		t, target := c.byName[strings.ToLower(first.TableName)], c.byName[strings.ToLower(first.RefTable)]
		if t == nil || target == nil {
			continue // it refers to a table that does not exist, which SQLite allows
		}
		key := inspectedKey{refTable: target.name}
		for i, part := range parts {
			key.columns = append(key.columns, t.spelled(part.ColumnName))
			switch {
			case part.RefColumn.Valid:
				key.refColumns = append(key.refColumns, target.spelled(part.RefColumn.String))
			case i < len(target.primaryKey):
				key.refColumns = append(key.refColumns, target.primaryKey[i])
			}
		}
		t.foreignKeys = append(t.foreignKeys, key)
	}
}

// spelled is a column's name as its table spells it.
func (t *inspected) spelled(name string) string {
	for i := range t.columns {
		if strings.EqualFold(t.columns[i].SQLName, name) {
			return t.columns[i].SQLName
		}
	}
	return name
}

// numberRows marks the primary key as given by the database: SQLite numbers the rows of a table whose only key column is an INTEGER.
func (t *inspected) numberRows() {
	for i := range t.columns {
		if t.columns[i].SQLName == t.primaryKey[0] {
			t.columns[i].HasDefault = true
		}
	}
}

// sqliteType describes a declared type: PostgreSQL's meaning where it has one, else that of SQLite's rules of affinity.
func sqliteType(declared string) Column {
	typ := parseType(declared)
	if typ.kind == Other {
		typ = affine(strings.ToUpper(declared), typ)
	}
	switch typ.kind {
	case Int2, Int4:
		typ.name, typ.kind = "bigint", Int8
	case Float4:
		typ.name, typ.kind = "double precision", Float8
	}
	return Column{
		Kind: typ.kind, Elem: typ.elem, Type: typ.name, MaxLength: typ.length, Precision: typ.precision, Scale: typ.scale,
	}
}

// affine finds the meaning of a type that PostgreSQL does not know.
func affine(declared string, unknown sqlType) sqlType {
	_, modifiers := splitModifiers(declared)
	has := func(part string) bool { return strings.Contains(declared, part) }
	var typ sqlType
	switch {
	case unknown.name == "", declared == "ANY":
		return sqlType{name: "text", kind: Other}
	case has("DATETIME"):
		return canonical["timestamp"]
	case has("INT"):
		return canonical["bigint"]
	case has("CHAR"):
		typ = canonical["varchar"]
	case has("CLOB"), has("TEXT"):
		return canonical["text"]
	case has("BLOB"), has("BINARY"):
		return canonical["bytea"]
	case has("REAL"), has("FLOA"), has("DOUBLE"):
		return canonical["float8"]
	case has("TIME"), has("ENUM"), has("SET"), unknown.name == "inet", unknown.name == "cidr":
		return unknown
	default:
		typ = canonical["numeric"]
	}
	typ.modify(modifiers)
	return typ
}
