package rbac

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// preset is a value that a rule forces.
type preset struct {
	column *schema.Column
	// text is the value; variable names it instead, and null is NULL.
	text     string
	null     bool
	variable string
}

// parsePreset reads "owner_id={auth.uid}&status=draft". A value is plain text up to the next &, text in double quotes, a variable, or
// null.
func parsePreset(table *schema.Table, src string) ([]preset, error) {
	var presets []preset
	for rest := src; rest != ""; {
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, wrong("preset", `want column=value, found "`+rest+`"`)
		}
		column := table.Lookup(name)
		if column == nil {
			return nil, wrong("preset", unknown("column", name, table.Name, table.ColumnNames()))
		}
		for _, other := range presets {
			if other.column == column {
				return nil, wrong("preset", name+" is given twice")
			}
		}
		if column.Generated {
			return nil, wrong("preset", "the database computes "+name+" itself")
		}
		p := preset{column: column}
		var err error
		if rest, err = p.read(after); err != nil {
			return nil, err
		}
		presets = append(presets, p)
	}
	return presets, nil
}

// read takes the value and returns what follows behind the &.
func (p *preset) read(src string) (rest string, err error) {
	text, rest, more := strings.Cut(src, "&")
	quoted := strings.HasPrefix(src, `"`)
	if quoted {
		prefix, err := strconv.QuotedPrefix(src)
		if err != nil {
			return "", wrong("preset", "a quotation mark is not closed")
		}
		if text, err = strconv.Unquote(prefix); err != nil {
			return "", wrong("preset", "cannot read "+prefix)
		}
		rest, more = strings.CutPrefix(src[len(prefix):], "&")
		if !more && rest != "" {
			return "", wrong("preset", `want & behind `+prefix)
		}
	}
	if more && rest == "" {
		return "", wrong("preset", "nothing follows the last &")
	}
	switch {
	case !quoted && text == "null":
		if p.null = true; !p.column.Nullable {
			return "", wrong("preset", p.column.Name+" cannot be NULL")
		}
	case !quoted && strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") && isVariable(text[1:len(text)-1]):
		p.variable = text[1 : len(text)-1]
		return rest, knownVariable(p.column, p.variable)
	default:
		p.text = text
		if _, err := p.column.Assign(dialect.SQLite, text); err != nil {
			return "", because("preset", err)
		}
	}
	return rest, nil
}

// isVariable recognises names that the grammar reserves for variables.
func isVariable(name string) bool { return name == "now" || strings.HasPrefix(name, "auth.") }

// knownVariable lets the grammar of conditions decide whether there is such a variable, so that there is one list of them.
func knownVariable(column *schema.Column, name string) error {
	table, err := schema.New(schema.Table{Name: "preset", Columns: []schema.Column{{Name: "value", Kind: schema.Text}}})
	if err == nil {
		_, err = filter.Parse(table, "value=eq.{"+name+"}")
	}
	if err != nil {
		out := because("preset", err)
		out.Reason = column.Name + ": " + out.Reason
		return out
	}
	return nil
}

// presets reports whether the rule forces the column.
func (c *compiled) presets(column string) bool {
	for i := range c.preset {
		if c.preset[i].column.Name == column {
			return true
		}
	}
	return false
}

// forced is a preset with its value: a text, or nil for NULL.
type forced struct {
	column *schema.Column
	value  any
}

// bind finds the value; false when a variable has none, or none that fits the column.
func (p *preset) bind(lookup func(string) (any, bool)) (forced, bool) {
	switch {
	case p.null:
		return forced{column: p.column}, true
	case p.variable == "":
		return forced{p.column, p.text}, true
	}
	value, ok := lookup(p.variable)
	if !ok {
		return forced{}, false
	}
	text, ok := plainText(value)
	if !ok {
		return forced{}, false
	}
	if _, err := p.column.Assign(dialect.SQLite, text); err != nil {
		return forced{}, false
	}
	return forced{p.column, text}, true
}

// condition holds for rows that have the value.
func (f forced) condition() filter.Expr {
	if f.value == nil {
		return &filter.Cmp{Column: f.column, Op: filter.Is, Value: filter.Value{Text: "null"}}
	}
	text, _ := f.value.(string)
	return filter.Not{Expr: &filter.Cmp{Column: f.column, Op: filter.IsDistinct, Value: filter.Value{Text: text}}}
}

// plainText is the text form of a variable's value; false for what is missing and for lists and objects.
func plainText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, v != ""
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), v != ""
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), true
	}
	return "", false
}
