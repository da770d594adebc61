package schema

import (
	"database/sql"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqltype"
	bunschema "github.com/uptrace/bun/schema"
)

// Enumerated is implemented by a Go string type that stands for a fixed list of values. Its columns get the kind [Enum], and values
// outside the list are refused on every database.
type Enumerated interface {
	// EnumValues returns every allowed value.
	EnumValues() []string
}

// FromModel describes the table of a Bun model. The model is a struct or a pointer to one; a nil pointer will do. What Bun itself
// refuses (a many-to-many relation whose join model was not registered with RegisterModel, a missing key) comes back as an error,
// as do columns whose Go type does not say what they are. The table is not usable for embedding before [Link].
func FromModel(database *bun.DB, model any) (t *Table, err error) {
	typ := reflect.TypeOf(model)
	for typ != nil && typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ == nil || typ.Kind() != reflect.Struct {
		return nil, fmt.Errorf("schema: %T is no model: want a struct or a pointer to one", model)
	}
	defer func() {
		if reason := recover(); reason != nil { // Bun panics on models it cannot use
			t, err = nil, fmt.Errorf("schema: model %s: %v", typ, reason)
		}
	}()
	return fromBun(database.Table(typ))
}

// fromBun describes a table that Bun has read from its model.
func fromBun(model *bunschema.Table) (*Table, error) {
	t := &Table{SQLName: model.Name, model: model}
	if before, after, ok := strings.Cut(model.Name, "."); ok {
		t.SQLSchema, t.SQLName = before, after
	}
	t.Name = t.SQLName
	var mistakes []error
	for i, field := range model.Fields {
		column, err := columnOf(field, model.Type)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("schema: model %s: %w", model.Type, err))
		}
		column.Index = i
		t.Columns = append(t.Columns, column)
	}
	for _, field := range model.PKs {
		t.PrimaryKey = append(t.PrimaryKey, t.position(field.Name))
	}
	t.Uniques = t.uniquesOf(model)
	t.keysOf(model)
	if err := t.complete(); err != nil {
		mistakes = append(mistakes, fmt.Errorf("schema: model %s: %w", model.Type, err))
	}
	return t, errors.Join(mistakes...)
}

// columnOf describes one field of a model.
func columnOf(field *bunschema.Field, model reflect.Type) (Column, error) {
	column := Column{SQLName: field.Name, GoIndex: slices.Clone(field.Index)}
	column.Name, column.Hidden = wireName(field, model)
	written, err := writtenType(field)
	if err != nil {
		return column, err
	}
	typ := parseType(written)
	column.Type, column.Kind, column.Elem = typ.name, typ.kind, typ.elem
	column.MaxLength, column.Precision, column.Scale = typ.length, typ.precision, typ.scale
	column.Generated = typ.generated
	if list := enumValues(field.IndirectType); list != nil && (column.Kind == Text || column.Kind == Other) {
		column.Kind, column.Enum = Enum, list
	}
	column.Nullable = !field.NotNull && !field.Identity && !typ.serial
	column.HasDefault = column.Nullable || field.SQLDefault != "" || field.AutoIncrement || field.Identity || typ.serial || typ.generated
	return column, nil
}

// wireName is the json name of a field; fields of structs embedded with a prefix keep the prefix.
func wireName(field *bunschema.Field, model reflect.Type) (name string, hidden bool) {
	tag, tagged := field.StructField.Tag.Lookup("json")
	if tag == "-" {
		return field.Name, true
	}
	name, _, _ = strings.Cut(tag, ",")
	if !tagged || name == "" {
		return field.Name, false
	}
	prefix := ""
	var prefixSb103 strings.Builder
	for depth, typ := 0, model; depth < len(field.Index)-1; depth++ {
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		outer := typ.Field(field.Index[depth])
		if _, after, ok := strings.Cut(outer.Tag.Get("bun"), "embed:"); ok {
			part, _, _ := strings.Cut(after, ",")
			prefixSb103.WriteString(part)
		}
		typ = outer.Type
	}
	prefix += prefixSb103.String()
	return prefix + name, false
}

var (
	rawMessage = reflect.TypeFor[json.RawMessage]()
	ipAddress  = reflect.TypeFor[net.IP]()
	ipNetwork  = reflect.TypeFor[net.IPNet]()
	nullString = reflect.TypeFor[sql.NullString]()
	enumerated = reflect.TypeFor[Enumerated]()
	textual    = reflect.TypeFor[encoding.TextMarshaler]()
	scanner    = reflect.TypeFor[sql.Scanner]()
)

// writtenType is the type that Bun writes for the field in CREATE TABLE on PostgreSQL.
func writtenType(field *bunschema.Field) (string, error) {
	if written, ok := field.Tag.Option("type"); ok {
		return written, nil
	}
	if composite, ok := field.Tag.Option("composite"); ok {
		return composite, nil
	}
	if field.Tag.HasOption("hstore") {
		return "hstore", nil
	}
	typ := field.IndirectType
	if field.Tag.HasOption("array") && (typ.Kind() == reflect.Slice || typ.Kind() == reflect.Array) {
		element := typ.Elem()
		if element.Kind() == reflect.Pointer {
			element = element.Elem()
		}
		return goType(element) + "[]", nil
	}
	if unclear(typ) {
		return "", fmt.Errorf("field %s: the type %s does not say what its column is: add bun:\"type:…\"", field.GoName, typ)
	}
	return goType(typ), nil
}

// goType is the type that Bun writes on PostgreSQL for a Go type without a type tag.
func goType(typ reflect.Type) string {
	switch typ {
	case nullString:
		return "varchar"
	case rawMessage:
		return "jsonb"
	case ipAddress:
		return "inet"
	case ipNetwork:
		return "cidr"
	}
	discovered := bunschema.DiscoverSQLType(typ)
	switch discovered {
	case sqltype.Timestamp:
		return "timestamptz"
	case sqltype.Blob:
		return "bytea"
	}
	switch typ.Kind() {
	case reflect.Map, reflect.Struct:
		if discovered == sqltype.VarChar {
			return "jsonb"
		}
	case reflect.Array, reflect.Slice:
		if typ.Elem().Kind() == reflect.Uint8 {
			return "bytea"
		}
		return "jsonb"
	}
	return discovered
}

// unclear reports Go types whose column Bun would create with a type that cannot hold what Bun writes into it: 16-byte ids that
// marshal as text, and the nullable wrappers of database/sql that Bun does not know.
func unclear(typ reflect.Type) bool {
	if typ.Kind() == reflect.Array && typ.Elem().Kind() == reflect.Uint8 {
		return typ.Implements(textual)
	}
	known := bunschema.DiscoverSQLType(typ)
	return typ.Kind() == reflect.Struct && typ.PkgPath() == "database/sql" && typ != nullString &&
		known == sqltype.VarChar && reflect.PointerTo(typ).Implements(scanner)
}

func enumValues(typ reflect.Type) []string {
	if !typ.Implements(enumerated) || typ.Kind() != reflect.String {
		return nil
	}
	list, _ := reflect.TypeAssert[Enumerated](reflect.Zero(typ))
	return slices.Clone(list.EnumValues())
}

// uniquesOf are the unique constraints in the order Bun writes them.
func (t *Table) uniquesOf(model *bunschema.Table) []Unique {
	groups := make([]string, 0, len(model.Unique))
	for group := range model.Unique {
		groups = append(groups, group)
	}
	slices.Sort(groups)
	var uniques []Unique
	for _, group := range groups {
		fields := model.Unique[group]
		if group != "" {
			unique := Unique{Name: group}
			for _, field := range fields {
				unique.Columns = append(unique.Columns, t.position(field.Name))
			}
			uniques = append(uniques, unique)
			continue
		}
		for _, field := range fields {
			name := ConstraintName(t.SQLName, []string{field.Name}, "key")
			uniques = append(uniques, Unique{Name: name, Columns: []int{t.position(field.Name)}})
		}
	}
	return uniques
}
