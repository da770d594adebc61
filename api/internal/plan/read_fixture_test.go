package plan_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

type writer struct {
	bun.BaseModel `bun:"table:writers"`

	ID   int64  `bun:",pk" json:"id"`
	Name string `bun:",notnull" json:"name"`
	Born *int   `json:"born"`
}

type novel struct {
	bun.BaseModel `bun:"table:novels"`

	ID       int64          `bun:",pk" json:"id"`
	Title    string         `bun:",notnull" json:"title"`
	WriterID int64          `bun:",notnull" json:"writer_id"`
	EditorID *int64         `json:"editor_id"`
	Out      bool           `bun:",notnull" json:"out"`
	Price    float64        `bun:"type:numeric(8,2),notnull" json:"price"`
	Facts    map[string]any `bun:"type:jsonb" json:"facts"`
	Secret   string         `bun:",notnull" json:"-"`

	Writer *writer `bun:"rel:belongs-to,join:writer_id=id" json:"-"`
	Editor *writer `bun:"rel:belongs-to,join:editor_id=id" json:"-"`
	Tags   []*tag  `bun:"m2m:novel_tags,join:Novel=Tag" json:"-"`
}

type tag struct {
	bun.BaseModel `bun:"table:tags"`

	ID       int64  `bun:",pk" json:"id"`
	Name     string `bun:",notnull" json:"name"`
	ParentID *int64 `json:"parent_id"`

	Parent *tag `bun:"rel:belongs-to,join:parent_id=id" json:"-"`
}

type novelTag struct {
	bun.BaseModel `bun:"table:novel_tags"`

	NovelID int64 `bun:",pk" json:"novel_id"`
	TagID   int64 `bun:",pk" json:"tag_id"`

	Novel *novel `bun:"rel:belongs-to,join:novel_id=id" json:"-"`
	Tag   *tag   `bun:"rel:belongs-to,join:tag_id=id" json:"-"`
}

// portrait is one-to-one with its writer.
type portrait struct {
	bun.BaseModel `bun:"table:portraits"`

	WriterID int64           `bun:",pk" json:"writer_id"`
	Flag     *bool           `json:"flag"`
	Small    int16           `bun:"type:smallint" json:"small"`
	Big      int64           `json:"big"`
	Real     *float64        `json:"real"`
	Exact    string          `bun:"type:numeric(20,4)" json:"exact"`
	Ratio    string          `bun:"type:numeric" json:"ratio"`
	Text     string          `json:"text"`
	Key      uuid.UUID       `bun:"type:uuid" json:"key"`
	Day      time.Time       `bun:"type:date" json:"day"`
	At       time.Time       `bun:"type:timestamptz" json:"at"`
	Local    time.Time       `bun:"type:timestamp" json:"local"`
	Data     json.RawMessage `bun:"type:jsonb" json:"data"`
	Raw      []byte          `json:"raw"`
	Words    []string        `bun:",array" json:"words"`

	Writer *writer `bun:"rel:belongs-to,join:writer_id=id" json:"-"`
}

// library is a database with tables that are related in every way there is.
type library struct {
	lane                             db.Lane
	compiler                         *plan.Compiler
	writers, novels, tags, portraits *schema.Table
}

//go:fix inline

func eachLibrary(t *testing.T, fn func(t *testing.T, l *library)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) { fn(t, newLibrary(t, database)) })
}

func newLibrary(t testing.TB, database *bun.DB) *library {
	t.Helper()
	ctx := t.Context()
	database.RegisterModel((*novelTag)(nil))
	models := []any{(*writer)(nil), (*novel)(nil), (*tag)(nil), (*novelTag)(nil), (*portrait)(nil)}
	require.NoError(t, db.CreateTables(ctx, database, models...))
	var tables []*schema.Table
	for _, model := range models {
		described, err := schema.FromModel(database, model)
		require.NoError(t, err)
		tables = append(tables, described)
	}
	require.NoError(t, schema.Link(tables))
	lane, err := db.LaneOf(database)
	require.NoError(t, err)
	for _, rows := range libraryRows() {
		_, err := database.NewInsert().Model(rows).Exec(ctx)
		require.NoError(t, err)
	}
	return &library{
		lane: lane, compiler: plan.New(plan.Config{Dialect: lane.Dialect(), MaxRows: 100}),
		writers: tables[0], novels: tables[1], tags: tables[2], portraits: tables[4],
	}
}

func libraryRows() []any {
	at := time.Date(2024, 1, 31, 10, 0, 0, 500_000_000, time.UTC)
	return []any{
		&[]writer{{ID: 1, Name: "Ann", Born: new(1970)}, {ID: 2, Name: `B"o\b`}, {ID: 3, Name: "Cléo", Born: new(1950)}},
		&[]novel{
			{ID: 1, Title: "One", WriterID: 1, EditorID: new(int64(2)), Out: true, Price: 12.5, Facts: map[string]any{
				"pages": 90, "by": map[string]any{"press": "P"}, "list": []int{7, 8, 9}, "good": true, "none": nil, `q"k`: "quoted",
			}},
			{ID: 2, Title: "Two", WriterID: 1, Out: false, Price: 3},
			{ID: 3, Title: "Three", WriterID: 2, EditorID: new(int64(1)), Out: true, Price: 7.25, Facts: map[string]any{"pages": 1000.5}},
		},
		&[]tag{{ID: 1, Name: "all"}, {ID: 2, Name: "crime", ParentID: new(int64(1))}, {ID: 3, Name: "noir", ParentID: new(int64(2))}},
		&[]novelTag{{NovelID: 1, TagID: 2}, {NovelID: 1, TagID: 3}, {NovelID: 3, TagID: 3}},
		&[]portrait{
			{
				WriterID: 1, Flag: new(true), Small: -3, Big: 9007199254740993, Real: new(0.1), Exact: "12.5", Ratio: "3",
				Text: "a\n\t\"é", Key: uuid.UUID{0xAB, 15: 1}, Day: at, At: at, Local: at, Data: json.RawMessage(`{"a":[1,null,"x"]}`),
				Raw: []byte{0, 255}, Words: []string{"a", `b"c`},
			},
			{
				WriterID: 2, Flag: new(false), Real: new(5.0), Exact: "0", Ratio: "0.125", Day: at, At: at.Truncate(time.Hour),
				Local: at.Truncate(time.Hour), Data: json.RawMessage(`"text"`), Raw: []byte{}, Words: []string{},
			},
			{WriterID: 3, Exact: "1", Ratio: "1", Day: at, At: at, Local: at, Data: json.RawMessage(`7`), Raw: []byte{1}, Words: []string{"z"}},
		},
	}
}

func anyone() policy.Plan { return policy.Plan{Kind: policy.Allowed, Readable: policy.AllColumns()} }

// pick makes a node that shows the named columns; "a:b" shows b as a.
func pick(t *schema.Table, names ...string) query.Node {
	n := query.Node{Table: t, Resource: t.Name, Plan: anyone()}
	for _, name := range names {
		if name == "*" {
			n.Items = append(n.Items, query.Item{Star: true})
			continue
		}
		alias, column, ok := strings.Cut(name, ":")
		if !ok {
			column = name
		}
		n.Items = append(n.Items, query.Item{Column: t.Lookup(column), Name: alias})
	}
	return n
}

func ask(root query.Node, embeds ...*query.Embed) *query.Query {
	root.Embeds = embeds
	return &query.Query{Root: &root}
}

// embed makes an embed over the relation with that cardinality and constraint ("" for any).
func embed(from, to *schema.Table, kind schema.Cardinality, constraint string, names ...string) *query.Embed {
	at := slices.IndexFunc(from.Relations, func(r *schema.Relation) bool {
		return r.Target == to && r.Cardinality == kind && (constraint == "" || r.Constraint == constraint)
	})
	return &query.Embed{Node: pick(to, names...), Name: to.Name, Relation: from.Relations[at], Hidden: len(names) == 0}
}

func with(e *query.Embed, change func(e *query.Embed)) *query.Embed {
	change(e)
	return e
}

func sorted(n *query.Node, column string, desc bool) {
	n.Order = append(n.Order, query.Order{Column: n.Table.Lookup(column), Desc: desc, NullsFirst: desc})
}

func cmp(t *schema.Table, column string, op filter.Op, value string) filter.Expr {
	return &filter.Cmp{Column: t.Lookup(column), Op: op, Value: filter.Value{Text: value}}
}

// read runs a query and returns its rows as one JSON array, and the total when it was counted, else -1.
func (l *library) read(t testing.TB, q *query.Query) (rows string, total int64) {
	t.Helper()
	statement, args, err := l.compiler.Read(q, plan.ReadOptions{})
	require.NoError(t, err)
	total = -1
	out := []byte{'['}
	_, err = l.lane.Query(t.Context(), statement.Statement, args, func(values []db.Value) error {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = wire.AppendRow(out, statement.Columns, values, false)
		if statement.Total {
			total = number(values[len(values)-1])
		}
		return nil
	})
	require.NoError(t, err, statement.Text)
	return compact(t, append(out, ']')), total
}

func number(v db.Value) int64 {
	if v.Kind == db.Int {
		return v.Int
	}
	var n int64
	for _, digit := range v.Bytes {
		n = n*10 + int64(digit-'0')
	}
	return n
}

// compact takes white space between tokens and the order of keys inside stored JSON out of the comparison, and nothing else.
func compact(t testing.TB, text []byte) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, json.Compact(&out, text), string(text))
	return out.String()
}
