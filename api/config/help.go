package config

import (
	"encoding"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// printHelp lists the settings. Output that fails has nobody to be told to.
func printHelp(w io.Writer, name string, settings []setting) {
	fmt.Fprintf(w, "%s takes its settings from the file %s.yaml, then from variables, then from flags.\n\n", name, name)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "  -config FILE\t%s\tread this file instead\n", envName(name, "config"))
	for i := range settings {
		s := &settings[i]
		fmt.Fprintf(table, "  -%s %s\t%s\t%s", s.Flag, strings.ReplaceAll(strings.ToUpper(s.Type), " ", "-"), s.Env, s.Help)
		if s.Default != "" {
			if s.Help != "" {
				fmt.Fprint(table, " ")
			}
			fmt.Fprintf(table, "(default %s)", s.Default)
		}
		fmt.Fprintln(table)
	}
	_ = table.Flush()
}

// defaultText spells a default as a flag would; "" for zero values.
func defaultText(v reflect.Value, secret bool) string {
	switch {
	case v.IsZero():
		return ""
	case secret:
		return "not shown"
	case v.Kind() == reflect.Pointer:
		return spell(v.Elem())
	}
	return spell(v)
}

func spell(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Duration:
		return value.String()
	case encoding.TextMarshaler:
		if text, err := value.MarshalText(); err == nil {
			return string(text)
		}
	}
	var parts []string
	switch v.Kind() {
	case reflect.Slice:
		if isGroup(v.Type().Elem()) {
			return fmt.Sprintf("%d entries", v.Len())
		}
		for i := range v.Len() {
			parts = append(parts, spell(v.Index(i)))
		}
		return strings.Join(parts, ",")
	case reflect.Map:
		for key, value := range v.Seq2() {
			parts = append(parts, key.String()+"="+spell(value))
		}
		slices.Sort(parts)
		return strings.Join(parts, ",")
	}
	return fmt.Sprint(v.Interface())
}
