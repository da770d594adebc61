package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

// tally is a row that many writers meet at.
type tally struct {
	bun.BaseModel `bun:"table:tallies"`

	Name  string `bun:",pk" json:"name"`
	Count int64  `bun:",notnull,default:0" json:"count"`
	Note  string `bun:",notnull,default:''" json:"note"`
}

type nestArgs struct {
	Batch string `json:"batch"`
	Fail  bool   `json:"fail"`
}

var errOnPurpose = errors.New("on purpose")

// nest writes part 0, fails to write part 1 in a savepoint, and writes part 2 in another; at the end it may fail as a whole.
func nest(database *bun.DB) func(context.Context, nestArgs) (struct{}, error) {
	return func(ctx context.Context, in nestArgs) (struct{}, error) {
		write := func(ctx context.Context, part int64) error {
			_, err := db.From(ctx, database).NewInsert().Model(&fact{Batch: in.Batch, Part: part}).Exec(ctx)
			return err
		}
		if err := write(ctx, 0); err != nil {
			return struct{}{}, err
		}
		err := db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error {
			return errors.Join(write(ctx, 1), errOnPurpose)
		})
		if !errors.Is(err, errOnPurpose) {
			return struct{}{}, fmt.Errorf("the savepoint ended with %w", err)
		}
		err = db.InTx(ctx, database, func(ctx context.Context, _ bun.Tx) error { return write(ctx, 2) })
		if err == nil && in.Fail {
			err = api.Errorf(http.StatusUnprocessableEntity, "GW422", "refused at the end")
		}
		return struct{}{}, err
	}
}

// registerParallel offers what the workers of [TestWritersDoNotDisturbEachOther] use.
func registerParallel(database *bun.DB, changed func(batch string)) func(*api.API) {
	return func(rest *api.API) {
		api.Register(rest, api.Resource[tally]{})
		api.Register(rest, api.Resource[fact]{Name: "picky", AfterWrite: func(_ context.Context, w *api.Write[fact]) error {
			if strings.HasPrefix(w.Rows[0].Batch, "bad") {
				return api.Errorf(http.StatusUnprocessableEntity, "GW422", "refused after the statement")
			}
			return nil
		}})
		api.Func(rest, api.Function{Name: "nest"}, nest(database))
		api.Func(rest, api.Function{Name: "count"}, func(ctx context.Context, _ struct{}) (struct{}, error) {
			_, err := db.From(ctx, database).NewUpdate().Model((*tally)(nil)).Set("count = count + 1").Where("name = 'shared'").Exec(ctx)
			return struct{}{}, err
		})
		rest.OnChange(func(_ context.Context, c *api.Change) {
			if batch, ok := c.Row.Text("batch"); ok {
				changed(batch)
			}
		})
	}
}

func TestWritersDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		require.NoError(t, db.CreateTables(t.Context(), database, (*tally)(nil)))
		told := ledger{rows: map[string]int{}}
		s := serveFacts(t, database, quiet(), registerParallel(database, func(batch string) {
			told.mu.Lock()
			defer told.mu.Unlock()
			told.rows[batch]++
		}))
		require.Equal(t, http.StatusCreated, s.post(t, "/rest/v1/tallies", `{"name":"shared"}`).status)
		workers, rounds := 12, 12
		w := &parallelWorker{s: s, t: t, stored: ledger{rows: map[string]int{}}, viaREST: ledger{rows: map[string]int{}}}
		var group sync.WaitGroup
		for worker := range workers {
			group.Go(func() {
				for i := range rounds {
					w.round(worker, i)
				}
			})
		}
		group.Wait()
		assert.Equal(t, w.stored.rows, batches(t.Context(), t, database), "what was answered, and nothing else, is there")
		assert.Equal(t, w.viaREST.rows, told.rows, "listeners hear of what was committed, once")
		var shared tally
		require.NoError(t, database.NewSelect().Model(&shared).Where("name = 'shared'").Scan(t.Context()))
		assert.EqualValues(t, workers*rounds, shared.Count, "no update is lost")
		n, err := database.NewSelect().Model((*tally)(nil)).Count(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 1+rounds, n, "upserts of one key meet in one row")
	})
}

// parallelWorker runs the rounds and keeps what must be there afterwards.
type parallelWorker struct {
	s       *service
	t       *testing.T
	stored  ledger
	viaREST ledger // told to listeners
}

func (w *parallelWorker) want(status int, method, path, body string, headers ...string) reply {
	w.t.Helper()
	r := w.s.do(w.t.Context(), method, path, body, headers...)
	if assert.NoError(w.t, r.err) {
		assert.Equal(w.t, status, r.status, "%s %s %s: %s", method, path, body, r.body)
	}
	return r
}

func (w *parallelWorker) round(worker, i int) {
	name := fmt.Sprintf("%d-%d", worker, i)
	const representation = "return=representation"

	w.want(http.StatusCreated, "POST", "/rest/v1/facts", batchBody("good-"+name, 3))
	w.stored.add("good-"+name, 3)
	r := w.want(http.StatusOK, "GET", "/rest/v1/facts?select=part&order=part&batch=eq.good-"+name, "")
	assert.Equal(w.t, `[{"part":0},{"part":1},{"part":2}]`, r.body, "who wrote sees it")

	w.want(http.StatusUnprocessableEntity, "POST", "/rest/v1/picky", batchBody("bad-"+name, 3))
	w.want(http.StatusCreated, "POST", "/rest/v1/picky", batchBody("picked-"+name, 2))
	w.stored.add("picked-"+name, 2)
	w.viaREST.add("picked-"+name, 2)

	w.want(http.StatusNoContent, "POST", "/rest/v1/rpc/nest", fmt.Sprintf(`{"batch":"nest-%s","fail":false}`, name))
	w.stored.add("nest-"+name, 2)
	w.want(http.StatusUnprocessableEntity, "POST", "/rest/v1/rpc/nest", fmt.Sprintf(`{"batch":"fail-%s","fail":true}`, name))

	w.want(http.StatusNoContent, "POST", "/rest/v1/rpc/count", "{}")
	w.want(http.StatusConflict, "POST", "/rest/v1/tallies", `{"name":"shared"}`)
	r = w.s.do(w.t.Context(), "POST", "/rest/v1/tallies?on_conflict=name", fmt.Sprintf(`[{"name":"t%d","note":"%s"}]`, i, name),
		"Prefer", "resolution=merge-duplicates,"+representation)
	assert.NoError(w.t, r.err)
	assert.Contains(w.t, []int{http.StatusOK, http.StatusCreated}, r.status, r.body)
	assert.Contains(w.t, r.body, `"note":"`+name+`"`, "the row is as this request left it")

	r = w.want(http.StatusOK, "PATCH", "/rest/v1/facts?select=note&batch=eq.good-"+name, `{"note":"seen"}`, "Prefer", representation)
	assert.JSONEq(w.t, `[{"note":"seen"},{"note":"seen"},{"note":"seen"}]`, r.body)
	// Three rows were inserted, and updated.
	w.viaREST.add("good-"+name, 6)
	if i%3 == 0 {
		w.want(http.StatusNoContent, "DELETE", "/rest/v1/facts?batch=eq.good-"+name, "")
		w.viaREST.add("good-"+name, 9)
		w.stored.mu.Lock()
		delete(w.stored.rows, "good-"+name)
		w.stored.mu.Unlock()
	}
}
