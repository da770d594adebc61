package api_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// measured is a row as the benchmarks serve it.
type measured struct {
	bun.BaseModel `bun:"table:measured"`

	ID        int64     `bun:",pk,autoincrement" json:"id"`
	Title     string    `bun:",notnull" json:"title"`
	Body      string    `bun:",notnull" json:"body"`
	OwnerID   uuid.UUID `bun:"type:uuid,notnull" json:"owner_id"`
	Price     float64   `bun:"type:numeric(12,2),notnull" json:"price"`
	Published bool      `bun:",notnull" json:"published"`
	CreatedAt time.Time `bun:",nullzero,notnull,default:current_timestamp" json:"created_at"`
}

// measuredRules lets a writer see and change what is published or its own: a condition and a column set for every action.
type measuredRules struct{ visible, check filter.Expr }

func (m *measuredRules) Describe(resources []policy.Resource) (err error) {
	if m.visible, err = filter.Parse(resources[0].Table, "or=(published.is.true,owner_id.eq.{auth.uid})"); err != nil {
		return err
	}
	m.check, err = filter.Parse(resources[0].Table, "published=is.true")
	return err
}

func (m *measuredRules) Plan(_ context.Context, r policy.Request) (policy.Plan, error) {
	plan := policy.Plan{Kind: policy.Conditional, Readable: measuredColumns, Writable: measuredColumns}
	if r.Action != policy.Insert {
		plan.Where = filter.Bind(m.visible, func(string) (any, bool) { return r.Who.ID, true }, false)
	}
	if r.Action != policy.Select {
		plan.Check = filter.Bind(m.check, func(string) (any, bool) { return nil, false }, false)
	}
	return plan, nil
}

var measuredColumns = policy.Columns("id", "title", "body", "owner_id", "price", "published", "created_at")

// measuredOperations are the requests of the benchmarks.
var measuredOperations = []struct{ name, method, target, body string }{
	{"get", http.MethodGet, "/rest/v1/measured/77", ""},
	{"filter", http.MethodGet, "/rest/v1/measured?id=eq.77", ""},
	{"list20", http.MethodGet, "/rest/v1/measured?owner_id=eq.00000000-0000-0000-0000-000000000007&order=created_at.desc&limit=20", ""},
	{"list1000", http.MethodGet, "/rest/v1/measured?id=gte.10&order=id&limit=1000", ""},
	{"insert", http.MethodPost, "/rest/v1/measured",
		`{"title":"A title","body":"A body","owner_id":"00000000-0000-0000-0000-000000000009","price":7.25,"published":true}`},
	{"update", http.MethodPatch, "/rest/v1/measured?id=eq.78", `{"title":"Another title","price":8.25}`},
}

// loop sends one request again and again, without a network, and with nothing of its own that allocates.
type loop struct {
	handler http.Handler
	request *http.Request
	body    *strings.Reader
	closer  io.ReadCloser // of body, as the request has it
	text    string
	header  http.Header
	status  int
	written int
}

func (d *loop) Header() http.Header         { return d.header }
func (d *loop) WriteHeader(status int)      { d.status = status }
func (d *loop) Write(p []byte) (int, error) { d.written += len(p); return len(p), nil }

func (d *loop) do() {
	clear(d.header)
	d.body.Reset(d.text)
	d.request.Body = d.closer // a handler may have put its own in its place
	d.handler.ServeHTTP(d, d.request)
}

// measuredLoop serves 3,000 rows to a writer.
func measuredLoop(tb testing.TB, database *bun.DB) *loop {
	tb.Helper()
	require.NoError(tb, db.CreateTables(tb.Context(), database, (*measured)(nil)))
	rows := make([]measured, 3000)
	for i := range rows {
		rows[i] = measured{
			Title: fmt.Sprint("Title ", i), Body: strings.Repeat("About the row. ", 13), OwnerID: uuid.UUID{15: byte(i % 100)},
			Price: float64(i) + 0.25, Published: true, CreatedAt: time.Date(2024, 1, 1, 0, 0, i, 0, time.UTC),
		}
	}
	_, err := database.NewInsert().Model(&rows).Exec(tb.Context())
	require.NoError(tb, err)
	_, err = database.NewCreateIndex().Model((*measured)(nil)).Index("measured_owner").Column("owner_id", "created_at").Exec(tb.Context())
	require.NoError(tb, err)
	writer := auth.Identity{ID: uuid.UUID{15: 1}, Role: "writer"}
	rest := api.New(database, api.Config{
		Auth:       auth.AuthenticatorFunc(func(*http.Request) (auth.Identity, error) { return writer, nil }),
		Authorizer: new(measuredRules),
	})
	api.Register(rest, api.Resource[measured]{Name: "measured", Rows: 200_000})
	e := api.Server(rest)
	require.NoError(tb, rest.Mount(e.Group("/rest/v1")))
	return &loop{handler: e, header: make(http.Header), body: strings.NewReader("")}
}

// prepare makes the request that do sends.
func (d *loop) prepare(tb testing.TB, method, target, body string) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, target, http.NoBody)
	require.NoError(tb, err)
	request.Header.Set("Content-Type", "application/json")
	request.ContentLength = int64(len(body))
	d.request, d.text, d.closer = request, body, http.NoBody
	if body != "" {
		d.closer = io.NopCloser(d.body)
	}
	d.do()
	require.Less(tb, d.status, 300, "%s %s", method, target)
}

func BenchmarkRequests(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *bun.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := measuredLoop(b, open(b))
			for _, operation := range measuredOperations {
				b.Run(operation.name, func(b *testing.B) {
					d.prepare(b, operation.method, operation.target, operation.body)
					b.ReportAllocs()
					for b.Loop() {
						d.do()
					}
				})
			}
		})
	}
}
