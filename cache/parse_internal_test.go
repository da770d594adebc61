package cache

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDirectives(t *testing.T) {
	t.Parallel()
	d := parseDirectives([]string{` Max-Age = "60" , no-cache="a, b", ,x`, `max-age=5, s-maxage=99999999999999999999, y=-1, z=1.5`})
	require.Equal(t, directives{
		"max-age": "60", "no-cache": "a, b", "x": "", "s-maxage": "99999999999999999999", "y": "-1", "z": "1.5",
	}, d)
	for name, want := range map[string]time.Duration{"max-age": time.Minute, "s-maxage": maxSeconds * time.Second, "x": 0, "y": 0, "z": 0} {
		got, ok := d.seconds(name)
		require.True(t, ok)
		require.Equal(t, want, got, name)
	}
	_, ok := d.seconds("none")
	require.False(t, ok)
}

func TestAcceptEncoding(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"gzip": true, "br, GZIP": true, "gzip;q=0": false, "gzip;q=0.000": false, "gzip ; q=0.1": true, "*": true, "*;q=0": false,
		"gzip;q=0, *": false, "*;q=0, gzip": true, "br": false, "": false, "x-gzip": true, "gzip;q=high": false, "gzip;q=2": false, "gzip;level=1": true,
	} {
		require.Equal(t, want, acceptsGzip([]string{value}), "%q", value)
	}
}

func FuzzCacheControl(f *testing.F) {
	for _, seed := range []string{"max-age=60, no-store", `private="a,b", x`, `"\"`, `a="\",b`, ",,=,", "max-age=99999999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d := parseDirectives([]string{value})
		for name := range d {
			require.NotEmpty(t, name)
			if got, ok := d.seconds(name); !ok || got < 0 || got > maxSeconds*time.Second {
				t.Fatalf("%q: %s is %s", value, name, got)
			}
		}
		if _, found := parseDirectives([]string{value + ",no-store"})["no-store"]; !found {
			t.Fatalf("%q hides the directive behind it", value)
		}
	})
}

func FuzzIfNoneMatch(f *testing.F) {
	for _, seed := range []string{`"a"`, `W/"a", "b"`, `*`, `"a,b"`, `"`, `W/`, `,,"x"`, `"a" "b"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		for rest := list; rest != ""; {
			var member string
			before := len(rest)
			member, rest = cutTag(rest)
			if len(rest) >= before {
				t.Fatalf("%q does not end", list)
			}
			if member != "" && !anyTag([]string{list}, member) {
				t.Fatalf("%q holds %q", list, member)
			}
		}
		acceptsGzip([]string{list})
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "b=2&a=1", "a=%31", "a=%zz", "&&", "a", "a=", "apikey=x&a=1", "%61pikey=x", "a=1;b=2", "a=b=c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var rule QueryRule
		parameters := rule.normalise(raw)
		require.True(t, slices.IsSortedFunc(parameters, func(a, b parameter) int { return strings.Compare(a.name, b.name) }))
		// What the handler sees gives the same key: nothing in the answer can depend on what is not in it.
		seen := rule.visible(raw)
		require.Equal(t, len(parameters) == 0, len(rule.normalise(seen)) == 0)
		if len(parameters) > 0 {
			require.Equal(t, parameters, rule.normalise(seen))
		}
		if strings.Count(raw, "&") <= maxParameters {
			values, _ := url.ParseQuery(seen)
			for _, name := range credentialParameters {
				require.NotContains(t, values, name)
			}
		}
	})
}

func FuzzVary(f *testing.F) {
	for _, seed := range []string{"Accept", "accept, *", ",", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "Accept-Encoding"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, vary string) {
		c, err := New(Config{})
		require.NoError(t, err)
		rt := newRoute(c, Route{Vary: []string{"x-color"}})
		kept := rt.learn([]string{vary})
		names := rt.vary()
		require.LessOrEqual(t, len(names), maxVary)
		require.True(t, slices.IsSorted(names))
		require.Contains(t, names, "X-Color")
		if kept {
			for name := range strings.SplitSeq(vary, ",") {
				name = http.CanonicalHeaderKey(strings.TrimSpace(name))
				require.True(t, name == "" || name == "Accept-Encoding" || slices.Contains(names, name), "%q", name)
			}
		}
	})
}

func FuzzTagText(f *testing.F) {
	f.Add("todos", "5")
	f.Add("\x00\xff", `"`)
	f.Fuzz(func(t *testing.T, name, part string) {
		want := Custom(name, part)
		text, err := want.MarshalText()
		require.NoError(t, err)
		var got Tag
		require.NoError(t, got.UnmarshalText(text))
		require.Equal(t, want, got)
		_ = got.UnmarshalText([]byte(part))
	})
}
