package api

import (
	"database/sql"
	"database/sql/driver"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

var (
	timeType  = reflect.TypeFor[time.Time]()
	bytesType = reflect.TypeFor[[]byte]()
	rawType   = reflect.TypeFor[json.RawMessage]()
)

// setField stores the text form of a column's value in a field.
func setField(field reflect.Value, column *schema.Column, text string) error {
	if field.Kind() == reflect.Pointer {
		value := reflect.New(field.Type().Elem())
		if err := setField(value.Elem(), column, text); err != nil {
			return err
		}
		field.Set(value)
		return nil
	}
	switch field.Type() {
	case timeType:
		t, err := parseTime(text)
		field.Set(reflect.ValueOf(t))
		return err
	case rawType:
		field.SetBytes([]byte(text))
		return nil
	}
	switch column.Kind {
	case schema.Array:
		return json.Unmarshal(arrayJSON(column, text), field.Addr().Interface())
	case schema.Bytes:
		if field.Type().ConvertibleTo(bytesType) {
			decoded, err := hex.DecodeString(strings.TrimPrefix(text, `\x`))
			field.SetBytes(decoded)
			return err
		}
	}
	if done, err := setByInterface(field, column, text); done {
		return err
	}
	return setByKind(field, column, text)
}

// setByInterface uses a type's own way to be filled, if it has one.
func setByInterface(field reflect.Value, column *schema.Column, text string) (bool, error) {
	switch target := field.Addr().Interface().(type) {
	case sql.Scanner:
		if t, err := parseTime(text); err == nil && temporal(column.Kind) {
			return true, target.Scan(t)
		}
		return true, target.Scan(text)
	case json.Unmarshaler:
		if column.Kind == schema.JSON {
			return true, target.UnmarshalJSON([]byte(text))
		}
	}
	if target, ok := reflect.TypeAssert[encoding.TextUnmarshaler](field.Addr()); ok {
		return true, target.UnmarshalText([]byte(text))
	}
	return false, nil
}

func setByKind(field reflect.Value, column *schema.Column, text string) error {
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
		return nil
	case reflect.Bool:
		b, err := parseBool(text)
		field.SetBool(b)
		return err
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, field.Type().Bits())
		field.SetInt(n)
		return err
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, field.Type().Bits())
		field.SetUint(n)
		return err
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(text, field.Type().Bits())
		field.SetFloat(f)
		return err
	}
	if column.Kind == schema.JSON || column.Kind == schema.Other {
		return json.Unmarshal([]byte(text), field.Addr().Interface())
	}
	return fmt.Errorf("cannot store %s in %s", column.Type, field.Type())
}

// fieldText returns the text form of a field's value, as PostgreSQL's input functions read it; null for nil.
func fieldText(field reflect.Value, column *schema.Column) (text string, null bool, err error) {
	switch field.Kind() {
	case reflect.Pointer, reflect.Interface:
		if field.IsNil() {
			return "", true, nil
		}
		if _, ok := reflect.TypeAssert[driver.Valuer](field); !ok {
			return fieldText(field.Elem(), column)
		}
	case reflect.Slice, reflect.Map:
		if field.IsNil() {
			return "", true, nil
		}
	}
	switch value := field.Interface().(type) {
	case time.Time:
		return formatTime(value, column.Kind), false, nil
	case json.RawMessage:
		return string(value), false, nil
	case driver.Valuer:
		v, err := value.Value()
		if err != nil || v == nil {
			return "", true, err
		}
		return fieldText(reflect.ValueOf(v), column)
	}
	switch column.Kind {
	case schema.Array:
		literal, err := appendArray(nil, field)
		return string(literal), false, err
	case schema.JSON:
		if field.Kind() == reflect.String && !implementsJSON(field) {
			return field.String(), false, nil
		}
		encoded, err := json.Marshal(field.Interface())
		return string(encoded), false, err
	}
	return scalarText(field)
}

func scalarText(field reflect.Value) (string, bool, error) {
	if field.Type().ConvertibleTo(bytesType) && field.Kind() == reflect.Slice {
		return `\x` + hex.EncodeToString(field.Bytes()), false, nil
	}
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](field); ok {
		text, err := m.MarshalText()
		return string(text), false, err
	}
	switch field.Kind() {
	case reflect.String:
		return field.String(), false, nil
	case reflect.Bool:
		return strconv.FormatBool(field.Bool()), false, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(field.Int(), 10), false, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(field.Uint(), 10), false, nil
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(field.Float(), 'g', -1, field.Type().Bits()), false, nil
	}
	encoded, err := json.Marshal(field.Interface())
	return string(encoded), false, err
}

func implementsJSON(field reflect.Value) bool {
	_, ok := reflect.TypeAssert[json.Marshaler](field)
	return ok
}

// appendArray writes a slice as an array literal: {a,"b c",NULL}.
func appendArray(buf []byte, list reflect.Value) ([]byte, error) {
	buf = append(buf, '{')
	for i := range list.Len() {
		if i > 0 {
			buf = append(buf, ',')
		}
		element := list.Index(i)
		if element.Kind() == reflect.Slice && !element.Type().ConvertibleTo(bytesType) {
			var err error
			if buf, err = appendArray(buf, element); err != nil {
				return nil, err
			}
			continue
		}
		text, null, err := fieldText(element, &schema.Column{Kind: schema.Text})
		if err != nil {
			return nil, err
		}
		if null {
			buf = append(buf, "NULL"...)
			continue
		}
		buf = append(buf, '"')
		for j := range len(text) {
			if text[j] == '"' || text[j] == '\\' {
				buf = append(buf, '\\')
			}
			buf = append(buf, text[j])
		}
		buf = append(buf, '"')
	}
	return append(buf, '}'), nil
}

// arrayJSON returns the JSON of an array column's text: an array literal, or JSON already.
func arrayJSON(column *schema.Column, text string) []byte {
	if strings.HasPrefix(text, "[") && json.Valid([]byte(text)) {
		return []byte(text)
	}
	out := wire.Column{Kind: schema.Array, Elem: column.Elem}
	return wire.AppendValue(nil, &out, db.Value{Kind: db.Text, Bytes: []byte(text)})
}

// valueText returns the text form of a database value.
func valueText(v db.Value, column *schema.Column) string {
	if column.Kind == schema.Numeric && v.Kind != db.Text {
		// SQLite stores a numeric in binary: the encoder knows its decimals.
		out := wire.NewColumn(column.Name, column)
		return strings.Trim(string(wire.AppendValue(nil, &out, v)), `"`)
	}
	switch v.Kind {
	case db.Int:
		if column.Kind == schema.Bool {
			return strconv.FormatBool(v.Int != 0)
		}
		return strconv.FormatInt(v.Int, 10)
	case db.Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case db.Blob:
		if column.Kind != schema.Bytes {
			return string(v.Bytes)
		}
		return `\x` + hex.EncodeToString(v.Bytes)
	}
	return string(v.Bytes)
}

func parseBool(text string) (bool, error) {
	switch text {
	case "t", "true", "1", "on", "yes":
		return true, nil
	case "f", "false", "0", "off", "no":
		return false, nil
	}
	return strconv.ParseBool(text)
}

func temporal(kind schema.Kind) bool {
	return kind == schema.Timestamp || kind == schema.TimestampTZ || kind == schema.Date || kind == schema.Time
}

// timeLayouts are the text forms of a time: the ones databases print and those of ISO 8601 (with its T made a space).
var timeLayouts = []string{
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05", "2006-01-02",
	"2006-01-02 15:04Z07:00", "2006-01-02 15:04", "15:04:05", "15:04",
}

func parseTime(text string) (time.Time, error) {
	if len(text) > 10 && text[10] == 'T' {
		text = text[:10] + " " + text[11:]
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("not a time: %q", text)
}

func formatTime(t time.Time, kind schema.Kind) string {
	switch kind {
	case schema.Date:
		return t.Format(time.DateOnly)
	case schema.Time:
		return t.Format("15:04:05.999999")
	case schema.Timestamp:
		return t.UTC().Format("2006-01-02 15:04:05.999999")
	}
	return t.UTC().Format("2006-01-02 15:04:05.999999-07:00")
}

// anyText is fieldText of a value that stands alone.
func anyText(value any, column *schema.Column) (string, error) {
	v := reflect.ValueOf(value)
	if !v.IsValid() {
		return "", fmt.Errorf("api: %s cannot be nil", column.Name)
	}
	text, null, err := fieldText(v, column)
	if err == nil && null {
		err = fmt.Errorf("api: %s cannot be nil", column.Name)
	}
	return text, err
}
