package fault_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

func TestStatusOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		codes  []string
		status int
	}{
		{[]string{"PGRST201", "PGRST203"}, 300},
		{[]string{
			"PGRST100", "PGRST102", "PGRST108", "PGRST114", "PGRST115", "PGRST118", "PGRST120", "PGRST122", "PGRST123", "PGRST124",
			"PGRST127", "PGRST128", "PGRST200", "PGRST204", "21000", "P0001", "22P02", "22003", "22007", "23502", "23514", "42703",
			"42702", "42601", "42P10", "428C9", "23P01", "22023", "42704", "own_code",
		}, 400},
		{[]string{"PGRST301", "PGRST302", "PGRST303"}, 401},
		{[]string{"0LP01", "0P000", "28000", "28P01", "42501"}, 403},
		{[]string{"PGRST125", "PGRST126", "PGRST202", "PGRST205", "42P01", "42883", "PT404", "GW404"}, 404},
		{[]string{"PGRST101", "PGRST105", "PGRST117", "25006"}, 405},
		{[]string{"PGRST106", "PGRST107", "PGRST116"}, 406},
		{[]string{"23503", "23505", "GW409"}, 409},
		{[]string{"GW412"}, 412}, {[]string{"GW413"}, 413}, {[]string{"GW414"}, 414}, {[]string{"PGRST103"}, 416},
		{[]string{"PT418"}, 418}, {[]string{"GW422"}, 422}, {[]string{"GW428"}, 428}, {[]string{"GW429"}, 429},
		{[]string{
			"", "PGRST300", "PGRST999", "42P17", "53400", "09000", "25P02", "2D000", "38001", "39001", "3B001", "40001", "54001",
			"55000", "57000", "58030", "F0000", "HV000", "XX000", "XX001", "P0002", "PT000", "GW999", "GWxyz", "PTabc",
		}, 500},
		{[]string{"PGRST000", "PGRST001", "PGRST002", "08006", "08007", "53100", "53300", "55P03", "57P01", "57P02", "57P03", "GW503"}, 503},
		{[]string{"PGRST003", "57014"}, 504},
	} {
		for _, code := range tt.codes {
			require.Equal(t, tt.status, fault.StatusOf(code, false), code)
		}
	}
	require.Equal(t, 401, fault.StatusOf("42501", true))
	require.Equal(t, 418, (&fault.Error{Status: 418, Code: "23505"}).HTTPStatus(true))
}

func TestBodyHasFourKeys(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*fault.Error{
		`{"code":"PGRST100","message":"a <b> \"c\"","details":null,"hint":null}`:                                                                                         fault.Parse(`a <b> "c"`, ""),
		`{"code":"PGRST205","message":"Could not find the table 'public.psots' in the schema cache","details":null,"hint":"Perhaps you meant the table 'public.posts'"}`: fault.UnknownResource("psots", "posts"),
		`{"code":"PGRST201","message":"Could not embed because more than one relationship was found for 'a' and 'b'","details":[{"cardinality":"many-to-one","embedding":"a with b","relationship":"fk1 using a(x) and b(id)"}],"hint":"Try changing 'b' to one of the following: 'b!fk1', 'b!fk2'. Find the desired relationship in the 'details' key."}`: fault.AmbiguousRelation("a", "b",
			[]fault.Candidate{{Cardinality: "many-to-one", Embedding: "a with b", Relationship: "fk1 using a(x) and b(id)"}}, []string{"b!fk1", "b!fk2"}),
		`{"code":"PGRST200","message":"Could not find a relationship between 'a' and 'b' in the schema cache","details":"Searched for a foreign key relationship between 'a' and 'b' using the hint 'h' in the schema 'public', but no matches were found.","hint":null}`: fault.NoRelation("a", "b", "h", ""),
		`{"code":"X","message":"","details":null,"hint":null}`: {Code: "X", Details: func() {}},
	} {
		require.Equal(t, want, string(e.AppendJSON(nil)))
		marshalled, err := json.Marshal(e)
		require.NoError(t, err)
		require.JSONEq(t, want, string(marshalled))
	}
}

type coded struct{ code, text string }

func (c coded) Error() string { return c.text }
func (c coded) Code() string  { return c.code }
func (c coded) Hint() string  { return "a hint" }

type statused int

func (s statused) Error() string { return "pq: secret host" }
func (s statused) Status() int   { return int(s) }

func TestFrom(t *testing.T) {
	t.Parallel()
	own := fault.NoWhere("DELETE")
	for name, tt := range map[string]struct {
		err     error
		status  int
		code    string
		message string
	}{
		"own":          {fmt.Errorf("wrapped: %w", own), 400, "21000", "DELETE requires a WHERE clause"},
		"conflict":     {&db.Error{Code: "23505", Message: "duplicate key"}, 409, "23505", "duplicate key"},
		"wrapped":      {fmt.Errorf("insert: %w", &db.Error{Code: "23503", Message: "m"}), 409, "23503", "m"},
		"connection":   {&db.Error{Code: "08006", Message: "dial tcp 10.0.0.1:5432"}, 503, "08006", "The database is not available"},
		"internal":     {&db.Error{Code: "XX001", Message: "block 7 of /var/lib/pg"}, 500, "XX001", "Internal server error"},
		"pool":         {&db.Error{Code: db.PoolTimeout, Message: "x"}, 504, "PGRST003", "Timed out acquiring connection from connection pool."},
		"timeout":      {&db.Error{Code: "57014", Message: "x"}, 504, "57014", "canceling statement due to statement timeout"},
		"not found":    {db.ErrNotFound, 404, "PGRST116", "Cannot coerce the result to a single JSON object"},
		"denied":       {fmt.Errorf("posts: %w", policy.ErrDenied), 403, "42501", "permission denied"},
		"deadline":     {fmt.Errorf("x: %w", context.DeadlineExceeded), 504, "57014", "The request took too long"},
		"cancelled":    {context.Canceled, 504, "57014", "The request was cancelled"},
		"body":         {&http.MaxBytesError{Limit: 9}, 413, "GW413", "The request body is too large"},
		"code":         {coded{"22P02", "bad integer"}, 400, "22P02", "bad integer"},
		"code 500":     {coded{"XX000", "secret"}, 500, "XX000", "Internal server error"},
		"status":       {statused(422), 422, "GW422", "pq: secret host"},
		"status 500":   {statused(500), 500, "GW500", "Internal server error"},
		"status wrong": {statused(7), 500, "XX000", "Internal server error"},
		"unknown":      {errors.New("dial tcp: password=hunter2"), 500, "XX000", "Internal server error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := fault.From(tt.err)
			require.Equal(t, tt.status, e.HTTPStatus(false))
			require.Equal(t, tt.code, e.Code)
			require.Equal(t, tt.message, e.Message)
			if e.Err != nil {
				require.ErrorIs(t, e, tt.err)
			}
		})
	}
	require.Nil(t, fault.From(nil))
	require.Same(t, own, fault.From(fmt.Errorf("x: %w", own)))
	require.Equal(t, "a hint", fault.From(coded{"22P02", "x"}).Hint)
}

func TestTerse(t *testing.T) {
	t.Parallel()
	e := fault.From(&db.Error{Code: "23505", Message: "m", Detail: "Key (a)=(1) already exists.", Hint: "h"})
	require.Equal(t, "Key (a)=(1) already exists.", e.Details)
	require.Nil(t, e.Terse().Details)
	require.Empty(t, e.Terse().Hint)
	require.NotNil(t, fault.NotSingle(0).Terse().Details)
}

func TestWrite(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	fault.Method("TRACE", "GET", "HEAD").Write(rec, false, false)
	require.Equal(t, 405, rec.Code)
	require.Equal(t, "GET,HEAD", rec.Header().Get("Allow"))
	require.Equal(t, "application/json; charset=utf-8", rec.Header().Get("Content-Type"))
	require.Equal(t, "Groundwork; error=PGRST117", rec.Header().Get("Proxy-Status"))
	require.JSONEq(t, `{"code":"PGRST117","message":"Unsupported HTTP method: TRACE","details":null,"hint":null}`, rec.Body.String())

	rec = httptest.NewRecorder()
	fault.Denied("posts").Write(rec, true, true)
	require.Equal(t, 401, rec.Code)
	require.Equal(t, "Bearer", rec.Header().Get("WWW-Authenticate"))
	require.Empty(t, rec.Body.String())

	rec = httptest.NewRecorder()
	fault.From(db.ErrUnavailable).Write(rec, false, false)
	require.Equal(t, 503, rec.Code)
	require.Equal(t, "1", rec.Header().Get("Retry-After"))

	rec = httptest.NewRecorder()
	fault.Token(fault.CodeClaims, "JWT expired").Write(rec, false, false)
	require.Equal(t, `Bearer error="invalid_token", error_description="JWT expired"`, rec.Header().Get("WWW-Authenticate"))

	rec = httptest.NewRecorder()
	(&fault.Error{Code: "x\r\ny", Status: 400}).Write(rec, false, false)
	require.Equal(t, "Groundwork; error=internal", rec.Header().Get("Proxy-Status"))
	require.Equal(t, `*/15`, fault.RangeBeyond(100, 15).Header.Get("Content-Range"))
}

func TestFromConditions(t *testing.T) {
	t.Parallel()
	table, err := schema.New(schema.Table{Name: "posts", Columns: []schema.Column{{Name: "id", Kind: schema.Int8}}})
	require.NoError(t, err)
	parser := filter.Parser{Table: table}

	_, err = parser.ParseParam("nope", "eq.1")
	e := fault.From(err)
	require.Equal(t, "42703", e.Code)
	require.Equal(t, "column posts.nope does not exist", e.Message)

	_, err = parser.ParseParam("id", "5")
	e = fault.From(err)
	require.Equal(t, "PGRST100", e.Code)
	require.Contains(t, e.Message, `(line 1, column 1)`)
	require.IsType(t, "", e.Details)

	_, err = table.Columns[0].Arg(dialect.SQLite, "abc")
	e = fault.From(err)
	require.Equal(t, "22P02", e.Code)
	require.Equal(t, `invalid input syntax for type bigint: "abc"`, e.Message)
}
