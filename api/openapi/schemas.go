package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// resourceSchemas adds the schemas of a resource: its rows as they are read, as they are inserted, and as they are changed.
func (w *writer) resourceSchemas(r *Resource) {
	if can(r, policy.Select) {
		w.schemas.set(r.Name, w.rowSchema(r.Table, r.Readable, r.Masked))
	}
	if can(r, policy.Insert) {
		w.schemas.set(r.Name+".insert", w.insertSchema(r))
	}
	if can(r, policy.Update) {
		w.schemas.set(r.Name+".update", w.updateSchema(r))
	}
}

func can(r *Resource, action policy.Action) bool { return slices.Contains(r.Actions, action) }

// rowSchema describes rows as they are read. No column is required: a select list leaves out what it does not name.
func (w *writer) rowSchema(table *schema.Table, readable, masked policy.ColumnSet) object {
	properties := object{}
	for i := range table.Columns {
		c := &table.Columns[i]
		if c.Hidden || !readable.Has(c.Name) {
			continue
		}
		property := w.columnSchema(table, c, c.Nullable || masked.Has(c.Name))
		if c.Generated {
			property.set("readOnly", true)
		}
		properties.set(c.Name, property)
	}
	row := object{{"type", "object"}}
	row.setText("description", table.Comment)
	row.set("properties", properties)
	return row
}

func (w *writer) insertSchema(r *Resource) object {
	properties, required := object{}, []string{}
	for i := range r.Table.Columns {
		c := &r.Table.Columns[i]
		if c.Hidden || c.Generated || !r.Insertable.Has(c.Name) {
			continue
		}
		properties.set(c.Name, w.columnSchema(r.Table, c, c.Nullable))
		if !c.Nullable && !c.HasDefault && !r.Given.Has(c.Name) {
			required = append(required, c.Name)
		}
	}
	row := object{{"type", "object"}, {"description", "A new row. What is left out gets its default, or null."}, {"properties", properties}}
	if len(required) > 0 {
		row.set("required", required)
	}
	return row
}

func (w *writer) updateSchema(r *Resource) object {
	properties := object{}
	for i := range r.Table.Columns {
		c := &r.Table.Columns[i]
		if !c.Hidden && !c.Generated && r.Updatable.Has(c.Name) {
			properties.set(c.Name, w.columnSchema(r.Table, c, c.Nullable))
		}
	}
	return object{{"type", "object"}, {"description", "The columns to change. What is left out stays."}, {"properties", properties}}
}

// columnSchema describes one column.
func (w *writer) columnSchema(table *schema.Table, c *schema.Column, nullable bool) object {
	s := kindSchema(c.Kind, c)
	if nullable {
		orNull(s)
	}
	s.setText("description", w.columnText(table, c))
	return s
}

// orNull lets a schema take null too. One without a type takes it already.
func orNull(s object) {
	for i := range s {
		switch s[i].key {
		case "type":
			s[i].value = []any{s[i].value, "null"}
		case "enum":
			values := []any{}
			for _, v := range s[i].value.([]string) {
				values = append(values, v)
			}
			values = append(values, nil)
			s[i].value = values
		}
	}
}

// columnText is the comment of a column, with what it refers to.
func (w *writer) columnText(table *schema.Table, c *schema.Column) string {
	var parts []string
	if c.Comment != "" {
		parts = append(parts, c.Comment)
	}
	if slices.Contains(table.PrimaryKey, c.Index) {
		parts = append(parts, "Part of the primary key.")
		if len(table.PrimaryKey) == 1 {
			parts[len(parts)-1] = "The primary key."
		}
	}
	for _, relation := range table.Relations {
		at := slices.Index(relation.From, c.Index)
		target, listed := w.tables[relation.Target]
		if relation.HoldsKey && at >= 0 && listed && !relation.Target.Columns[relation.To[at]].Hidden {
			parts = append(parts, fmt.Sprintf("Refers to `%s.%s`.", target, relation.Target.Columns[relation.To[at]].Name))
		}
	}
	if note := kindNote(c); note != "" {
		parts = append(parts, note)
	}
	return strings.Join(parts, " ")
}

// kindNote says about a kind what a schema cannot.
func kindNote(c *schema.Column) string {
	switch c.Kind {
	case schema.Timestamp:
		return "A date and time without a zone."
	case schema.Time:
		return "A time of day."
	case schema.Interval:
		return "A span of time."
	case schema.JSON:
		return "Any JSON value."
	case schema.Range:
		return "A range: `[1,5)`."
	case schema.Numeric:
		if c.Precision > 0 {
			return fmt.Sprintf("At most %d digits, %d of them decimals.", c.Precision, c.Scale)
		}
	}
	return ""
}

// kindSchema is the type of a column's values; c gives enumerations and lengths.
func kindSchema(kind schema.Kind, c *schema.Column) object {
	switch kind {
	case schema.Bool:
		return object{{"type", "boolean"}}
	case schema.Int2:
		return object{{"type", "integer"}, {"format", "int32"}, {"minimum", -1 << 15}, {"maximum", 1<<15 - 1}}
	case schema.Int4:
		return object{{"type", "integer"}, {"format", "int32"}}
	case schema.Int8:
		return object{{"type", "integer"}, {"format", "int64"}}
	case schema.Float4:
		return object{{"type", "number"}, {"format", "float"}}
	case schema.Float8:
		return object{{"type", "number"}, {"format", "double"}}
	case schema.Numeric:
		return object{{"type", "number"}}
	case schema.UUID:
		return object{{"type", "string"}, {"format", "uuid"}}
	case schema.Date:
		return object{{"type", "string"}, {"format", "date"}}
	case schema.TimestampTZ:
		return object{{"type", "string"}, {"format", "date-time"}}
	case schema.JSON:
		return object{}
	case schema.Bytes:
		return object{{"type", "string"}, {"pattern", `^\\x([0-9a-f]{2})*$`}}
	case schema.Array:
		return object{{"type", "array"}, {"items", kindSchema(c.Elem, &schema.Column{Enum: c.Enum})}}
	}
	s := object{{"type", "string"}}
	if len(c.Enum) > 0 {
		s.set("enum", c.Enum)
	}
	if c.MaxLength > 0 && kind == schema.Text {
		s.set("maxLength", c.MaxLength)
	}
	return s
}
