package filter

import (
	"strconv"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/schema"
)

// postgresLeft appends the left side of a comparison: the bare column, so that its indexes apply, or a path into it.
func (r *renderer) postgresLeft(c *Cmp) {
	b := r.b
	if len(c.Path) == 0 {
		b.Column(r.alias, c.Column.SQLName)
		return
	}
	asText := c.Path[len(c.Path)-1].AsText
	if !asText && c.Column.Type == "json" { // json has no operators
		b.Raw("(")
		defer b.Raw("::jsonb)")
	}
	b.Raw("(")
	if c.Column.Kind == schema.JSON {
		b.Column(r.alias, c.Column.SQLName)
	} else {
		b.Raw("to_jsonb(").Column(r.alias, c.Column.SQLName).Raw(")")
	}
	for _, step := range c.Path {
		if step.AsText {
			b.Raw("->>")
		} else {
			b.Raw("->")
		}
		if step.IsIndex {
			b.Arg(strconv.Itoa(step.Index)).Raw("::int4")
		} else {
			b.Arg(step.Key)
		}
	}
	b.Raw(")")
}

// postgres renders a comparison for PostgreSQL, whose server reads the operands by the type of the left side.
func (r *renderer) postgres(c *Cmp) error {
	b := r.b
	if c.Op.fullText() {
		return r.postgresFullText(c)
	}
	if c.Value.List != nil && c.kind() == schema.Array { // there are no arrays of arrays
		return r.each(c, func(text string) error { return r.postgres(c.one(text)) })
	}
	operand, err := c.postgresOperand()
	if err != nil {
		return err
	}
	b.Raw("(")
	r.postgresLeft(c)
	if len(c.Path) == 0 && c.Column.Type == "json" {
		b.Raw("::jsonb")
	}
	b.Raw(" ").Raw(operators[c.Op].sql)
	switch {
	case c.Quantifier == All:
		b.Raw(" ALL(").Arg(operand).Raw("))")
	case c.Op == In, c.Quantifier == Any:
		b.Raw(" ANY(").Arg(operand).Raw("))")
	default:
		b.Raw(" ").Arg(operand).Raw(")")
	}
	return nil
}

// postgresOperand is the operand as text, a list as the literal of one array.
func (c *Cmp) postgresOperand() (any, error) {
	convert := func(text string) (any, error) { return c.arg(dialect.PG, text) }
	if c.Op.pattern() {
		convert = c.pattern
	} else if !c.comparesValues() {
		convert = c.textArg
	}
	if c.Value.List == nil {
		return convert(c.Value.Text)
	}
	elements := make([]schema.Element, len(c.Value.List))
	for i, text := range c.Value.List {
		arg, err := convert(text)
		if err != nil {
			return nil, err
		}
		elements[i].Text, _ = arg.(string)
	}
	return string(schema.AppendArray(nil, elements)), nil
}

// comparesValues reports whether the operand is a value of the left side's type.
func (c *Cmp) comparesValues() bool { return c.Op <= Lte || c.Op == In || c.Op == IsDistinct }

func (r *renderer) postgresFullText(c *Cmp) error {
	b := r.b
	query, err := c.textArg(c.Value.Text)
	if err != nil {
		return err
	}
	b.Raw("(")
	if len(c.Path) == 0 && c.Column.Type == "tsvector" {
		r.postgresLeft(c)
	} else {
		b.Raw("to_tsvector(")
		r.language(c)
		r.postgresLeft(c)
		b.Raw(")")
	}
	b.Raw(" @@ ").Raw(operators[c.Op].sql).Raw("(")
	r.language(c)
	b.Arg(query).Raw("))")
	return nil
}

func (r *renderer) language(c *Cmp) {
	if c.Language != "" {
		r.b.Arg(c.Language).Raw("::regconfig, ")
	}
}
