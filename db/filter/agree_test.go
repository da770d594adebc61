package filter_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// pools are the values rows and operands are drawn from, by column. The second list is only for operands.
var pools = map[string][2][]string{
	"n":    {{"-2", "-1", "0", "1", "2", "3", "9223372036854775807"}, {" 1 ", "+2", "-0"}},
	"t":    {{"", "a", "A", "ab", "b%", "a_b", `a\b`, "a,b", "ü", "B", `"`, "null"}, {"c"}},
	"b":    {{"true", "false"}, {"t", "no", "ON", "0"}},
	"num":  {{"-0.1", "0", "1.5", "1.50", "100", "1e2", "123456789012345", "NaN", "0.00000001"}, {"1.500", "+100.0", "Infinity"}},
	"f":    {{"-1.5", "0", "0.1", "1e20", "NaN", "Infinity", "-Infinity"}, {"100000000000000000000", ".1", "-0"}},
	"at":   {{"2024-01-31 10:00:00+00", "2024-01-31 10:00:00.5+00", "2023-12-31 23:59:59+00", "infinity", "-infinity"}, {"2024-01-31T12:00:00+02:00", "2024-01-31T10:00:00.500Z", "2024-01-31"}},
	"day":  {{"2024-01-31", "2024-02-01", "2023-12-31", "infinity"}, {"20240131", "2024-02-01T10:00:00Z"}},
	"u":    {{"6f2b1c9e-0000-4000-8000-000000000001", "00000000-0000-0000-0000-000000000000"}, {"6F2B1C9E00004000800000000000 0001", "{6F2B1C9E-0000-4000-8000-000000000001}"}},
	"data": {{`{"a":20}`, `{"a":20.0,"b":[1,"x",{"c":"y"}]}`, `{"a":"x"}`, `{"a":true}`, `{"a":null}`, `{"a":[]}`, `{"a":[20,"x"]}`, `{"a":{"c":1}}`, `{}`, `[1,2,"x"]`, `5`, `"x"`, `null`, `{"k\"e\\y":1,"a.b":"x"}`}, {`{"a":20,"b":["x"]}`}},
	"raw":  {{`\x`, `\x00ff`, "abc"}, {`\xFF`, `\000`}},
	"tags": {{"{}", "{a}", "{a,b}", "{b,a}", "{a,NULL}", `{"a,b","c\"d"}`, "{a,a}"}, {"{NULL}", "{a, b}"}},
}

// scalars are the operands of comparisons inside JSON.
var (
	scalars = []string{`20`, `20.0`, `"x"`, `true`, `null`, `"20"`, `-1`, `21`}
	// Indexes lead into arrays only: PostgreSQL takes a scalar for an array of one, SQLite does not.
	paths = [][]filter.Step{
		{{Key: "a"}}, {{Key: "b"}, {Index: 1, IsIndex: true}}, {{Key: "b"}, {Index: -1, IsIndex: true}, {Key: "c"}}, {{Key: `k"e\y`}},
		{{Key: "a.b"}}, {{Key: "b"}, {Index: 0, IsIndex: true}}, {{Key: "b"}, {Index: 7, IsIndex: true}},
	}
	patterns = []string{"a%", "%b", "_", `a\_b`, "*B*", "", "%", `a\\b`, "A", "ü", "%_%"}
	regexps  = []string{"^a", "b$", "a|B", ".", "^$", "ü", "%"}
)

type memory map[string]string

func (m memory) Value(column *schema.Column) (string, bool) {
	text, ok := m[column.Name]
	return text, !ok
}

// generator draws random rows and conditions.
type generator struct {
	*rand.Rand
	table *schema.Table
}

func pick[T any](g generator, list []T) T { return list[g.IntN(len(list))] }

func (g generator) row() memory {
	row := memory{}
	for _, c := range g.table.Columns {
		if pool, ok := pools[c.Name]; ok && g.IntN(6) > 0 {
			row[c.Name] = pick(g, pool[0])
		}
	}
	return row
}

func (g generator) expr(depth int) filter.Expr {
	if depth > 0 {
		switch g.IntN(6) {
		case 0:
			return filter.And{g.expr(depth - 1), g.expr(depth - 1)}
		case 1:
			return filter.Or{g.expr(depth - 1), g.expr(depth - 1), g.expr(depth - 1)}
		case 2:
			return filter.Not{Expr: g.expr(depth - 1)}
		case 3:
			return filter.IsTrue{Expr: g.expr(depth - 1)}
		}
	}
	return g.comparison()
}

func (g generator) comparison() *filter.Cmp {
	names := []string{"n", "t", "b", "num", "f", "at", "day", "u", "data", "data", "tags", "raw"}
	c := &filter.Cmp{Column: g.table.Lookup(pick(g, names))}
	pool := pools[c.Column.Name]
	values := append(append([]string(nil), pool[0]...), pool[1]...)
	ops := []filter.Op{filter.Eq, filter.Neq, filter.Gt, filter.Gte, filter.Lt, filter.Lte, filter.In, filter.IsDistinct, filter.Is}
	switch c.Column.Name {
	case "u":
		values = append(pool[0][:2:2], pool[1][1])
	case "t":
		ops = append(ops, filter.Like, filter.ILike, filter.Regex, filter.IRegex)
	case "tags":
		ops = []filter.Op{filter.Eq, filter.Neq, filter.In, filter.IsDistinct, filter.Is, filter.Contains, filter.ContainedIn, filter.Overlaps}
	case "data":
		c.Path = pick(g, paths)
		switch g.IntN(3) {
		case 0:
			c.Path = append([]filter.Step(nil), c.Path...)
			c.Path[len(c.Path)-1].AsText = true
			values = []string{"x", "20", "true", "null", ""}
			ops = append(ops, filter.Like)
		case 1:
			values = scalars
			ops = append(ops, filter.Contains, filter.ContainedIn)
		default:
			c.Path = nil
			ops = []filter.Op{filter.Contains, filter.ContainedIn, filter.Is}
		}
	}
	c.Op = pick(g, ops)
	draw := func() string {
		switch c.Op {
		case filter.Like, filter.ILike:
			return pick(g, patterns)
		case filter.Regex, filter.IRegex:
			return pick(g, regexps)
		}
		return pick(g, values)
	}
	many := func() (list []string) {
		list = []string{}
		for range g.IntN(4) {
			list = append(list, draw())
		}
		return list
	}
	quantified := map[filter.Op]bool{
		filter.Eq: true, filter.Gt: true, filter.Gte: true, filter.Lt: true, filter.Lte: true,
		filter.Like: true, filter.ILike: true, filter.Regex: true, filter.IRegex: true,
	}
	switch {
	case c.Op == filter.Is:
		words := []string{"null", "not_null"}
		if c.Column.Kind == schema.Bool {
			words = append(words, "true", "false", "unknown")
		}
		c.Value.Text = pick(g, words)
	case c.Op == filter.In:
		c.Value.List = many()
	case quantified[c.Op] && c.Column.Name != "tags" && g.IntN(4) == 0:
		c.Quantifier = pick(g, []filter.Quantifier{filter.Any, filter.All})
		c.Value.List = many()
	default:
		c.Value.Text = draw()
	}
	return c
}

// create makes the table, with the column types that Bun gives them.
func create(t *testing.T, database *bun.DB) {
	t.Helper()
	types := `n bigint, t %s, b boolean, num numeric, f double precision, at timestamptz, day date, u uuid, data jsonb, tags %s, raw bytea,
		"limit" integer, odd text, during text, secret text`
	text, array := `text COLLATE "C"`, "text[]"
	if database.Dialect().Name() == dialect.SQLite {
		text, array = "varchar", "varchar"
	}
	_, err := database.ExecContext(t.Context(), "CREATE TABLE posts (id bigint PRIMARY KEY, "+fmt.Sprintf(types, text, array)+")")
	require.NoError(t, err)
	_, err = database.ExecContext(t.Context(), "CREATE TABLE memberships (post_id bigint, user_id uuid, role text)")
	require.NoError(t, err)
}

// insert stores a row. On SQLite times are also stored in the forms of defaults and of Bun.
func insert(t *testing.T, lane db.Lane, table *schema.Table, id int, row memory) {
	t.Helper()
	b := filter.Builder{Dialect: lane.Dialect()}
	b.Raw("INSERT INTO posts (id")
	args := []any{strconv.Itoa(id)}
	for _, c := range table.Columns {
		text, ok := row[c.Name]
		if !ok {
			continue
		}
		arg, err := c.Assign(lane.Dialect(), text)
		require.NoError(t, err)
		if s, ok := arg.(string); ok && lane.Dialect() == dialect.SQLite && !strings.Contains(s, "inf") {
			switch {
			case c.Name == "at" && id%2 == 0:
				arg = strings.TrimSuffix(s, "+00:00")
			case c.Name == "day" && id%2 == 0:
				arg = s + " 10:11:12+00:00"
			}
		}
		b.Raw(", ").Ident(c.SQLName)
		args = append(args, arg)
	}
	b.Raw(") VALUES (")
	for i, arg := range args {
		if i > 0 {
			b.Raw(", ")
		}
		b.Arg(arg)
	}
	b.Raw(")")
	_, err := lane.Query(t.Context(), db.Statement{Text: string(b.Buf), Write: true}, b.Args, nil)
	require.NoError(t, err)
}

// answers asks the database for the truth value of a condition on every row.
func answers(ctx context.Context, lane db.Lane, expr filter.Expr, rows int) ([]filter.Tri, string, error) {
	b := filter.Builder{Dialect: lane.Dialect()}
	b.Raw("SELECT id, CASE WHEN ")
	if err := filter.Render(&b, "posts", expr); err != nil {
		return nil, "", err
	}
	b.Raw(" THEN 1 WHEN NOT ")
	if err := filter.Render(&b, "posts", expr); err != nil {
		return nil, "", err
	}
	b.Raw(" THEN 0 ELSE 2 END FROM posts")
	got := make([]filter.Tri, rows)
	number := func(v db.Value) int {
		if v.Kind == db.Int {
			return int(v.Int)
		}
		n, _ := strconv.Atoi(string(v.Bytes))
		return n
	}
	_, err := lane.Query(ctx, db.Statement{Text: string(b.Buf)}, b.Args, func(v []db.Value) error {
		got[number(v[0])] = filter.Tri(number(v[1]))
		return nil
	})
	return got, string(b.Buf), err
}

func TestMatchAgreesWithBothDatabases(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		lane, err := db.LaneOf(database)
		require.NoError(t, err)
		create(t, database)
		g := generator{rand.New(rand.NewPCG(9, 2)), posts(t)}
		rows := make([]memory, 60)
		for i := range rows {
			rows[i] = g.row()
			insert(t, lane, g.table, i, rows[i])
		}
		refused := 0
		const conditions = 1500
		for range conditions {
			expr := g.expr(2)
			want, text, err := answers(t.Context(), lane, expr, len(rows))
			if code(err) == "PGRST127" {
				refused++
				continue
			}
			require.NoError(t, err, "%s\n%s", filter.Format(expr), text)
			for i, row := range rows {
				got, err := filter.Match(expr, row)
				if err == filter.ErrUndecided {
					continue
				}
				require.NoError(t, err, filter.Format(expr))
				require.Equal(t, want[i], got, "%s\n%v\n%s", filter.Format(expr), row, text)
			}
		}
		require.Less(t, refused, conditions/20)
	})
}
