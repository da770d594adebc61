package plan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// shelf is a database with the tables authors and posts, and pairs, whose key has two columns.
type shelf struct {
	database              *bun.DB
	lane                  db.Lane
	compiler              *plan.Compiler
	authors, posts, pairs *schema.Table
}

var shelfDDL = map[dialect.Name][]string{
	dialect.PG: {
		`CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL)`,
		`CREATE TABLE posts (id bigserial PRIMARY KEY, title varchar(20) NOT NULL DEFAULT 'untitled', author_id bigint REFERENCES authors,
			slug text UNIQUE, published boolean NOT NULL DEFAULT false, tags text[], data jsonb,
			size integer GENERATED ALWAYS AS (length(title)) STORED)`,
		`CREATE TABLE pairs (a bigint, b text, note text, PRIMARY KEY (a, b))`,
	},
	dialect.SQLite: {
		`CREATE TABLE authors (id INTEGER PRIMARY KEY, name text NOT NULL)`,
		`CREATE TABLE posts (id INTEGER PRIMARY KEY, title varchar(20) NOT NULL DEFAULT 'untitled', author_id bigint REFERENCES authors,
			slug text UNIQUE, published boolean NOT NULL DEFAULT false, tags text, data text,
			size integer GENERATED ALWAYS AS (length(title)) STORED)`,
		`CREATE TABLE pairs (a bigint, b text, note text, PRIMARY KEY (a, b)) WITHOUT ROWID`,
	},
}

func newShelf(t testing.TB, database *bun.DB) *shelf {
	t.Helper()
	lane, err := db.LaneOf(database)
	require.NoError(t, err)
	s := &shelf{database: database, lane: lane, compiler: plan.New(plan.Config{Dialect: lane.Dialect(), MaxRows: 1000})}
	s.authors = table(t, schema.Table{Name: "authors", PrimaryKey: []int{0}, Columns: []schema.Column{
		{Name: "id", Kind: schema.Int8}, {Name: "name", Kind: schema.Text},
	}})
	s.posts = table(t, schema.Table{
		Name: "posts", PrimaryKey: []int{0}, Uniques: []schema.Unique{{Columns: []int{3}}},
		Columns: []schema.Column{
			{Name: "id", Kind: schema.Int8, HasDefault: true}, {Name: "title", Kind: schema.Text, HasDefault: true, MaxLength: 20},
			{Name: "author_id", Kind: schema.Int8, Nullable: true}, {Name: "slug", Kind: schema.Text, Nullable: true},
			{Name: "published", Kind: schema.Bool, HasDefault: true},
			{Name: "tags", Kind: schema.Array, Elem: schema.Text, Nullable: true}, {Name: "data", Kind: schema.JSON, Nullable: true},
			{Name: "size", Kind: schema.Int4, Generated: true, HasDefault: true},
		},
		ForeignKeys: []schema.ForeignKey{{Columns: []int{2}, RefTable: "authors", RefColumns: []string{"id"}}},
	})
	s.pairs = table(t, schema.Table{Name: "pairs", PrimaryKey: []int{0, 1}, Columns: []schema.Column{
		{Name: "a", Kind: schema.Int8}, {Name: "b", Kind: schema.Text}, {Name: "note", Kind: schema.Text, Nullable: true},
	}})
	require.NoError(t, schema.Link([]*schema.Table{s.authors, s.posts, s.pairs}))
	for _, statement := range shelfDDL[lane.Dialect()] {
		s.exec(t, statement)
	}
	s.reset(t)
	return s
}

func table(t testing.TB, described schema.Table) *schema.Table {
	t.Helper()
	made, err := schema.New(described)
	require.NoError(t, err)
	return made
}

func (s *shelf) exec(t testing.TB, statement string) {
	t.Helper()
	_, err := s.database.ExecContext(t.Context(), statement)
	require.NoError(t, err, statement)
}

// reset gives the tables their first rows again.
func (s *shelf) reset(t testing.TB) {
	t.Helper()
	for _, name := range []string{"posts", "authors", "pairs"} {
		s.exec(t, "DELETE FROM "+name)
	}
	if s.lane.Dialect() == dialect.PG {
		s.exec(t, "SELECT setval('posts_id_seq', 3)")
	}
	s.exec(t, "INSERT INTO authors VALUES (1, 'Ann'), (2, 'Ben')")
	s.exec(t, `INSERT INTO posts (id, title, author_id, slug, published) VALUES
		(1, 'one', 1, 'a', true), (2, 'two', 2, 'b', false), (3, 'three', 1, 'c', false)`)
	s.exec(t, "INSERT INTO pairs VALUES (1, 'x', 'old')")
}

// dump returns the rows of a table in the order of its first column.
func (s *shelf) dump(t testing.TB, table *schema.Table) []string {
	t.Helper()
	b := filter.Builder{Dialect: s.lane.Dialect()}
	b.Raw("SELECT * FROM ").Ident(table.SQLName).Raw(" ORDER BY 1, 2")
	columns := make([]wire.Column, len(table.Columns))
	for i, column := range table.Columns {
		columns[i] = wire.Column{Name: column.Name, Kind: column.Kind, Elem: column.Elem}
	}
	rows := []string{}
	_, err := s.lane.Query(t.Context(), db.Statement{Text: string(b.Buf)}, nil, func(values []db.Value) error {
		rows = append(rows, rowText(columns, values))
		return nil
	})
	require.NoError(t, err)
	return rows
}

// rowText prints a row the same for both databases, NULLs left out.
func rowText(columns []wire.Column, values []db.Value) string {
	var parts []string
	for i, column := range columns {
		if values[i].Kind != db.Null {
			parts = append(parts, column.Name+"="+valueText(column, values[i]))
		}
	}
	return strings.Join(parts, " ")
}

func valueText(column wire.Column, v db.Value) string {
	text := string(v.Bytes)
	if v.Kind == db.Int {
		text = strconv.FormatInt(v.Int, 10)
	}
	switch column.Kind {
	case schema.Bool:
		return strconv.FormatBool(text == "t" || text == "1")
	case schema.JSON:
		var value any
		_ = json.Unmarshal([]byte(text), &value)
		compact, _ := json.Marshal(value)
		return string(compact)
	case schema.Array:
		return strings.NewReplacer("[", "{", "]", "}", `"`, "").Replace(text)
	}
	return text
}

// allow is a plan without conditions; with changes it.
func allow(with ...func(*policy.Plan)) policy.Plan {
	p := policy.Plan{Kind: policy.Allowed, Readable: policy.AllColumns(), Writable: policy.AllColumns()}
	for _, change := range with {
		change(&p)
	}
	return p
}

func eq(t *schema.Table, column, value string) filter.Expr {
	return &filter.Cmp{Column: t.Lookup(column), Op: filter.Eq, Value: filter.Value{Text: value}}
}

// newWrite returns a write of a table that every plan allows.
func newWrite(kind plan.WriteKind, t *schema.Table, rows *wire.Rows) *plan.Write {
	return &plan.Write{
		Kind: kind, Rows: rows,
		Query: &query.Query{Root: &query.Node{
			Table: t, Resource: t.Name, Items: []query.Item{{Star: true}}, Plan: allow(),
		}},
		Insert: allow(), Update: allow(), Delete: allow(),
	}
}

// body makes rows from a header of column names and one list of values per row: nil is NULL, "-" is missing.
func body(t *schema.Table, header string, rows ...[]any) *wire.Rows {
	made := &wire.Rows{Len: len(rows), Array: len(rows) != 1}
	for name := range strings.FieldsSeq(header) {
		made.Columns = append(made.Columns, t.Lookup(name).Index)
	}
	for _, row := range rows {
		for _, value := range row {
			switch value {
			case nil:
				made.Cells = append(made.Cells, wire.Cell{State: wire.Null})
			case "-":
				made.Cells = append(made.Cells, wire.Cell{})
			default:
				made.Cells = append(made.Cells, wire.Cell{State: wire.Set, Text: fmt.Sprint(value)})
			}
		}
	}
	return made
}

func row(values ...any) []any { return values }

// answer is what one write gave.
type answer struct {
	out    plan.Outcome
	rows   []string
	images []string
	err    error
}

// run runs w as a program would: in a transaction where one is needed.
func (s *shelf) run(ctx context.Context, w *plan.Write) answer {
	var a answer
	if w.Row != nil {
		w.Row = func(columns []wire.Column, values []db.Value) error {
			a.rows = append(a.rows, rowText(columns, values))
			return nil
		}
	}
	if w.Image != nil {
		w.Image = func(action policy.Action, values []db.Value) error {
			columns := make([]wire.Column, len(w.Query.Root.Table.Columns))
			for i, column := range w.Query.Root.Table.Columns {
				columns[i] = wire.Column{Name: column.Name, Kind: column.Kind}
			}
			a.images = append(a.images, string(action)+" "+rowText(columns, values))
			return nil
		}
	}
	if !s.compiler.NeedsTx(w) {
		a.out, a.err = s.compiler.Write(ctx, s.lane, w)
		return a
	}
	a.err = db.InTx(ctx, s.database, func(ctx context.Context, _ bun.Tx) error {
		var err error
		a.out, err = s.compiler.Write(ctx, s.lane, w)
		return err
	})
	return a
}

// wantRows and wantImage ask a write for its rows; run fills them in.
func wantRows(w *plan.Write)  { w.Row = func([]wire.Column, []db.Value) error { return nil } }
func wantImage(w *plan.Write) { w.Image = func(policy.Action, []db.Value) error { return nil } }

// codeOf returns the code that a client would see, "" for nil.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

func (s *shelf) pg() bool { return s.lane.Dialect() == dialect.PG }

// steps is a JSON path of keys.
func steps(keys ...string) []filter.Step {
	path := make([]filter.Step, len(keys))
	for i, key := range keys {
		path[i].Key = key
	}
	return path
}
