package query

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/filter"
)

func TestParseSelect(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"":                               "",
		"  ":                             "",
		"*":                              "*",
		" id , title ":                   "id,title",
		"a:id":                           "a:id",
		"my alias:id":                    "my alias:id",
		`"a.b":"c:d"`:                    `"a.b":"c:d"`,
		"id::text":                       "id::text",
		"x:price::double precision":      "x:price::double precision",
		"data->a->>b":                    "data->a->>b",
		"data->0->-1->>k":                "data->0->-1->>k",
		`data->"a.b"->>"0"`:              `data->"a.b"->>"0"`,
		"data->>age::int":                "data->>age::int",
		"fk-name(*)":                     "fk-name(*)",
		"*,author:users!fk!inner(id,*)":  "*,author:users!fk!inner(id,*)",
		"users!inner!fk(id)":             "users!fk!inner(id)",
		"users!left(id)":                 "users!left(id)",
		"a(b(c(d)),e)":                   "a(b(c(d)),e)",
		"rel()":                          "rel()",
		"rel( )":                         "rel()",
		"rel(count)":                     "rel(count)",
		"größe,имя":                      "größe,имя",
		`"say \"hi\" \\"`:                `"say \"hi\" \\"`,
		"data->a b->>c":                  "data->a b->>c",
		"id::text,data->x , rel ( id ) ": "id::text,data->x,rel(id)",
	} {
		got, err := parseSelect(src, Limits{})
		require.NoError(t, err, src)
		require.Equal(t, want, selectString(got), src)
	}
}

func TestParseSelectErrors(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"id,": "PGRST100", ",id": "PGRST100", "id)": "PGRST100", "rel(": "PGRST100", "rel(id": "PGRST100", "rel(id,)": "PGRST100",
		"rel!(id)": "PGRST100", "rel!a!b(id)": "PGRST100", "rel!inner!left(id)": "PGRST100", "rel!inner": "PGRST100",
		"a:b:c": "PGRST100", "a::": "PGRST100", "a::text[]": "PGRST100", "data->": "PGRST100", "data->>a->b": "PGRST100",
		"data->>a->>b": "PGRST100", "data->99999999999": "PGRST100", `"open`: "PGRST100", "a:*": "PGRST100", "-a": "PGRST100",
		"a.b": "PGRST100", "id;drop": "PGRST100", "a.sumx()": "PGRST100", "rel(id)x": "PGRST100",
		"count()": "PGRST123", "amount.sum()": "PGRST123", "n:amount.avg()::int": "PGRST123", "data->>x::numeric.max()": "PGRST123",
		"rel(count())": "PGRST123", "...rel(id)": "PGRST127",
		"a" + strings.Repeat("->b", 65):                          "PGRST100",
		strings.Repeat("a(", 11) + "b" + strings.Repeat(")", 11): "PGRST100",
		strings.Repeat("a(b),", 16) + "a(b)":                     "PGRST100",
		strings.Repeat("a,", 1000) + "a":                         "PGRST100",
	} {
		_, err := parseSelect(src, Limits{})
		require.Equal(t, want, code(err), src)
	}
	_, err := parseSelect("id,ä;", Limits{})
	e := fault.From(err)
	require.Equal(t, `"failed to parse select parameter (id,ä;)" (line 1, column 5)`, e.Message)
	require.Equal(t, `unexpected ";" expecting ",", "(", "->", "::" or end of input`, e.Details)
	require.Equal(t, "Use of aggregate functions is not allowed", fault.Aggregates().Message)
}

func TestPathSteps(t *testing.T) {
	t.Parallel()
	list, err := parseSelect(`data->a->-1->"2"->>k-l`, Limits{})
	require.NoError(t, err)
	require.Equal(t, []filter.Step{{Key: "a"}, {Index: -1, IsIndex: true}, {Key: "2"}, {Key: "k-l", AsText: true}}, list[0].path)
}

func TestParseOrder(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"a": "a", "a.desc": "a.desc", "a.asc.nullslast,b.desc.nullsfirst": "a.asc.nullslast,b.desc.nullsfirst",
		"a.nullsfirst": "a.nullsfirst", "data->>age.desc": "data->>age.desc", `"a.b".asc`: `"a.b".asc`, "rel(a).desc": "rel(a).desc",
		"rel(data->x)": "rel(data->x)", " a , b.desc ": "a,b.desc", `data->"asc"`: "data->asc",
	} {
		got, err := printOrder(src)
		require.NoError(t, err, src)
		require.Equal(t, want, got, src)
	}
	for _, src := range []string{
		"", ",", "a,", "a.", "a.up", "a.descending", "a.desc.up", "a.desc.nullsfirst.x", "a.nullsfirst.desc", "a b)", "rel(a", "rel()", "a;b",
		"a.desc.desc", "data->>a->b", "(a)",
	} {
		_, err := printOrder(src)
		require.Equal(t, "PGRST100", code(err), src)
	}
	_, err := printOrder("a.up")
	require.Equal(t, `"failed to parse order (a.up)" (line 1, column 3)`, fault.From(err).Message)
}

func printOrder(src string) (string, error) {
	var buf []byte
	err := parseOrder(src, func(t orderTerm) error {
		if buf != nil {
			buf = append(buf, ',')
		}
		buf = t.append(buf)
		return nil
	})
	return string(buf), err
}

// quick fails when reading 4 kB takes longer than a request may wait for it.
func quick(t *testing.T, src string, started time.Time) {
	t.Helper()
	if took := time.Since(started); len(src) <= 4096 && took > 500*time.Millisecond {
		t.Fatalf("reading %d bytes took %v", len(src), took)
	}
}

func FuzzSelect(f *testing.F) {
	for _, seed := range []string{
		"*", "id,title", "a:id::text", "data->a->>b", "*,author:users!fk!inner(id,posts(*))", "rel()", "rel(count)", `"a\"b":"c"`,
		"data->-1->>k", "amount.sum()", "...rel(a)", "a((((", "größe",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		started := time.Now()
		list, err := parseSelect(src, Limits{})
		quick(t, src, started)
		if err != nil {
			return
		}
		printed := selectString(list)
		again, err := parseSelect(printed, Limits{})
		require.NoError(t, err, "%q printed %q", src, printed)
		require.Equal(t, list, again, "%q printed %q", src, printed)
		require.Equal(t, printed, selectString(again))
	})
}

func FuzzOrder(f *testing.F) {
	for _, seed := range []string{"a", "a.desc.nullslast,b", "data->>a.asc", "rel(a).desc", `"a.b"`, "a..", "data->0.desc"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		started := time.Now()
		printed, err := printOrder(src)
		quick(t, src, started)
		if err != nil {
			return
		}
		again, err := printOrder(printed)
		require.NoError(t, err, "%q printed %q", src, printed)
		require.Equal(t, printed, again)
	})
}
