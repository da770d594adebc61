package config

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

var durationType = reflect.TypeFor[time.Duration]()

// assign stores a value, a text or what the file's format made of it, in a field. The error completes the sentence "the value …".
func assign(field reflect.Value, value any, size bool) error {
	if field.Kind() == reflect.Pointer {
		target := reflect.New(field.Type().Elem())
		if err := assign(target.Elem(), value, size); err != nil {
			return err
		}
		field.Set(target)
		return nil
	}
	if field.Type() == durationType {
		return assignDuration(field, value)
	}
	if target, ok := reflect.TypeAssert[encoding.TextUnmarshaler](field.Addr()); ok {
		if value != nil && reflect.TypeOf(value) == field.Type() { // a time, which YAML knows by itself
			field.Set(reflect.ValueOf(value))
			return nil
		}
		if err := target.UnmarshalText([]byte(fmt.Sprint(value))); err != nil {
			return fmt.Errorf("is no %s: %w", strings.ToLower(field.Type().Name()), err)
		}
		return nil
	}
	switch field.Kind() {
	case reflect.Slice:
		return assignList(field, value, size)
	case reflect.Map:
		return assignMap(field, value, size)
	case reflect.Struct:
		return assignGroup(field, value)
	case reflect.String:
		s, ok := value.(string)
		if !ok {
			return errors.New("is no text: put it between quotes")
		}
		field.SetString(s)
		return nil
	}
	return assignScalar(field, strings.TrimSpace(fmt.Sprint(value)), size)
}

func assignDuration(field reflect.Value, value any) error {
	d, err := time.ParseDuration(strings.TrimSpace(fmt.Sprint(value)))
	if err != nil {
		return errors.New("is no duration: want a number with a unit, such as 90s, 15m or 24h")
	}
	field.SetInt(int64(d))
	return nil
}

func assignScalar(field reflect.Value, text string, size bool) error {
	switch kind := field.Kind(); {
	case kind == reflect.Bool:
		b, err := parseBool(text)
		field.SetBool(b)
		return err
	case kind == reflect.Float32 || kind == reflect.Float64:
		f, err := strconv.ParseFloat(text, field.Type().Bits())
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return errors.New("is no number")
		}
		field.SetFloat(f)
		return nil
	case size:
		n, err := parseSize(text)
		if err != nil {
			return err
		}
		text = strconv.FormatInt(n, 10)
	}
	if field.CanUint() {
		n, err := strconv.ParseUint(text, 10, field.Type().Bits())
		if err != nil {
			return fmt.Errorf("is no whole number from 0 to %d", uint64(math.MaxUint64)>>(64-field.Type().Bits()))
		}
		field.SetUint(n)
		return nil
	}
	n, err := strconv.ParseInt(text, 10, field.Type().Bits())
	if err != nil {
		limit := int64(math.MaxInt64) >> (64 - field.Type().Bits())
		return fmt.Errorf("is no whole number from %d to %d", -limit-1, limit)
	}
	field.SetInt(n)
	return nil
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "t", "1", "yes", "on":
		return true, nil
	case "false", "f", "0", "no", "off":
		return false, nil
	}
	return false, errors.New("is neither true nor false")
}

// sizes are the units of sizes: powers of 1024, with or without the i, as computers count memory.
var sizes = map[string]int64{"": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "mib": 1 << 20,
	"g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tb": 1 << 40, "tib": 1 << 40}

func parseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "bBkKmMgGtTiI ")
	unit, known := sizes[strings.ToLower(strings.TrimSpace(text[len(digits):]))]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !known || n > math.MaxInt64/unit || n < math.MinInt64/unit {
		return 0, errors.New("is no size: want a whole number of bytes, or one with a unit, such as 64KB or 10MB")
	}
	return n * unit, nil
}

// assignList takes a list, or a text with commas.
func assignList(field reflect.Value, value any, size bool) error {
	var elements []any
	switch value := value.(type) {
	case []any:
		elements = value
	case string:
		for part := range strings.SplitSeq(value, ",") {
			elements = append(elements, strings.TrimSpace(part))
		}
	default:
		return errors.New("is no list")
	}
	list := reflect.MakeSlice(field.Type(), len(elements), len(elements))
	for i, element := range elements {
		if err := assign(list.Index(i), element, size); err != nil {
			return fmt.Errorf("has a mistake in element %d, which %w", i+1, err)
		}
	}
	field.Set(list)
	return nil
}

// assignMap takes a map, or a text k=v,k=v.
func assignMap(field reflect.Value, value any, size bool) error {
	entries, ok := value.(map[string]any)
	if text, isText := value.(string); isText {
		entries, ok = make(map[string]any), true
		for part := range strings.SplitSeq(text, ",") {
			key, val, found := strings.Cut(part, "=")
			ok = ok && found
			entries[strings.TrimSpace(key)] = strings.TrimSpace(val)
		}
	}
	if !ok {
		return errors.New("is no map: want key=value,key=value")
	}
	result := reflect.MakeMapWithSize(field.Type(), len(entries))
	for key, entry := range entries {
		element := reflect.New(field.Type().Elem()).Elem()
		if err := assign(element, entry, size); err != nil {
			return fmt.Errorf("has a mistake at %q, whose value %w", key, err)
		}
		result.SetMapIndex(reflect.ValueOf(key).Convert(field.Type().Key()), element)
	}
	field.Set(result)
	return nil
}

// assignGroup fills a struct, an element of a list, from a map.
func assignGroup(field reflect.Value, value any) error {
	entries, ok := value.(map[string]any)
	if !ok {
		return errors.New("is no group of settings")
	}
	known := make(map[string]bool)
	for i := range field.NumField() {
		f := field.Type().Field(i)
		name, options := tag(f)
		if !f.IsExported() || name == "-" {
			continue
		}
		known[name] = true
		entry, given := entries[name]
		if !given || entry == nil {
			continue
		}
		if err := assign(field.Field(i), entry, isSize(f, options)); err != nil {
			if slices.Contains(options, "secret") {
				err = errors.New("(a secret, not shown) does not fit")
			}
			return fmt.Errorf("has a mistake at %q, whose value %w", name, err)
		}
	}
	for key := range entries {
		if !known[key] {
			return fmt.Errorf("has the unknown key %q", key)
		}
	}
	return nil
}
