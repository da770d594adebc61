package rbactest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// Row is a row by the wire names of its columns. Values are Go values (numbers, text, bool, time.Time, uuid.UUID, slices, maps as JSON);
// nil is NULL.
type Row map[string]any

// String prints the row with its columns in order.
func (r Row) String() string {
	parts := make([]string, 0, len(r))
	for _, name := range slices.Sorted(maps.Keys(r)) {
		parts = append(parts, name+"="+text(r[name]))
	}
	return "{" + strings.Join(parts, " ") + "}"
}

func (r Row) matches(expr filter.Expr) (bool, error) {
	result, err := filter.Match(expr, values(r))
	return result == filter.True, err
}

// values is a Row as conditions read it.
type values Row

// Value is the text form of a column.
func (v values) Value(column *schema.Column) (string, bool) {
	value := v[column.Name]
	if value == nil || isNil(value) {
		return "", true
	}
	if list := reflect.ValueOf(value); column.Kind == schema.Array && list.Kind() == reflect.Slice {
		elements := make([]schema.Element, list.Len())
		for i := range elements {
			elements[i].Text = text(list.Index(i).Interface())
		}
		return string(schema.AppendArray(nil, elements)), false
	}
	return text(value), false
}

func isNil(value any) bool {
	v := reflect.ValueOf(value)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// text is the text form of a Go value.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case string:
		return v
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case fmt.Stringer:
		return v.String()
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return "NULL"
		}
		return text(v.Elem().Interface())
	case reflect.Map, reflect.Slice, reflect.Struct:
		if encoded, err := json.Marshal(value); err == nil {
			return string(encoded)
		}
	}
	return fmt.Sprint(value)
}
