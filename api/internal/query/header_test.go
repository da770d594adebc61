package query

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/schema"
)

func TestParsePrefer(t *testing.T) {
	t.Parallel()
	ten := int64(10)
	for _, tt := range []struct {
		values []string
		want   Prefer
	}{
		{nil, Prefer{}},
		{[]string{"resolution=merge-duplicates, missing=default,return=representation"}, Prefer{
			Resolution: MergeDuplicates, Missing: true, MissingDefault: true, Return: ReturnRepresentation,
		}},
		{[]string{"count=exact", "count=planned,  tx=rollback"}, Prefer{Count: Exact, Tx: "rollback"}},
		{[]string{"count=none,foo ,, bar"}, Prefer{Invalid: []string{"count=none", "foo", "bar"}}},
		{[]string{"handling=lenient,handling=strict,max-affected=10"}, Prefer{Handling: true, MaxAffected: &ten}},
		{[]string{"max-affected=-1,timezone=Europe/Berlin,timezone=UTC"}, Prefer{Timezone: "Europe/Berlin", Invalid: []string{"max-affected=-1"}}},
		{[]string{"missing=null,missing=default"}, Prefer{Missing: true}},
	} {
		require.Equal(t, tt.want, ParsePrefer(tt.values), tt.values)
	}
}

func TestPreferCheck(t *testing.T) {
	t.Parallel()
	require.NoError(t, ParsePrefer([]string{"foo"}).Check())
	e := fault.From(ParsePrefer([]string{"foo, handling=strict, bar"}).Check())
	require.Equal(t, "PGRST122", e.Code)
	require.Equal(t, "Invalid preferences given with handling=strict", e.Message)
	require.Equal(t, "Invalid preferences: foo, bar", e.Details)
}

func TestPreferApplied(t *testing.T) {
	t.Parallel()
	all := "timezone=UTC,max-affected=3,handling=strict,tx=rollback,count=exact,return=minimal,missing=default,resolution=ignore-duplicates"
	for _, tt := range []struct {
		prefer string
		effect Effect
		want   string
	}{
		{"", Effect{Method: "GET"}, ""},
		{all, Effect{Method: "GET"}, "count=exact, handling=strict"},
		{all, Effect{Method: "POST", Upsert: true, Rollback: true, Timezone: true}, "resolution=ignore-duplicates, missing=default, return=minimal, count=exact, tx=rollback, handling=strict, timezone=UTC"},
		{all, Effect{Method: "POST"}, "missing=default, return=minimal, count=exact, handling=strict"},
		{all, Effect{Method: "PATCH"}, "missing=default, return=minimal, count=exact, handling=strict, max-affected=3"},
		{all, Effect{Method: "DELETE"}, "return=minimal, count=exact, handling=strict, max-affected=3"},
		{all, Effect{Method: "POST", Call: true}, "count=exact, handling=strict, max-affected=3"},
		{"max-affected=3", Effect{Method: "DELETE"}, ""},
		{"count=planned", Effect{Method: "DELETE"}, ""},
		{"count=planned", Effect{Method: "GET"}, "count=planned"},
	} {
		require.Equal(t, tt.want, ParsePrefer([]string{tt.prefer}).Applied(tt.effect), "%s %+v", tt.prefer, tt.effect)
	}
}

func FuzzPrefer(f *testing.F) {
	for _, seed := range []string{
		"", "return=minimal", "count=exact, handling=strict, foo", "max-affected=9223372036854775808", "timezone=+02:00", "tx=", ",=,",
		"resolution=merge-duplicates,missing=null", "timezone=a\r\nb",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		p := ParsePrefer([]string{value})
		require.Equal(t, p, ParsePrefer([]string{p.String()}))
		_ = p.Check()
		applied := p.Applied(Effect{Method: "POST", Upsert: true, Rollback: true, Timezone: true})
		require.NotContains(t, applied, "\n")
		require.NotContains(t, applied, "\r")
	})
}

func TestParseRange(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]Range{
		"0-24": {0, 24}, "10-": {10, math.MaxInt64}, "3-3": {3, 3}, "0-99999999999999999999": {0, math.MaxInt64},
	} {
		got, ok, err := ParseRange(value)
		require.NoError(t, err, value)
		require.True(t, ok, value)
		require.Equal(t, want, got, value)
	}
	for _, value := range []string{"", "bytes=0-5", "-5", "a-b", "1-2-3", "1", "0-5,7-9", " 0-1", "0-+1"} {
		_, ok, err := ParseRange(value)
		require.NoError(t, err, value)
		require.False(t, ok, value)
	}
	_, _, err := ParseRange("5-2")
	require.Equal(t, "The lower boundary must be lower than or equal to the upper boundary in the Range header.", fault.From(err).Details)
	require.Equal(t, "PGRST103", code(err))
}

func FuzzRange(f *testing.F) {
	for _, seed := range []string{"0-24", "10-", "5-2", "bytes=0-1", "", "-", "99999999999999999999-"} {
		f.Add(seed, int64(5), int64(0))
	}
	f.Fuzz(func(t *testing.T, value string, limit, offset int64) {
		r, ok, err := ParseRange(value)
		if err != nil || !ok {
			return
		}
		require.LessOrEqual(t, r.First, r.Last)
		require.GreaterOrEqual(t, r.First, int64(0))
		n := Node{Offset: max(offset, 0)}
		if limit >= 0 {
			n.Limit = &limit
		}
		if n.narrow(r) != nil {
			return
		}
		require.GreaterOrEqual(t, n.Offset, max(offset, 0))
		if n.Limit != nil {
			require.GreaterOrEqual(t, *n.Limit, int64(0))
		}
	})
}

func TestNegotiateMedia(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		accept   []string
		want     Media
		stripped bool
	}{
		{nil, MediaArray, false},
		{[]string{""}, MediaArray, false},
		{[]string{"*/*"}, MediaArray, false},
		{[]string{"application/json"}, MediaArray, false},
		{[]string{"application/*"}, MediaArray, false},
		{[]string{"text/x, */*"}, MediaArray, false},
		{[]string{"text/*"}, MediaCSV, false},
		{[]string{"text/csv"}, MediaCSV, false},
		{[]string{"TEXT/CSV;charset=utf-8"}, MediaCSV, false},
		{[]string{"application/vnd.pgrst.object+json"}, MediaObject, false},
		{[]string{"application/vnd.pgrst.object"}, MediaObject, false},
		{[]string{"application/vnd.pgrst.object+json;nulls=stripped"}, MediaObject, true},
		{[]string{"application/vnd.pgrst.array+json; nulls=stripped"}, MediaVndArray, true},
		{[]string{"application/json;nulls=stripped"}, MediaArray, false},
		{[]string{"application/json;q=0.5", "text/csv;q=0.9"}, MediaCSV, false},
		{[]string{"application/json;q=0, text/csv"}, MediaCSV, false},
		{[]string{"text/csv;q=0.5,application/json;q=0.5"}, MediaCSV, false},
		{[]string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, MediaArray, false},
		{[]string{" , "}, MediaArray, false},
	} {
		got, stripped, err := NegotiateMedia(tt.accept, nil)
		require.NoError(t, err, tt.accept)
		require.Equal(t, tt.want, got, tt.accept)
		require.Equal(t, tt.stripped, stripped, tt.accept)
	}
	for _, accept := range []string{"text/x", "application/openapi+json", "image/*", "application/json;q=0", "application/geo+json", "application/json;q=NaN"} {
		_, _, err := NegotiateMedia([]string{accept}, nil)
		require.Equal(t, "PGRST107", code(err), accept)
	}
	_, _, err := NegotiateMedia([]string{"text/x, text/y;q=0.1"}, nil)
	require.Equal(t, "None of these media types are available: text/x, text/y", fault.From(err).Message)
	got, _, err := NegotiateMedia([]string{"*/*"}, []Media{MediaOpenAPI, MediaArray})
	require.NoError(t, err)
	require.Equal(t, MediaOpenAPI, got)
	require.Equal(t, "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8", MediaObject.ContentType(true))
	require.Equal(t, "text/csv; charset=utf-8", MediaCSV.ContentType(true))
}

func TestParseItemKey(t *testing.T) {
	t.Parallel()
	one, two := &schema.Table{PrimaryKey: []int{0}}, &schema.Table{PrimaryKey: []int{0, 1}}
	for _, tt := range []struct {
		segment string
		table   *schema.Table
		want    []string
		code    string
	}{
		{"5", one, []string{"5"}, ""},
		{"a%2Fb", one, []string{"a/b"}, ""},
		{"a+b,c", one, []string{"a+b,c"}, ""},
		{`"x"`, one, []string{`"x"`}, ""},
		{"", one, []string{""}, ""},
		{"1,2", two, []string{"1", "2"}, ""},
		{`"a,b","c\"d"`, two, []string{"a,b", `c"d`}, ""},
		{`%22a%2Cb%22,c`, two, []string{"a,b", "c"}, ""},
		{`"a"b,c`, two, []string{`"a"b`, "c"}, ""},
		{`a,`, two, []string{"a", ""}, ""},
		{"1", two, nil, "PGRST116"},
		{"1,2,3", two, nil, "PGRST116"},
		{"a%00", one, nil, "PGRST100"},
		{"a%zz", one, nil, "PGRST100"},
		{"a%ff", one, nil, "PGRST100"},
		{"1", &schema.Table{}, nil, "PGRST125"},
	} {
		got, err := ParseItemKey(tt.segment, tt.table)
		require.Equal(t, tt.code, code(err), tt.segment)
		require.Equal(t, tt.want, got, tt.segment)
	}
	_, err := ParseItemKey("1", two)
	require.Equal(t, 404, fault.From(err).HTTPStatus(false))
}

func TestSplitArgs(t *testing.T) {
	t.Parallel()
	params := []Param{
		{"a", "1"}, {"b", "eq.5"}, {"c", "eq.5"}, {"d", "not.in.(1,2)"}, {"e", "eq(any).{1}"}, {"arr", "{1,2}"}, {"select", "id"},
		{"or", "(a.eq.1)"}, {"rel.x", "1"}, {"x", "1.5"}, {"y", "foo.bar"}, {"limit", "3"}, {"order", "x"}, {"z", "eq"},
	}
	args, rest := SplitArgs(params, []string{"a", "b", "limit"})
	require.Equal(t, []Param{{"a", "1"}, {"b", "eq.5"}, {"arr", "{1,2}"}, {"x", "1.5"}, {"y", "foo.bar"}, {"limit", "3"}, {"z", "eq"}}, args)
	require.Equal(t, []Param{
		{"c", "eq.5"}, {"d", "not.in.(1,2)"}, {"e", "eq(any).{1}"}, {"select", "id"}, {"or", "(a.eq.1)"}, {"rel.x", "1"}, {"order", "x"},
	}, rest)
}
