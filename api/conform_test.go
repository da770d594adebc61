package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

// wireCase is one request and what must come back, from SQLite and from PostgreSQL alike. The name begins with the subject of the wire
// contract it belongs to.
type wireCase struct {
	name   string
	method string   // default GET
	path   string   // below /rest/v1
	header []string // name, value, name, value …
	body   string
	status int // default 200, or the status that code implies
	// want is the exact body but for white space in JSON; code the code of an error body; has are parts of the body. Without any of them the two databases
	// only have to agree.
	want  string
	empty bool // no body at all
	code  string
	has   []string
	hasNo []string
	// wantHeader are headers of the answer; "" means absent.
	wantHeader map[string]string
	// then is asked after the request, with thenHeader, and must answer thenWant.
	then, thenWant string
	thenHeader     []string
	// differs allows the two databases to answer with other texts (their own error messages).
	differs bool
	// only is "sqlite" or "postgres" when the other one answers otherwise by design.
	only string
}

// world is the fixture in one database, behind a server.
type world struct {
	database *bun.DB
	echo     *echo.Echo
	rest     *api.API
}

const mount = "/rest/v1"

var conformModels = []any{
	(*person)(nil), (*team)(nil), (*membership)(nil), (*profile)(nil), (*project)(nil), (*task)(nil),
	(*sample)(nil), (*odd)(nil), (*setting)(nil), (*pair)(nil), (*booking)(nil),
}

// newWorld creates tables and server; configure may change the configuration first.
func newWorld(t *testing.T, database *bun.DB, configure func(*api.Config)) *world {
	t.Helper()
	database.RegisterModel((*membership)(nil))
	require.NoError(t, db.CreateTables(t.Context(), database, conformModels...))
	_, err := database.ExecContext(t.Context(), `CREATE TABLE logs (line text NOT NULL)`)
	require.NoError(t, err)
	cfg := api.Config{Authorizer: api.AllowAll, Logger: slog.New(slog.DiscardHandler)}
	if configure != nil {
		configure(&cfg)
	}
	w := &world{database: database, rest: api.New(database, cfg)}
	api.Register(w.rest, api.Resource[person]{Name: "people"})
	api.Register(w.rest, api.Resource[team]{})
	api.Register(w.rest, api.Resource[membership]{})
	api.Register(w.rest, api.Resource[profile]{})
	api.Register(w.rest, api.Resource[project]{})
	api.Register(w.rest, api.Resource[task]{})
	api.Register(w.rest, api.Resource[sample]{})
	api.Register(w.rest, api.Resource[odd]{})
	api.Register(w.rest, api.Resource[setting]{})
	api.Register(w.rest, api.Resource[pair]{})
	api.Register(w.rest, api.Resource[booking]{})
	api.Register(w.rest, api.Resource[logEntry]{AllowUnfiltered: true})
	api.Register(w.rest, api.Resource[greeting]{Name: "greetings", Source: api.SourceFunc[greeting](greetings)})
	registerFunctions(w.rest, database)
	w.echo = api.Server(w.rest)
	require.NoError(t, w.rest.Mount(w.echo.Group(mount)))
	w.reset(t)
	return w
}

// greeting is a resource that is no table: it is only read.
type greeting struct {
	ID   int64  `bun:",pk" json:"id"`
	Text string `json:"text"`
}

func greetings(context.Context, api.Wanted) ([]greeting, error) {
	return []greeting{{1, "hello"}, {2, "bonjour"}, {3, "ciao"}}, nil
}

func (w *world) pg() bool { return w.database.Dialect().Name() == dialect.PG }

func (w *world) exec(t *testing.T, statement string) {
	t.Helper()
	_, err := w.database.ExecContext(t.Context(), statement)
	require.NoError(t, err, statement)
}

// seed are the rows every test begins with. Keys are given, and sequences moved behind them.
var seed = []string{
	`INSERT INTO people (id, name, email, boss_id, password) VALUES
		(1, 'Ann', 'ann@example.org', NULL, 'hunter2'), (2, 'Ben', 'ben@example.org', 1, 'hunter2'),
		(3, 'Cid', 'cid@example.org', 1, 'hunter2'), (4, 'Dot', NULL, 2, 'hunter2'), (5, 'Eve, Jr.', 'eve@example.org', NULL, 'hunter2')`,
	`INSERT INTO teams (id, title) VALUES (1, 'core'), (2, 'docs'), (3, 'idle')`,
	`INSERT INTO memberships (person_id, team_id, role) VALUES (1, 1, 'lead'), (2, 1, 'member'), (2, 2, 'lead'), (4, 2, 'member')`,
	`INSERT INTO profiles (id, person_id, bio) VALUES (1, 1, 'likes tea'), (2, 2, NULL)`,
	`INSERT INTO projects (id, title, owner_id, reviewer_id, data) VALUES
		(1, 'Apollo', 1, 2, '{"deep": {"x": 1, "y": "why"}, "name": "ap", "size": 3, "tags": ["a", "b"]}'),
		(2, 'Borealis', 1, NULL, '{"name": "bo", "size": 12, "tags": []}'),
		(3, 'Comet', 2, 1, NULL)`,
	`INSERT INTO tasks (id, title, done, points, project_id, assignee_id) VALUES
		(1, 'plan', TRUE, 3, 1, 1), (2, 'build', FALSE, 8, 1, 2), (3, 'launch', FALSE, NULL, 1, NULL),
		(4, 'look up', TRUE, 1, 2, 2), (5, 'wait', FALSE, 5, 2, 4), (6, '100% _done_ *', FALSE, 2, 3, NULL)`,
	`INSERT INTO odds (id, inner_name, "with space", "with-dash", with_dot, "größe", "qu'ote", "limit", "order", "select", "count") VALUES
		(1, 'r1', 's1', 'd1', 'p1', 'g1', 'q1', 5, 'o1', 'x1', 9), (2, 'r2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
	`INSERT INTO settings (id, name, state, rank, slug) VALUES (1, 'one', 'old', 1, 's-one'), (2, 'two', 'old', 2, 's-two'), (3, 'three', 'new', NULL, 's-three')`,
	`INSERT INTO pairs (a, b, note) VALUES (1, 'x', 'first'), (1, 'y,z', NULL), (2, 'x', 'third')`,
	`INSERT INTO bookings (id, during) VALUES (1, '[1,5)'), (2, '[10,20)')`,
	`INSERT INTO logs (line) VALUES ('a'), ('b')`,
}

// samples are written through the API, so that the tests also see what it stores.
const samples = `[
	{"id":1,"small":-1,"medium":2147483647,"big":9007199254740993,"price":12.5,"exact":3.14159,"ratio":0.1,"single":1.5,"flag":true,
	 "words":"Größe * 100%","code":"abc","key":"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11","day":"2024-01-31","clock":"10:20:30.5",
	 "local":"2024-01-31T10:00:00","moment":"2024-01-31T12:00:00+02:00","data":{"a":[1,{"b":null}],"big":9007199254740993},
	 "raw":"\\xdeadbeef","tags":["a","b c","d\"e"],"numbers":[1,2,3],"mood":"glad"},
	{"id":2,"small":0,"medium":0,"big":-9223372036854775808,"price":0,"exact":-7,"ratio":-1e100,"single":0,"flag":false,
	 "words":"","code":"","key":"00000000-0000-0000-0000-000000000000","day":"1999-12-31","clock":"00:00:00",
	 "local":"1999-12-31T23:59:59.123456","moment":"1999-12-31T23:59:59.123456+00:00","data":[],"raw":"\\x","tags":[],"numbers":[],"mood":"calm"},
	{"id":3,"small":null,"medium":null,"big":null,"price":null,"exact":null,"ratio":null,"single":null,"flag":null,"words":null,"code":null,
	 "key":null,"day":null,"clock":null,"local":null,"moment":null,"data":null,"raw":null,"tags":null,"numbers":null,"mood":null}]`

// reset gives every table its first rows again.
func (w *world) reset(t *testing.T) {
	t.Helper()
	tables := []string{"tasks", "projects", "profiles", "memberships", "teams", "people", "samples", "odds", "settings", "pairs", "bookings", "logs"}
	if w.pg() {
		w.exec(t, "TRUNCATE "+strings.Join(tables, ", ")+" RESTART IDENTITY CASCADE")
	} else {
		w.exec(t, "UPDATE people SET boss_id = NULL")
		for _, table := range tables {
			w.exec(t, "DELETE FROM "+table)
		}
		w.exec(t, "DELETE FROM sqlite_sequence")
	}
	for _, statement := range seed {
		w.exec(t, statement)
	}
	if w.pg() {
		for _, table := range []string{"people", "teams", "profiles", "projects", "tasks", "samples", "odds", "settings"} {
			w.exec(t, fmt.Sprintf("SELECT setval(pg_get_serial_sequence('%s', 'id'), (SELECT coalesce(max(id), 1) FROM %s))", table, table))
		}
	}
}

// fillSamples writes the rows of every kind through the API.
func (w *world) fillSamples(t *testing.T) {
	t.Helper()
	w.client(t).Do("POST", mount+"/samples", samples).Want(http.StatusCreated, "")
}

func (w *world) client(t *testing.T) *apitest.Client { return apitest.New(t, w.echo) }

// worlds returns the fixture in SQLite and in PostgreSQL.
func worlds(t *testing.T, configure func(*api.Config)) [2]*world {
	t.Helper()
	return [2]*world{newWorld(t, dbtest.SQLite(t), configure), newWorld(t, dbtest.Postgres(t), configure)}
}

// conform runs cases that only read against both databases.
func conform(t *testing.T, cases []wireCase) {
	t.Helper()
	both := worlds(t, nil)
	for _, w := range both {
		w.fillSamples(t)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, both) })
	}
}

// conformWrites runs cases that change rows: each begins with the first rows.
func conformWrites(t *testing.T, cases []wireCase) {
	t.Helper()
	both := worlds(t, nil)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, w := range both {
				w.reset(t)
			}
			c.run(t, both)
		})
	}
}

// run sends the request to both databases, compares each answer with the case, and the answers with each other.
func (c *wireCase) run(t *testing.T, both [2]*world) {
	t.Helper()
	var answers [2]*apitest.Answer
	for i, w := range both {
		label := [...]string{"sqlite", "postgres"}[i]
		if c.only != "" && c.only != label {
			continue
		}
		answers[i] = c.send(t, w, label)
		if c.then != "" {
			after := w.client(t).Do("GET", mount+c.then, "", c.thenHeader...)
			assert.Equal(t, c.thenWant, compact(after), "%s: afterwards GET %s", label, c.then)
		}
	}
	if c.only != "" {
		return
	}
	lite, pg := answers[0], answers[1]
	assert.Equal(t, pg.Status, lite.Status, "the databases answer with different statuses")
	if c.differs {
		return
	}
	assert.Equal(t, compact(pg), compact(lite), "the databases answer with different bodies (PostgreSQL is expected)")
	for _, name := range comparedHeaders {
		assert.Equal(t, pg.Header.Get(name), lite.Header.Get(name), "the databases answer with different headers: %s", name)
	}
}

// compact is the body without the white space that PostgreSQL puts into JSON: between the rows of an embed, and into jsonb.
func compact(answer *apitest.Answer) string {
	var out bytes.Buffer
	if !strings.Contains(answer.Header.Get("Content-Type"), "json") || json.Compact(&out, []byte(answer.Body)) != nil {
		return answer.Body
	}
	return out.String()
}

var comparedHeaders = []string{"Content-Type", "Content-Range", "Location", "Preference-Applied", "Allow", "Vary", "Retry-After"}

func (c *wireCase) send(t *testing.T, w *world, label string) *apitest.Answer {
	t.Helper()
	method := c.method
	if method == "" {
		method = http.MethodGet
	}
	answer := w.client(t).Do(method, mount+c.path, c.body, c.header...)
	call := label + ": " + method + " " + c.path
	c.checkStatus(t, answer, call)
	switch {
	case c.want != "":
		assert.Equal(t, c.want, compact(answer), call)
	case c.empty:
		assert.Empty(t, answer.Body, call)
	}
	for _, part := range c.has {
		assert.Contains(t, answer.Body, part, call)
	}
	for _, part := range c.hasNo {
		assert.NotContains(t, answer.Body, part, call)
	}
	for name, value := range c.wantHeader {
		assert.Equal(t, value, answer.Header.Get(name), "%s: header %s", call, name)
	}
	return answer
}

func (c *wireCase) checkStatus(t *testing.T, answer *apitest.Answer, call string) {
	t.Helper()
	want := c.status
	if want == 0 {
		want = http.StatusOK
		if c.code != "" {
			want = http.StatusBadRequest
		}
	}
	assert.Equal(t, want, answer.Status, "%s answered %s", call, answer.Body)
	if c.code == "" {
		return
	}
	assert.True(t, strings.HasPrefix(answer.Body, `{"code":"`+c.code+`","message":"`), "%s: want the error %s, got %s", call, c.code, answer.Body)
	for _, key := range []string{`"details":`, `"hint":`} {
		assert.Contains(t, answer.Body, key, call)
	}
	assert.Equal(t, "application/json; charset=utf-8", answer.Header.Get("Content-Type"), call)
	assert.Equal(t, "Groundwork; error="+c.code, answer.Header.Get("Proxy-Status"), call)
}

// nested embeds a resource in itself, so many levels deep.
func nested(name string, levels int) string {
	return strings.Repeat(name+"(", levels) + "id" + strings.Repeat(")", levels)
}

// repeated embeds one resource so many times, under names of its own.
func repeated(times int) string {
	embeds := make([]string, times)
	for i := range embeds {
		embeds[i] = fmt.Sprintf("t%d:teams(id)", i)
	}
	return strings.Join(embeds, ",")
}
