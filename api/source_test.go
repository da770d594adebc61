package api_test

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// gauge is a row of a source that is no table.
type gauge struct {
	Name  string         `bun:",pk" json:"name"`
	Value float64        `json:"value" validate:"max=100"`
	Unit  *string        `json:"unit"`
	Seen  time.Time      `json:"seen"`
	Meta  map[string]any `bun:"type:jsonb" json:"meta"`
}

// gauges keeps rows in memory.
type gauges struct {
	mu   sync.Mutex
	rows map[string]gauge
}

func newGauges() *gauges {
	g := &gauges{rows: map[string]gauge{}}
	seen := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, name := range []string{"a", "b", "c"} {
		g.rows[name] = gauge{Name: name, Value: float64(i) + 0.5, Seen: seen, Meta: map[string]any{"n": i, "deep": map[string]any{"x": name}}}
	}
	g.rows["b"] = gauge{Name: "b", Value: 10, Unit: new("°C"), Seen: seen}
	return g
}

func (g *gauges) Read(context.Context, api.Wanted) ([]gauge, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	rows := make([]gauge, 0, len(g.rows))
	for _, row := range g.rows {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b gauge) int { return cmp.Compare(a.Name, b.Name) })
	return rows, nil
}

func (g *gauges) Create(_ context.Context, rows []*gauge) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, row := range rows {
		if _, taken := g.rows[row.Name]; taken {
			return api.Errorf(http.StatusConflict, "23505", "gauge %s exists", row.Name)
		}
	}
	for _, row := range rows {
		g.rows[row.Name] = *row
	}
	return nil
}

func (g *gauges) Update(_ context.Context, rows []*gauge, _ []string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, row := range rows {
		g.rows[row.Name] = *row
	}
	return nil
}

func (g *gauges) Delete(_ context.Context, rows []*gauge) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, row := range rows {
		delete(g.rows, row.Name)
	}
	return nil
}

func TestSourceConformance(t *testing.T) {
	t.Parallel()
	apitest.TestSource[gauge](t, newGauges(), func() *gauge { return &gauge{Name: "new"} })
}

func sourced(t *testing.T, database *bun.DB, authorizer policy.Authorizer) *apitest.Client {
	t.Helper()
	rest := api.New(database, api.Config{Authorizer: authorizer})
	api.Register(rest, api.Resource[gauge]{Name: "gauges", Source: newGauges()})
	e := api.Server(rest)
	require.NoError(t, rest.Mount(e.Group("/rest/v1")))
	return apitest.New(t, e)
}

func TestSourceIsQueriedLikeATable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := sourced(t, database, api.AllowAll)
		for path, want := range map[string]string{
			"?select=name&value=gt.1":                               `[{"name":"b"},{"name":"c"}]`,
			"?select=name&order=value.desc":                         `[{"name":"b"},{"name":"c"},{"name":"a"}]`,
			"?select=name,unit&order=unit.nullsfirst,name.desc":     `[{"name":"c","unit":null},{"name":"a","unit":null},{"name":"b","unit":"°C"}]`,
			"?select=name&or=(unit.not.is.null,name.eq.a)":          `[{"name":"a"},{"name":"b"}]`,
			"?select=n:meta->n,x:meta->deep->>x&name=in.(a,b)":      `[{"n":0,"x":"a"},{"n":null,"x":null}]`,
			"?select=name,value,seen&limit=1&offset=1":              `[{"name":"b","value":10,"seen":"2026-01-01T00:00:00+00:00"}]`,
			"?select=name&meta->>n=eq.2":                            `[{"name":"c"}]`,
			"?select=name&name=like.*&seen=lt.2026-01-02T00:00:00Z": `[{"name":"a"},{"name":"b"},{"name":"c"}]`,
		} {
			client.Do("GET", "/rest/v1/gauges"+path, "").Want(http.StatusOK, want)
		}
		client.Do("GET", "/rest/v1/gauges?limit=2", "", "Prefer", "count=exact").WantHeader("Content-Range", "0-1/3")
		client.Do("HEAD", "/rest/v1/gauges", "", "Prefer", "count=exact").WantHeader("Content-Range", "0-2/3")
		client.Do("GET", "/rest/v1/gauges?offset=9", "", "Prefer", "count=exact").WantCode(http.StatusRequestedRangeNotSatisfiable, "PGRST103")
		client.Do("GET", "/rest/v1/gauges/b?select=value", "").Want(http.StatusOK, `{"value":10}`)
		client.Do("GET", "/rest/v1/gauges/z", "").WantCode(http.StatusNotFound, "PGRST116")
		client.Do("GET", "/rest/v1/gauges?nope=eq.1", "").WantCode(http.StatusBadRequest, "42703")
		client.Do("GET", "/rest/v1/gauges?select=other(*)", "").WantCode(http.StatusBadRequest, "PGRST200")
		client.Do("GET", "/rest/v1/gauges?value=gt.x", "").WantCode(http.StatusBadRequest, "22P02")
	})
}

func TestSourceWrites(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := sourced(t, database, api.AllowAll)
		const all = "Prefer"
		client.Do("POST", "/rest/v1/gauges?select=name,value", `{"name":"d","value":7}`, all, "return=representation").
			Want(http.StatusCreated, `[{"name":"d","value":7}]`)
		client.Do("POST", "/rest/v1/gauges", `{"name":"d","value":7}`).WantCode(http.StatusConflict, "23505")
		client.Do("POST", "/rest/v1/gauges", `{"name":"e","value":101}`).WantCode(http.StatusBadRequest, "23514")
		client.Do("PATCH", "/rest/v1/gauges?value=gte.7&select=name,value,unit", `{"unit":"K"}`, all, "return=representation").
			Want(http.StatusOK, `[{"name":"b","value":10,"unit":"K"},{"name":"d","value":7,"unit":"K"}]`)
		client.Do("PATCH", "/rest/v1/gauges/d?select=unit", `{"unit":null}`).Want(http.StatusOK, `{"unit":null}`)
		client.Do("PATCH", "/rest/v1/gauges", `{"unit":null}`).WantCode(http.StatusBadRequest, "21000")
		client.Do("DELETE", "/rest/v1/gauges?name=eq.d", "", all, "count=exact").WantHeader("Content-Range", "*/1")
		client.Do("DELETE", "/rest/v1/gauges/d", "").WantCode(http.StatusNotFound, "PGRST116")
		client.Do("PUT", "/rest/v1/gauges/d", `{"value":1}`).WantCode(http.StatusBadRequest, "PGRST127")
	})
}

func TestSourceUnderAPolicy(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		client := sourced(t, database, new(gaugePolicy))
		client.Do("GET", "/rest/v1/gauges", "").Want(http.StatusOK, `[{"name":"a","value":0.5},{"name":"c","value":2.5}]`)
		client.Do("GET", "/rest/v1/gauges?select=unit", "").WantCode(http.StatusUnauthorized, "42501")
		client.Do("GET", "/rest/v1/gauges?unit=eq.K&select=name", "").WantCode(http.StatusUnauthorized, "42501")
		client.Do("GET", "/rest/v1/gauges/b", "").WantCode(http.StatusNotFound, "PGRST116")
		client.Do("PATCH", "/rest/v1/gauges?name=eq.a", `{"value":50}`).WantCode(http.StatusUnauthorized, "42501")
		client.Do("PATCH", "/rest/v1/gauges?name=eq.b", `{"value":3}`, "Prefer", "count=exact").WantHeader("Content-Range", "*/0")
		client.Do("PATCH", "/rest/v1/gauges?name=eq.a", `{"value":3}`).Want(http.StatusNoContent, "")
		client.Do("DELETE", "/rest/v1/gauges?name=eq.a", "").WantCode(http.StatusUnauthorized, "42501")
	})
}

// gaugePolicy shows names and values below 5, and lets values below 5 be set.
type gaugePolicy struct{ low filter.Expr }

func (p *gaugePolicy) Describe(resources []policy.Resource) (err error) {
	p.low, err = filter.Parse(resources[0].Table, "value=lt.5")
	return err
}

func (p *gaugePolicy) Plan(_ context.Context, r policy.Request) (policy.Plan, error) {
	if r.Action == policy.Delete {
		return policy.Plan{}, nil
	}
	return policy.Plan{
		Kind: policy.Conditional, Where: p.low, Check: p.low,
		Readable: policy.Columns("name", "value"), Writable: policy.Columns("value"),
	}, nil
}
