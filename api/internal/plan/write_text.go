package plan

import (
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

func (c *Compiler) pg() bool { return c.cfg.Dialect == dialect.PG }

// tableName appends the table's name in SQL.
func tableName(b *filter.Builder, t *schema.Table) {
	if t.SQLSchema != "" {
		b.Ident(t.SQLSchema).Raw(".")
	}
	b.Ident(t.SQLName)
}
