package filter

import (
	"errors"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/schema"
)

// check refuses values that do not fit their column, before any database is asked.
func check(expr Expr) error {
	var mistakes []error
	Walk(expr, func(e Expr) bool {
		if c, ok := e.(*Cmp); ok && c.typed() && c.Value.Var == "" {
			mistakes = append(mistakes, checkValues(c.Column, c.Value))
		}
		return true
	})
	return errors.Join(mistakes...)
}

func checkValues(column *schema.Column, value Value) error {
	if value.List == nil {
		_, err := column.Arg(dialect.SQLite, value.Text)
		return err
	}
	for _, text := range value.List {
		if _, err := column.Arg(dialect.SQLite, text); err != nil {
			return err
		}
	}
	return nil
}

// typed reports whether the operands are values of the column's own type.
func (c *Cmp) typed() bool {
	if c.Column == nil || len(c.Path) > 0 {
		return false
	}
	switch c.Op {
	case Eq, Neq, Gt, Gte, Lt, Lte, In, IsDistinct:
		return true
	case Contains, ContainedIn, Overlaps:
		return c.Column.Kind == schema.JSON || c.Column.Kind == schema.Array
	}
	return false
}
