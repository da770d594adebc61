package schema

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"
)

// postgresColumns are the columns of every table and view of a schema. A domain is the type it stands for, at the end of the chain.
const postgresColumns = `
WITH RECURSIVE domains AS (
	SELECT oid AS domain, typbasetype AS base, typtypmod AS modifier, typnotnull AS filled, typdefault IS NOT NULL AS has_default
	FROM pg_type WHERE typtype = 'd'
	UNION ALL
	SELECT d.domain, t.typbasetype, t.typtypmod, d.filled OR t.typnotnull, d.has_default OR t.typdefault IS NOT NULL
	FROM domains AS d JOIN pg_type AS t ON t.oid = d.base AND t.typtype = 'd'
), resolved AS (
	SELECT d.* FROM domains AS d JOIN pg_type AS t ON t.oid = d.base AND t.typtype <> 'd'
)
SELECT c.relname AS table_name, c.relkind IN ('v', 'm') AS is_view, coalesce(obj_description(c.oid, 'pg_class'), '') AS table_comment,
	a.attname AS name, format_type(b.oid, CASE WHEN r.domain IS NULL THEN a.atttypmod ELSE r.modifier END) AS type,
	format_type(b.oid, NULL) AS bare_type, b.typtype AS type_kind,
	NOT (a.attnotnull OR coalesce(r.filled, false)) AS nullable,
	a.atthasdef OR a.attidentity <> '' OR coalesce(r.has_default, false) AS has_default,
	a.attgenerated <> '' OR a.attidentity = 'a' AS generated,
	coalesce(col_description(c.oid, a.attnum), '') AS comment,
	coalesce((SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_enum AS e WHERE e.enumtypid = b.oid), '') AS labels,
	CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname END AS schema_name
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN resolved AS r ON r.domain = a.atttypid
JOIN pg_type AS b ON b.oid = coalesce(r.base, a.atttypid)
WHERE n.nspname = coalesce(nullif(?, ''), current_schema()) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
	AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
	AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname, a.attnum`

// postgresKeys are primary keys, unique constraints and indexes, and foreign keys; columns and ref_columns are JSON lists of names.
const postgresKeys = `
SELECT c.relname AS table_name, x.relname AS name, CASE WHEN i.indisprimary THEN 'p' ELSE 'u' END AS kind,
	'' AS ref_schema, '' AS ref_table, '[]' AS ref_columns,
	(SELECT json_agg(a.attname ORDER BY k.at)::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, at)
		JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number WHERE k.at <= i.indnkeyatts) AS columns
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indrelid
JOIN pg_class AS x ON x.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(nullif(?0, ''), current_schema())
	AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
UNION ALL
SELECT c.relname, f.conname, 'f', CASE WHEN m.nspname = current_schema() THEN '' ELSE m.nspname END, o.relname,
	(SELECT json_agg(a.attname ORDER BY k.at)::text FROM unnest(f.confkey) WITH ORDINALITY AS k(number, at)
		JOIN pg_attribute AS a ON a.attrelid = o.oid AND a.attnum = k.number),
	(SELECT json_agg(a.attname ORDER BY k.at)::text FROM unnest(f.conkey) WITH ORDINALITY AS k(number, at)
		JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number)
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS o ON o.oid = f.confrelid
JOIN pg_namespace AS m ON m.oid = o.relnamespace
WHERE n.nspname = coalesce(nullif(?0, ''), current_schema()) AND f.contype = 'f' AND f.conparentid = 0
ORDER BY 1, 2`

type postgresColumn struct {
	TableName, TableComment, SchemaName string
	IsView                              bool
	Name, Type, BareType, TypeKind      string
	Nullable, HasDefault, Generated     bool
	Comment, Labels                     string
}

type postgresKey struct {
	TableName, Name, Kind, RefSchema, RefTable, RefColumns, Columns string
}

// readPostgres describes every table and view of the schema.
func readPostgres(ctx context.Context, database *bun.DB, o *InspectOptions) ([]*inspected, error) {
	var columns []postgresColumn
	if err := database.NewRaw(postgresColumns, o.Schema).Scan(ctx, &columns); err != nil {
		return nil, err
	}
	var keys []postgresKey
	if err := database.NewRaw(postgresKeys, o.Schema).Scan(ctx, &keys); err != nil {
		return nil, err
	}
	var tables []*inspected
	byName := make(map[string]*inspected)
	for i := range columns {
		c := &columns[i]
		if reserved(c.TableName) {
			continue
		}
		t := byName[c.TableName]
		if t == nil {
			t = &inspected{schema: c.SchemaName, name: c.TableName, comment: c.TableComment, view: c.IsView}
			byName[c.TableName], tables = t, append(tables, t)
		}
		column, err := c.column()
		if err != nil {
			return nil, err
		}
		t.columns = append(t.columns, column)
	}
	for i := range keys {
		if t := byName[keys[i].TableName]; t != nil {
			if err := keys[i].addTo(t); err != nil {
				return nil, err
			}
		}
	}
	return tables, nil
}

func (c *postgresColumn) column() (Column, error) {
	column := Column{
		SQLName: c.Name, Nullable: c.Nullable, HasDefault: c.HasDefault || c.Nullable, Generated: c.Generated, Comment: c.Comment,
	}
	typ := parseType(c.Type)
	column.Type, column.Kind, column.Elem = typ.name, typ.kind, typ.elem
	column.MaxLength, column.Precision, column.Scale = typ.length, typ.precision, typ.scale
	if typ.kind == Other || typ.kind == Array && typ.elem == Other {
		column.Type = c.BareType // as it is spelled: a name of the schema's own
	}
	switch c.TypeKind {
	case "e":
		column.Kind = Enum
	case "r":
		column.Kind = Range
	}
	if c.Labels == "" {
		return column, nil
	}
	return column, json.Unmarshal([]byte(c.Labels), &column.Enum)
}

func (k *postgresKey) addTo(t *inspected) error {
	key := inspectedKey{name: k.Name, refSchema: k.RefSchema, refTable: k.RefTable}
	if err := json.Unmarshal([]byte(k.Columns), &key.columns); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(k.RefColumns), &key.refColumns); err != nil {
		return err
	}
	switch k.Kind {
	case "p":
		t.primaryKey = slices.Clip(key.columns)
	case "u":
		t.uniques = append(t.uniques, key)
	default:
		t.foreignKeys = append(t.foreignKeys, key)
	}
	return nil
}
