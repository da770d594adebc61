package query

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// code is the wire code of an error, "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

func TestParseParams(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		raw  string
		want []Param
	}{
		{"", nil},
		{"id=eq.5", []Param{{"id", "eq.5"}}},
		{"id=eq.5;x=1", []Param{{"id", "eq.5;x=1"}}},
		{"a=1&&b=2&", []Param{{"a", "1"}, {"b", "2"}}},
		{"b=2&a=1&b=3", []Param{{"b", "2"}, {"a", "1"}, {"b", "3"}}},
		{"name=eq.a+b%2Bc%20d", []Param{{"name", "eq.a b+c d"}}},
		{"na%6De=%C3%A9&flag", []Param{{"name", "é"}}},
		{"=x&a=b=c", []Param{{"", "x"}, {"a", "b=c"}}},
	} {
		got, err := ParseParams(tt.raw)
		require.NoError(t, err, tt.raw)
		require.Equal(t, tt.want, append([]Param(nil), got...), tt.raw)
	}
	for raw, want := range map[string]string{
		"id=eq.5%ZZ": "PGRST100", "id=%": "PGRST100", "id=%4": "PGRST100", "%G0=1": "PGRST100", "flag%": "PGRST100",
		"a=%00": "PGRST100", "a\x00=1": "PGRST100", "a=%FF": "PGRST100", "\xff=1": "PGRST100",
		strings.Repeat("a=1&", 201):       "PGRST100",
		"a=" + strings.Repeat("x", 70000): "GW414",
	} {
		_, err := ParseParams(raw)
		require.Equal(t, want, code(err), raw[:min(20, len(raw))])
	}
	got, err := ParseParams(strings.Repeat("a=1&", 200))
	require.NoError(t, err)
	require.Len(t, got, 200)
}

func FuzzParams(f *testing.F) {
	for _, seed := range []string{
		"", "id=eq.5", "a=1&b=2&a=3", "x=%41+%2b", "id=eq.5%ZZ", "a;b=c;d", "=", "&&", "%00=1", "a=%ff", "select=*,b(c)&order=a.desc",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		params, err := ParseParams(raw)
		if err != nil {
			require.Contains(t, []string{"PGRST100", "GW414"}, code(err))
			return
		}
		var again []string
		for _, p := range params {
			again = append(again, url.QueryEscape(p.Key)+"="+url.QueryEscape(p.Value))
		}
		joined := strings.Join(again, "&")
		if len(joined) > MaxQueryBytes {
			return
		}
		reparsed, err := ParseParams(joined)
		require.NoError(t, err)
		require.Len(t, reparsed, len(params))
		for i := range params {
			require.Equal(t, params[i], reparsed[i])
		}
		if !strings.Contains(raw, ";") {
			// Where the standard library reads the string at all, both read the same.
			if values, err := url.ParseQuery(raw); err == nil {
				for _, p := range params {
					require.Contains(t, values[p.Key], p.Value)
				}
			}
		}
	})
}
