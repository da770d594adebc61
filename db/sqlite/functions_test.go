package sqlite

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db"
)

func TestFunctions(t *testing.T) {
	t.Parallel()
	database, err := db.Open(t.Context(), Memory())
	require.NoError(t, err)
	defer database.Close()
	for _, c := range []struct{ expression, want string }{
		{"gw_like('a%', 'abc')", "1"},
		{"gw_like('A%', 'abc')", "0"},
		{"gw_like('%c', 'abc')", "1"},
		{"gw_like('_b_', 'abc')", "1"},
		{"gw_like('_b', 'abc')", "0"},
		{`gw_like('50\%', '50%')`, "1"},
		{`gw_like('50\%', '501')`, "0"},
		{"gw_like('%', '')", "1"},
		{"gw_like('', '')", "1"},
		{"gw_like('', 'a')", "0"},
		{"gw_like('1%', 12)", "1"},
		{"gw_like('a\nb', 'a\nb')", "1"},
		{"gw_like(NULL, 'a')", "NULL"},
		{"gw_like('a', NULL)", "NULL"},
		{"gw_ilike('STRASSE ÄÖ_', 'straße äöü')", "0"},
		{"gw_ilike('%ÄÖ_', 'x äöü')", "1"},
		{"gw_ilike('ПРИВЕТ', 'привет')", "1"},
		{"gw_like('ab%ba', 'aba')", "0"},
		{"gw_match('^a.c$', 'abc')", "1"},
		{"gw_match('B', 'abc')", "0"},
		{"gw_imatch('B', 'abc')", "1"},
		{"gw_match(NULL, 'abc')", "NULL"},
		{"'abc' REGEXP 'b'", "1"},
		{"'abc' NOT REGEXP 'b'", "0"},
		{`gw_json_contains('{"a":1,"b":{"c":[1,2]}}', '{"b":{"c":[2]}}')`, "1"},
		{`gw_json_contains('{"a":1}', '{"a":1,"b":2}')`, "0"},
		{`gw_json_contains('[1,2,[3,4]]', '[[4]]')`, "1"},
		{`gw_json_contains('[1,2]', '[1,1]')`, "1"},
		{`gw_json_contains('["foo","bar"]', '"bar"')`, "1"},
		{`gw_json_contains('{"a":[1,2]}', '{"a":1}')`, "0"},
		{`gw_json_contains('[1,[2]]', '2')`, "0"},
		{`gw_json_contains('1', '1.0')`, "1"},
		{`gw_json_contains('1e2', '100')`, "1"},
		{`gw_json_contains('9007199254740993', '9007199254740992')`, "0"},
		{`gw_json_contains('{}', '[]')`, "0"},
		{`gw_json_contains('[]', '[]')`, "1"},
		{`gw_json_contains('null', 'null')`, "1"},
		{`gw_json_contains(NULL, '1')`, "NULL"},
		{`gw_json_overlaps('["a","b"]', '["b","c"]')`, "1"},
		{`gw_json_overlaps('["a"]', '["b"]')`, "0"},
		{`gw_json_overlaps('[[1,{"a":2}]]', '[[1,{"a":2.0}]]')`, "1"},
		{`gw_json_overlaps('[]', '[]')`, "0"},
		{`gw_json_overlaps('[1]', NULL)`, "NULL"},
	} {
		var got string
		require.NoError(t, database.QueryRowContext(t.Context(), "SELECT quote("+c.expression+")").Scan(&got), c.expression)
		require.Equal(t, c.want, got, c.expression)
	}
	for expression, want := range map[string]string{
		"gw_match('" + strings.Repeat("a", 257) + "', 'a')": "2201B",
		"gw_json_contains('{', '1')":                        "22P02",
		"gw_json_contains('1', '1 2')":                      "22P02",
	} {
		var e *db.Error
		require.ErrorAs(t, database.QueryRowContext(t.Context(), "SELECT "+expression).Scan(new(any)), &e)
		require.Equal(t, want, e.Code, expression)
	}
}

func TestPatternCachesAreBounded(t *testing.T) {
	t.Parallel()
	var k patternCache[likePattern]
	for i := range 10 * cacheSize {
		_, err := k.get(bytes.Repeat([]byte("a"), i), newLike)
		require.NoError(t, err)
		require.LessOrEqual(t, len(k.byText), cacheSize)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ single, read, alone, ends bool }{
		"SELECT 1":                          {single: true, read: true},
		" -- x;y\n /* ; */ select ';' ; ":   {single: true, read: true},
		"SELECT 1; SELECT 2":                {read: true},
		`INSERT INTO "a;b" VALUES ('x;''')`: {single: true},
		"INSERT INTO [a;b] SELECT 1 - 2":    {single: true},
		"PRAGMA foreign_keys=OFF":           {single: true, alone: true},
		"commit":                            {single: true, ends: true},
		"ROLLBACK TO SAVEPOINT x":           {single: true},
		"ROLLBACK TRANSACTION TO x":         {single: true},
		"ROLLBACK TRANSACTION":              {single: true, ends: true},
		"/* never closed":                   {single: true},
		"SELECT 'never closed":              {single: true, read: true},
		"":                                  {single: true},
	} {
		require.Equal(t, want.single, single(text), text)
		require.Equal(t, want.read, mayRead(text), text)
		require.Equal(t, want.alone, standsAlone(text), text)
		require.Equal(t, want.ends, endsTransaction(text), text)
	}
}

// likeModel is LIKE as a regular expression.
func likeModel(pattern string, fold bool) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteString(".")
		case fold:
			b.WriteString(regexp.QuoteMeta(string(lower(r))))
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(b.String())
}

func FuzzLike(f *testing.F) {
	for _, seed := range [][2]string{
		{"a%b_c", "aXXbYc"}, {"%%", ""}, {`\%\_\\`, `%_\`}, {"_%_", "ä"}, {"ab%ba", "aba"}, {"%a%a%", "a"}, {"Ä%", "äpfel"}, {`a\`, "a"}, {"%_%", "\n"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern) > 100 {
			return
		}
		p, ok := compileLike(pattern, false)
		lone := (len(pattern)-len(strings.TrimRight(pattern, `\`)))%2 == 1
		if ok == lone {
			t.Fatalf("compileLike(%q) accepted: %v", pattern, ok)
		}
		if !ok {
			return
		}
		if got, want := p.match([]byte(text)), likeModel(pattern, false).MatchString(text); got != want {
			t.Fatalf("%q LIKE %q is %v, want %v", text, pattern, got, want)
		}
		if strings.ContainsRune(pattern, '\\') {
			return
		}
		p, _ = compileLike(pattern, true)
		if got, want := p.match([]byte(text)), likeModel(pattern, true).MatchString(strings.Map(lower, text)); got != want {
			t.Fatalf("%q ILIKE %q is %v, want %v", text, pattern, got, want)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("SELECT 1; -- x\n/* y */ ;'a")
	f.Fuzz(func(t *testing.T, text string) {
		_, _, _, _ = single(text), blank(text), endsTransaction(text), mayRead(text)
		if blank(text) && !single(text) {
			t.Fatalf("%q is blank and yet not single", text)
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"a":[1,2,{"b":null}]}`, `{"a":[2]}`)
	f.Add(`1e999999999`, `1e999999998`)
	f.Fuzz(func(t *testing.T, a, b string) {
		var k functions
		if _, err := k.compareJSON([]byte(a), []byte(b), jsonContains); err != nil {
			return
		}
		if ok, _ := k.compareJSON([]byte(a), []byte(a), jsonContains); !ok && len(a) < 100 && !strings.ContainsAny(a, "eE") {
			t.Fatalf("%s does not contain itself", a)
		}
		x, _ := k.compareJSON([]byte(a), []byte(b), jsonOverlaps)
		y, _ := k.compareJSON([]byte(b), []byte(a), jsonOverlaps)
		if x != y {
			t.Fatalf("%s and %s: overlap depends on the order", a, b)
		}
	})
}
