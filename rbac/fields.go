package rbac

import (
	"slices"
	"strings"

	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// fields are the columns a rule speaks about.
type fields struct {
	set policy.ColumnSet
	// every is true for a rule without fields.
	every bool
	// key is the same for equal sets over one table.
	key string
}

// parseFields reads "a,b" or "-a,-b".
func parseFields(table *schema.Table, src string) (fields, error) {
	if strings.TrimSpace(src) == "" {
		return fields{set: policy.AllColumns(), every: true}, nil
	}
	var names []string
	but := 0
	for name := range strings.SplitSeq(src, ",") {
		name = strings.TrimSpace(name)
		if rest, ok := strings.CutPrefix(name, "-"); ok && table.Lookup(name) == nil {
			name = rest
			but++
		}
		if table.Lookup(name) == nil {
			return fields{}, wrong("fields", unknown("column", name, table.Name, table.ColumnNames()))
		}
		names = append(names, name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	key := strings.Join(names, ",")
	switch but {
	case 0:
		return fields{set: policy.Columns(names...), key: key}, nil
	case strings.Count(src, ",") + 1:
		return fields{set: policy.AllBut(names...), key: "-" + key}, nil
	}
	return fields{}, wrong("fields", "either every column has a minus sign or none has")
}

// covers reports whether the rule lets every one of the columns be used, and which one not.
func (c *compiled) covers(columns []string) (ok bool, missing string) {
	if c.fields.every {
		return true, ""
	}
	for _, column := range columns {
		if !c.fields.set.Has(column) && !c.presets(column) {
			return false, column
		}
	}
	return true, ""
}

// touches returns the first of the columns that the rule speaks about.
func (c *compiled) touches(columns []string) (column string, ok bool) {
	for _, column := range columns {
		if c.fields.set.Has(column) {
			return column, true
		}
	}
	return "", false
}

// unknown says that something does not exist, and what might be meant.
func unknown(what, name, of string, candidates []string) string {
	text := "there is no " + what + ` "` + name + `"`
	if of != "" {
		text += " in " + of
	}
	if closest, ok := schema.Closest(name, candidates); ok {
		text += `; did you mean "` + closest + `"?`
	}
	return text
}
