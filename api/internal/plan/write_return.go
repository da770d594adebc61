package plan

import (
	"context"

	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// shape is how the representation of written rows is made.
type shape uint8

const (
	// silent: nobody wants it.
	silent shape = iota
	// direct: the select list stands in the statement's RETURNING.
	direct
	// cte: the statement is a WITH clause that the select reads from. PostgreSQL only.
	cte
	// reread: a second statement reads the rows by their keys; for Delete, before they are gone.
	reread
)

// shape chooses the cheapest shape that can express w's representation. RETURNING knows neither order nor joins.
func (c *Compiler) shape(w *Write) shape {
	switch {
	case !w.Returns():
		return silent
	case len(w.Query.Root.Embeds) == 0 && (len(w.Query.Root.Order) == 0 || w.single()):
		return direct
	case c.pg():
		return cte
	}
	return reread
}

// single reports whether w can write one row only by its form.
func (w *Write) single() bool { return w.Kind != Update && w.Kind != Delete && w.Rows.Len <= 1 }

// returning is what a statement gives back for each row it wrote, in this order: whether the row is new (PostgreSQL, merges), its key,
// its image, its representation, whether the representation is shown at all, its check.
type returning struct {
	shape shape
	isNew bool
	// key holds the columns that find the row again, and keyed asks for them; rowid is SQLite's own key.
	key   []*schema.Column
	rowid bool
	image bool
	// inserted and updated are the checks of new and of changed rows.
	inserted, updated []filter.Expr
	columns           []wire.Column
	shown             bool
	// keys are the keys of the rows written so far, one JSON array each, to read them again.
	keys []byte
}

func (j *job) returning() returning {
	r := returning{shape: j.c.shape(j.Write), isNew: j.pg && j.merge, image: j.Image != nil}
	switch j.Kind {
	case Delete:
	case Update:
		r.updated = j.checks(&j.Update)
	default:
		r.inserted = j.checks(&j.Insert)
		if j.merge {
			r.updated = j.checks(&j.Update)
		}
	}
	if j.wantsKey() || r.shape == reread && j.Kind != Delete {
		for _, position := range j.table.PrimaryKey {
			r.key = append(r.key, &j.table.Columns[position])
		}
	}
	if r.shape == reread && j.Kind != Delete {
		r.rowid = len(r.key) == 0
		for _, column := range r.key {
			r.rowid = r.rowid || column.Kind == schema.Bytes // has no place in JSON
		}
	}
	return r
}

// wantsKey reports whether Outcome.Key may be asked for.
func (j *job) wantsKey() bool {
	return j.Kind != Update && j.Kind != Delete && j.Query.Prefer.Return == query.ReturnHeadersOnly && j.Rows.Len == 1
}

func (r *returning) checked() bool { return len(r.inserted)+len(r.updated) > 0 }

func (r *returning) empty() bool {
	return !r.isNew && len(r.key) == 0 && !r.rowid && !r.image && r.shape != direct && r.shape != cte && !r.checked()
}

// run completes the statement with what it returns, and runs it.
func (j *job) run(ctx context.Context, b *filter.Builder) error {
	r := &j.returns
	if r.empty() {
		n, err := j.lane.Query(ctx, j.statement(b), b.Args, nil)
		j.count(n)
		return err
	}
	var err error
	b.Raw(" RETURNING ")
	if r.shape == cte {
		err = j.returnCTE(b)
	} else {
		err = j.returnDirect(b)
	}
	if err != nil {
		return err
	}
	statement := j.statement(b)
	if r.shape == direct || r.shape == cte {
		r.columns = j.shownColumns(b)
	}
	_, err = j.lane.Query(ctx, statement, b.Args, j.receive)
	return err
}

// shownColumns describes the columns of the representation. Where nothing else of the row comes back and every name is the
// column's own, the text tells which they are, and they are kept with it.
func (j *job) shownColumns(b *filter.Builder) []wire.Column {
	root := j.Query.Root
	if j.returns.image || len(j.returns.key) > 0 || j.returns.rowid || named(root) {
		return columns(root)
	}
	return j.c.returned.find(b.Buf, func(text string) *Statement {
		return &Statement{Statement: db.Statement{Text: text, Write: true}, Columns: columns(root)}
	}).Columns
}

// statement returns the statement that b holds; its text is shared by all requests that have the same. The columns are not kept
// with it: an image and a representation may have one text. Only statements that write are kept here, because one that reads
// might have the text of a [Compiler.Read], which keeps more.
func (j *job) statement(b *filter.Builder) db.Statement {
	return j.c.shapes.find(b.Buf, func(text string) *Statement {
		return &Statement{Statement: db.Statement{Text: text, Write: true}}
	}).Statement
}

// count adds rows of which nothing came back.
func (j *job) count(n int64) {
	j.out.Affected += n
	if j.Kind != Update && j.Kind != Delete && !j.existed {
		j.out.Inserted += n
	}
}

func (j *job) returnDirect(b *filter.Builder) error {
	r := &j.returns
	list := list{b: b}
	if r.isNew {
		list.next().Column(j.table.SQLName, "xmax").Raw(" = 0")
	}
	for _, column := range r.key {
		list.next().Column(j.table.SQLName, column.SQLName)
	}
	if r.rowid {
		list.next().Column(j.table.SQLName, "_rowid_")
	}
	if r.image {
		for i := range j.table.Columns {
			list.next().Column(j.table.SQLName, j.table.Columns[i].SQLName)
		}
	}
	if r.shape == direct {
		list.next()
		if err := j.selectList(b); err != nil {
			return err
		}
	}
	if r.checked() {
		list.next()
		return j.check(b, r.inserted, r.updated)
	}
	return nil
}

// returnCTE closes the WITH clause and selects from it. The rows have the table's own name there, so that everything that is said
// of the table's columns holds for them.
func (j *job) returnCTE(b *filter.Builder) error {
	r := &j.returns
	inner := list{b: b}
	for i := range j.table.Columns {
		inner.next().Column(j.table.SQLName, j.table.Columns[i].SQLName)
	}
	if r.isNew {
		inner.next().Column(j.table.SQLName, "xmax").Raw(" = 0 AS gw_new")
	}
	if r.checked() {
		inner.next()
		if err := j.check(b, r.inserted, r.updated); err != nil {
			return err
		}
		b.Raw(" AS gw_check")
	}
	b.Raw(") SELECT ")
	outer := list{b: b}
	if r.isNew {
		outer.next().Raw("gw_new")
	}
	for _, column := range r.key {
		outer.next().Column(j.table.SQLName, column.SQLName)
	}
	if r.image {
		for i := range j.table.Columns {
			outer.next().Column(j.table.SQLName, j.table.Columns[i].SQLName)
		}
	}
	outer.next()
	if err := j.represent(b); err != nil {
		return err
	}
	if r.checked() {
		b.Raw(", gw_check")
	}
	b.Raw(" FROM gw_written AS ").Ident(j.table.SQLName)
	return j.c.orderBy(b, j.table.SQLName, j.Query.Root)
}

// represent appends the select list with embeds, and whether the inner embeds let the row be shown. A row that they hide is
// written and counted all the same.
func (j *job) represent(b *filter.Builder) error {
	if err := j.selectList(b); err != nil {
		return err
	}
	var inner []filter.Expr
	for _, e := range j.Query.Root.Embeds {
		if e.Inner {
			inner = append(inner, e.Exists())
		}
	}
	if j.returns.shown = len(inner) > 0; !j.returns.shown {
		return nil
	}
	b.Raw(", CASE WHEN ")
	if err := j.and(b, inner); err != nil {
		return err
	}
	b.Raw(" THEN 1 END")
	return nil
}

// selectList appends the select list. Writes know no cap on rows, not in what they embed either.
func (j *job) selectList(b *filter.Builder) error {
	r := renderer{c: j.c, b: b}
	if j.c.cfg.MaxRows > 0 && len(j.Query.Root.Embeds) > 0 {
		r.c = New(Config{Dialect: j.c.cfg.Dialect})
	}
	return r.selectList(j.Query.Root, j.table.SQLName, 0)
}

// list separates the members of a select list by commas.
type list struct {
	b    *filter.Builder
	some bool
}

func (l *list) next() *filter.Builder {
	if l.some {
		l.b.Raw(", ")
	}
	l.some = true
	return l.b
}
