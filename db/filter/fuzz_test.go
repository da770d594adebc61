package filter_test

import (
	"errors"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// coded fails unless the error tells its code: nothing else may come out of a parser or the renderer.
func coded(t *testing.T, what string, err error) {
	t.Helper()
	var mine *filter.Error
	var value *schema.ValueError
	if !errors.As(err, &mine) && !errors.As(err, &value) {
		t.Fatalf("%s: %v has no code", what, err)
	}
}

// FuzzParse gives any text to the parser of policies: what it accepts prints as a text that reads back as the same condition, renders
// on both databases without a character of the text, and can be bound and evaluated.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "n=eq.1&or=(n.gt.2,t.is.null)", "u=eq.{auth.uid}", `and=(t.eq."a&b",tags.cs.{a,"b)"})`, "memberships.user_id=eq.{auth.uid}",
		"not.and=(memberships.or(role.eq.a,role.is.null),n.in.(1,\"2\"))", "t=in.({auth.role})", "t=in.({auth.})", `data->a->>"b c"=like(any).{a*,b}`,
		"{auth.claims.aal}=eq.aal2", "tags=ov.{{auth.role}}", "memberships=is.null", "t=not.in.()", "at=lt.{now}", `"a.b c"=isdistinct.x`,
	} {
		f.Add(seed)
	}
	table := posts(f)
	lookup := func(string) (any, bool) { return nil, false }
	f.Fuzz(func(t *testing.T, src string) {
		expr, err := filter.Parse(table, src)
		if err != nil {
			coded(t, src, err)
			return
		}
		printed := filter.Format(expr)
		again, err := filter.Parse(table, printed)
		if err != nil {
			t.Fatalf("%q printed as %q, which does not parse: %v", src, printed, err)
		}
		if !reflect.DeepEqual(expr, again) {
			t.Fatalf("%q printed as %q, which reads as %q", src, printed, filter.Format(again))
		}
		filter.Columns(expr)
		bound := filter.Bind(expr, lookup, false)
		for _, d := range []dialect.Name{dialect.PG, dialect.SQLite} {
			b := filter.Builder{Dialect: d}
			if err := filter.Render(&b, "p", bound); err != nil {
				coded(t, src, err)
			}
		}
		if _, err := filter.Match(bound, memory{"n": "1", "t": "a", "data": `{"a":1}`}); err != nil && !errors.Is(err, filter.ErrUndecided) {
			coded(t, src, err)
		}
	})
}

// FuzzParseParam gives any key and value to the parser of query strings.
func FuzzParseParam(f *testing.F) {
	for _, seed := range [][2]string{
		{"n", "eq.5"}, {"t", "not.in.(a,\"b\")"}, {"or", "(n.eq.1,not.and(t.is.null,b.is.true))"}, {"data->a->>b", "fts(english).x"},
		{"not.or", `( t.eq."x,)" , tags.cs.{a,"}"} )`}, {"t", "match.^a"}, {"t", `like(all).{"a",b}`}, {"crew", "is.null"},
	} {
		f.Add(seed[0], seed[1])
	}
	table := posts(f)
	f.Fuzz(func(t *testing.T, key, value string) {
		p := filter.Parser{Table: table, Embed: func(name string) (filter.Expr, bool) {
			return &filter.Exists{Relation: table.Relations[0]}, name == "crew"
		}}
		expr, err := p.ParseParam(key, value)
		if err != nil {
			coded(t, key+"="+value, err)
			return
		}
		for _, d := range []dialect.Name{dialect.PG, dialect.SQLite} {
			b := filter.Builder{Dialect: d}
			if err := filter.Render(&b, "p", expr); err != nil {
				coded(t, key+"="+value, err)
				continue
			}
			for _, arg := range b.Args {
				if text, ok := arg.(string); ok && !utf8.ValidString(text) && utf8.ValidString(key) {
					t.Fatalf("argument %q is no UTF-8", text)
				}
			}
		}
	})
}

// FuzzLike compares the pattern matcher with a plain recursive one.
func FuzzLike(f *testing.F) {
	f.Add("a%b_", "axxby")
	f.Add(`%\%_`, "5%x")
	table := posts(f)
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 12 || len(text) > 20 || !utf8.ValidString(pattern+text) {
			return
		}
		c := &filter.Cmp{Column: table.Lookup("t"), Op: filter.Like, Value: filter.Value{Text: pattern}}
		got, err := filter.Match(c, memory{"t": text})
		if err != nil {
			return
		}
		if want := slowLike([]rune(pattern), []rune(text)); (got == filter.True) != want {
			t.Fatalf("%q like %q: got %v, want %v", text, pattern, got, want)
		}
	})
}

func slowLike(pattern, text []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(text) == 0
	case pattern[0] == '%' || pattern[0] == '*':
		return slowLike(pattern[1:], text) || len(text) > 0 && slowLike(pattern, text[1:])
	case len(text) == 0:
		return false
	case pattern[0] == '\\' && len(pattern) > 1:
		want := pattern[1]
		if want == '*' {
			want = '%' // a star stands for % wherever it is
		}
		return want == text[0] && slowLike(pattern[2:], text[1:])
	}
	return (pattern[0] == '_' || pattern[0] == text[0]) && slowLike(pattern[1:], text[1:])
}
