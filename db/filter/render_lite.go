package filter

import (
	"strconv"
	"strings"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/schema"
)

// liteLeft appends the left side of a comparison that works on plain values.
func (r *renderer) liteLeft(c *Cmp) {
	b := r.b
	if len(c.Path) == 0 {
		b.Column(r.alias, c.Column.SQLName)
		return
	}
	path := b.bind(litePath(c.Path))
	if !c.Path[len(c.Path)-1].AsText {
		r.jsonCall("json_type", c, path)
		return
	}
	b.Raw("CASE ")
	r.jsonCall("json_type", c, path)
	b.Raw(" WHEN 'null' THEN NULL WHEN 'text' THEN ")
	r.jsonCall("json_extract", c, path)
	b.Raw(" ELSE (").Column(r.alias, c.Column.SQLName).Raw(" -> ").place(path).Raw(") END")
}

// litePath is a JSON path in SQLite's spelling.
func litePath(steps []Step) string {
	path := []byte{'$'}
	for _, step := range steps {
		switch {
		case !step.IsIndex:
			path = appendEscaped(append(path, '.'), step.Key)
		case step.Index < 0:
			path = append(strconv.AppendInt(append(path, "[#"...), int64(step.Index), 10), ']')
		default:
			path = append(strconv.AppendInt(append(path, '['), int64(step.Index), 10), ']')
		}
	}
	return string(path)
}

// lite renders a comparison for SQLite, with operands in the form that the column holds.
func (r *renderer) lite(c *Cmp) error {
	kind := c.kind()
	ordered := kind != schema.Interval && kind != schema.Array && (kind != schema.Enum || c.textual(kind))
	switch {
	case kind == schema.Range:
		return needsPostgres("the operator "+c.Op.String()+" on ranges", "")
	case !ordered && c.Op >= Gt && c.Op <= Lte:
		return needsPostgres("the order of values of type "+c.typeName(), "")
	}
	switch c.Op {
	case Contains, ContainedIn, Overlaps:
		return r.liteContains(c, kind)
	case Like, ILike, Regex, IRegex:
		return r.litePattern(c)
	case In:
		return r.liteIn(c, kind)
	}
	switch {
	case c.Quantifier == Any && c.Op == Eq:
		return r.liteIn(c, kind)
	case c.Quantifier != One:
		return r.liteQuantified(c, kind)
	}
	return r.liteCompare(c, kind, c.Op, c.Value.Text)
}

// liteCompare renders one comparison with one operand.
func (r *renderer) liteCompare(c *Cmp, kind schema.Kind, op Op, text string) error {
	arg, err := c.arg(dialect.SQLite, text)
	if err != nil {
		return err
	}
	word, _ := arg.(string)
	switch kind {
	case schema.JSON:
		return r.liteJSON(c, op, word)
	case schema.Date:
		r.liteDate(c, op, word)
		return nil
	case schema.Timestamp, schema.TimestampTZ:
		r.liteMoment(c, op, word)
		return nil
	}
	r.b.Raw("(")
	r.liteLeft(c)
	r.b.Raw(liteOperator(op)).Arg(arg).Raw(")")
	return nil
}

func liteOperator(op Op) string {
	if op == IsDistinct {
		return " IS NOT "
	}
	return " " + operators[op].sql + " "
}

// liteMoment compares a timestamp that is stored with +00:00, as Bun writes it, or without, as current_timestamp does. Both forms
// sort by time; at the same moment the one without comes first.
func (r *renderer) liteMoment(c *Cmp, op Op, full string) {
	bare := strings.TrimSuffix(full, "+00:00")
	r.b.Raw("(")
	if op == IsDistinct {
		r.liteLeft(c)
		r.b.Raw(" IS NULL OR ")
	}
	r.liteLeft(c)
	switch op {
	case Eq:
		r.b.Raw(" IN (").Arg(full).Raw(", ").Arg(bare).Raw("))")
	case Neq, IsDistinct:
		r.b.Raw(" NOT IN (").Arg(full).Raw(", ").Arg(bare).Raw("))")
	case Gt, Lte:
		r.b.Raw(liteOperator(op)).Arg(full).Raw(")")
	default:
		r.b.Raw(liteOperator(op)).Arg(bare).Raw(")")
	}
}

// liteDate compares a date that is stored as such, or as the timestamp that Bun writes for a time.Time.
func (r *renderer) liteDate(c *Cmp, op Op, day string) {
	// Behind every form of the day, before every form of the next: a space sorts before an exclamation mark.
	end := day + "!"
	side := func(sign, bound string) {
		r.liteLeft(c)
		r.b.Raw(sign).Arg(bound)
	}
	r.b.Raw("(")
	switch op {
	case Eq:
		side(" >= ", day)
		r.b.Raw(" AND ")
		side(" < ", end)
	case Neq, IsDistinct:
		if op == IsDistinct {
			r.liteLeft(c)
			r.b.Raw(" IS NULL OR ")
		}
		side(" < ", day)
		r.b.Raw(" OR ")
		side(" >= ", end)
	case Gt:
		side(" >= ", end)
	case Gte:
		side(" >= ", day)
	case Lt:
		side(" < ", day)
	default:
		side(" < ", end)
	}
	r.b.Raw(")")
}

// liteIn renders membership in a list, which is bound as one JSON array.
func (r *renderer) liteIn(c *Cmp, kind schema.Kind) error {
	if kind == schema.JSON {
		return r.liteJSONIn(c)
	}
	list := []byte{'['}
	for _, text := range c.Value.List {
		arg, err := c.arg(dialect.SQLite, text)
		if err != nil {
			return err
		}
		if list, err = appendListed(list, kind, arg); err != nil {
			return err
		}
	}
	before, after := "(", ""
	switch kind {
	case schema.Date:
		before, after = "(substr(", ", 1, 10)"
	case schema.Bytes:
		r.b.Raw("(CASE WHEN ")
		r.liteLeft(c)
		before, after = ` IS NOT NULL THEN '\x' || lower(hex(`, ")) END" // hex makes an empty text of NULL
	}
	r.b.Raw(before)
	r.liteLeft(c)
	r.b.Raw(after).Raw(" IN (SELECT value FROM json_each(").Arg(string(append(list, ']'))).Raw(")))")
	return nil
}

// appendListed appends one element of a JSON array; a timestamp in both forms.
func appendListed(list []byte, kind schema.Kind, arg any) ([]byte, error) {
	if len(list) > 1 {
		list = append(list, ',')
	}
	if text, ok := arg.(string); ok && (kind == schema.Timestamp || kind == schema.TimestampTZ) {
		if bare, ok := strings.CutSuffix(text, "+00:00"); ok {
			list = append(append(append(list, '"'), bare...), `",`...)
		}
	}
	return schema.AppendJSON(list, kind, arg)
}

// liteQuantified renders (any) and (all): the strongest or the weakest answer over the list.
func (r *renderer) liteQuantified(c *Cmp, kind schema.Kind) error {
	switch kind {
	case schema.JSON, schema.Date, schema.Timestamp, schema.TimestampTZ, schema.Bytes:
		return r.each(c, func(text string) error { return r.liteCompare(c, kind, c.Op, text) })
	}
	list := []byte{'['}
	for _, text := range c.Value.List {
		arg, err := c.arg(dialect.SQLite, text)
		if err != nil {
			return err
		}
		if list, err = appendListed(list, kind, arg); err != nil {
			return err
		}
	}
	r.b.Raw(liteQuantifier(c.Quantifier))
	r.liteLeft(c)
	r.b.Raw(liteOperator(c.Op)).Raw("value) FROM json_each(").Arg(string(append(list, ']'))).Raw("))")
	return nil
}

func liteQuantifier(q Quantifier) string {
	if q == All {
		return "(SELECT min("
	}
	return "(SELECT max("
}

// litePattern renders like, ilike, match and imatch by functions that know Unicode and letter case.
func (r *renderer) litePattern(c *Cmp) error {
	function := map[Op]string{Like: "gw_like(", ILike: "gw_ilike(", Regex: "gw_match(", IRegex: "gw_imatch("}[c.Op]
	if c.Quantifier == One {
		pattern, err := c.pattern(c.Value.Text)
		if err != nil {
			return err
		}
		r.b.Raw(function).Arg(pattern).Raw(", ")
		r.liteLeft(c)
		r.b.Raw(")")
		return nil
	}
	list := []byte{'['}
	for _, text := range c.Value.List {
		pattern, err := c.pattern(text)
		if err != nil {
			return err
		}
		if list, err = appendListed(list, schema.Text, pattern); err != nil {
			return err
		}
	}
	r.b.Raw(liteQuantifier(c.Quantifier)).Raw(function).Raw("value, ")
	r.liteLeft(c)
	r.b.Raw(")) FROM json_each(").Arg(string(append(list, ']'))).Raw("))")
	return nil
}

// liteContains renders cs, cd and ov on arrays and JSON.
func (r *renderer) liteContains(c *Cmp, kind schema.Kind) error {
	arg, err := c.arg(dialect.SQLite, c.Value.Text)
	if err != nil {
		return err
	}
	if kind == schema.Array {
		elements, err := schema.ParseArray(c.Value.Text)
		if err != nil {
			return err
		}
		kept := make([]schema.Element, 0, len(elements))
		for _, e := range elements {
			if !e.Null { // NULL equals nothing, so it is contained in nothing
				kept = append(kept, e)
			}
		}
		if c.Op == Contains && len(kept) < len(elements) {
			r.b.Raw("(CASE WHEN ")
			r.liteLeft(c)
			r.b.Raw(" IS NULL THEN NULL ELSE FALSE END)")
			return nil
		}
		if arg, err = c.arg(dialect.SQLite, string(schema.AppendArray(nil, kept))); err != nil {
			return err
		}
	}
	return r.liteContainment(c, arg)
}

func (r *renderer) liteContainment(c *Cmp, arg any) error {
	switch c.Op {
	case ContainedIn:
		r.b.Raw("gw_json_contains(").Arg(arg).Raw(", ")
		r.liteDocument(c)
		r.b.Raw(")")
	case Contains:
		r.b.Raw("gw_json_contains(")
		r.liteDocument(c)
		r.b.Raw(", ").Arg(arg).Raw(")")
	default:
		r.b.Raw("gw_json_overlaps(")
		r.liteDocument(c)
		r.b.Raw(", ").Arg(arg).Raw(")")
	}
	return nil
}

// liteDocument appends the JSON text of the left side.
func (r *renderer) liteDocument(c *Cmp) {
	if len(c.Path) == 0 {
		r.b.Column(r.alias, c.Column.SQLName)
		return
	}
	r.b.Raw("(").Column(r.alias, c.Column.SQLName).Raw(" -> ").Arg(litePath(c.Path)).Raw(")")
}
