package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Setting describes one setting of a program.
type Setting struct {
	// Key is its name in the file, with dots between the levels; Env the variable, Flag the flag without its dash.
	Key, Env, Flag string
	// Type says what it takes: text, boolean, integer, size, number, duration, a type's name, or a list or map of them.
	Type string
	// Default is the value without any source, in the spelling of flags; "" for none. Secrets show no value.
	Default string
	// Help says what it is for; from the help tag.
	Help string
	// Secret settings never show their value.
	Secret bool
}

// Describe lists the settings of a program in the order of the struct's fields, as [Load] would read them.
func Describe[T any](name string, defaults T) ([]Setting, error) {
	found, err := settingsOf(name, reflect.ValueOf(&defaults).Elem())
	list := make([]Setting, len(found))
	for i := range found {
		list[i] = found[i].Setting
	}
	return list, err
}

// setting is a Setting with its field.
type setting struct {
	Setting
	index         []int
	size, boolean bool
	// group is true for maps and lists of structs, whose keys in the file lie below Key.
	group bool
}

// groups is the type of lists of structs.
const groups = "list of groups"

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// settingsOf lists the settings of a struct.
func settingsOf(name string, target reflect.Value) ([]setting, error) {
	if target.Kind() != reflect.Struct {
		return nil, fmt.Errorf("config: settings are %s, want a struct", target.Type())
	}
	list := fields(name, target, "", nil)
	seen := map[string]bool{"config": true, "help": true, "h": true}
	var mistakes []error
	for i := range list {
		if seen[list[i].Flag] {
			mistakes = append(mistakes, fmt.Errorf("config: two settings, or a setting and a flag of this package, are named %q", list[i].Key))
		}
		seen[list[i].Flag] = true
	}
	return list, errors.Join(mistakes...)
}

// fields lists the settings below a struct whose key is prefix.
func fields(name string, v reflect.Value, prefix string, index []int) []setting {
	var list []setting
	for i := range v.NumField() {
		field := v.Type().Field(i)
		own, options := tag(field)
		if !field.IsExported() || own == "-" {
			continue
		}
		at := append(slices.Clone(index), i)
		key := prefix + own
		if isGroup(field.Type) {
			below := key + "."
			if field.Anonymous && field.Tag.Get("config") == "" {
				below = prefix
			}
			list = append(list, fields(name, v.Field(i), below, at)...)
			continue
		}
		size := isSize(field, options)
		kind, ok := typeName(field.Type, size)
		if !ok {
			continue
		}
		s := setting{index: at, size: size, boolean: kind == "boolean", group: strings.HasPrefix(kind, "map") || kind == groups}
		s.Key, s.Env, s.Flag, s.Type = key, envName(name, key), strings.NewReplacer(".", "-", "_", "-").Replace(key), kind
		s.Help, s.Secret = field.Tag.Get("help"), slices.Contains(options, "secret")
		s.Default = defaultText(v.Field(i), s.Secret)
		list = append(list, s)
	}
	return list
}

// tag returns a field's own part of its key, and the options of its tag.
func tag(field reflect.StructField) (name string, options []string) {
	parts := strings.Split(field.Tag.Get("config"), ",")
	if parts[0] != "" {
		return strings.ToLower(parts[0]), parts[1:]
	}
	return snake(field.Name), parts[1:]
}

// isGroup reports whether the fields of a type are settings of their own.
func isGroup(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(textUnmarshaler)
}

func isSize(field reflect.StructField, options []string) bool {
	return slices.Contains(options, "size") || strings.HasSuffix(field.Name, "Bytes") && field.Type != durationType
}

// typeName says what a type takes, or that it is no setting.
func typeName(t reflect.Type, size bool) (string, bool) {
	switch {
	case t == durationType:
		return "duration", true
	case t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(textUnmarshaler):
		return strings.ToLower(t.Name()), true
	}
	switch t.Kind() {
	case reflect.String:
		return "text", true
	case reflect.Bool:
		return "boolean", true
	case reflect.Float32, reflect.Float64:
		return "number", true
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Struct && isGroup(t.Elem()) {
			return "", false
		}
		return typeName(t.Elem(), size)
	case reflect.Slice:
		if isGroup(t.Elem()) {
			return groups, true
		}
		elem, ok := typeName(t.Elem(), size)
		return "list of " + elem, ok && t.Elem().Kind() != reflect.Slice
	case reflect.Map:
		elem, ok := typeName(t.Elem(), size)
		return "map to " + elem, ok && t.Key().Kind() == reflect.String
	}
	if t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 {
		if size {
			return "size", true
		}
		return "integer", true
	}
	return "", false
}

// snake spells a Go name in lower case with underscores: SessionTTL is session_ttl.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// envName is the variable of a key.
func envName(name, key string) string {
	return strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(name + "_" + key))
}
