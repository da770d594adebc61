package schema_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/schema"
)

func column(kind schema.Kind) schema.Column {
	table, err := schema.New(schema.Table{Name: "t", Columns: []schema.Column{{Name: "c", Kind: kind, Elem: schema.Text}}})
	if err != nil {
		panic(err) // a table of one column is always right
	}
	return table.Columns[0]
}

// values are text forms by kind; every one is also given to PostgreSQL, which must accept and refuse the same.
var values = map[schema.Kind][]struct {
	text string
	want any // nil when refused
	code string
}{
	schema.Bool: {
		{"true", int64(1), ""}, {"TR", int64(1), ""}, {" y ", int64(1), ""}, {"on", int64(1), ""}, {"1", int64(1), ""},
		{"f", int64(0), ""}, {"No", int64(0), ""}, {"of", int64(0), ""}, {"0", int64(0), ""},
		{"o", nil, "22P02"}, {"", nil, "22P02"}, {"2", nil, "22P02"}, {"truex", nil, "22P02"},
	},
	schema.Int2: {{"32767", int64(32767), ""}, {"32768", nil, "22003"}},
	schema.Int4: {{" -7 ", int64(-7), ""}, {"+7", int64(7), ""}, {"2147483648", nil, "22003"}, {"1.0", nil, "22P02"}, {"abc", nil, "22P02"}},
	schema.Int8: {
		{"9007199254740993", int64(9007199254740993), ""}, {"-9223372036854775808", int64(math.MinInt64), ""},
		{"9223372036854775808", nil, "22003"}, {"", nil, "22P02"}, {"1 2", nil, "22P02"},
	},
	schema.Float4: {{"0.1", 0.1, ""}, {"0.100000001", 0.1, ""}, {"1e40", nil, "22003"}, {"NaN", "NaN", ""}},
	schema.Float8: {
		{"1e3", 1000.0, ""}, {".5", 0.5, ""}, {"-inf", math.Inf(-1), ""}, {"Infinity", "Infinity", ""}, {"1e400", nil, "22003"},
		{"1e-400", nil, "22003"}, {"", nil, "22P02"}, {"1,5", nil, "22P02"},
	},
	schema.Numeric: {
		{"1.50", 1.5, ""}, {"-0", int64(0), ""}, {"1e2", int64(100), ""}, {"9223372036854775807", int64(math.MaxInt64), ""},
		{"100.00", int64(100), ""}, {"nan", "NaN", ""}, {"1e400", math.Inf(1), ""}, {".", nil, "22P02"}, {"1e", nil, "22P02"},
		{"--1", nil, "22P02"}, {"1e999999", nil, "22003"}, {"abc", nil, "22P02"},
	},
	schema.UUID: {
		{"6F2B1C9E-0000-4000-8000-000000000001", "6f2b1c9e-0000-4000-8000-000000000001", ""},
		{"{6f2b1c9e000040008000000000000001}", "6f2b1c9e-0000-4000-8000-000000000001", ""},
		{"6f2b-1c9e-0000-4000-8000-000000000001", "6f2b1c9e-0000-4000-8000-000000000001", ""},
		{"6f2b1c9e-0000-4000-8000-00000000000", nil, "22P02"}, {"x", nil, "22P02"}, {"", nil, "22P02"},
		{"{6f2b1c9e-0000-4000-8000-000000000001", nil, "22P02"}, {"6f2b1c9-e000-4000-8000-0000000000010", nil, "22P02"},
	},
	schema.Date: {
		{"2024-02-29", "2024-02-29", ""}, {"20240229", "2024-02-29", ""}, {"2024-2-9", "2024-02-09", ""},
		{"2024-01-31T23:59:59-11:00", "2024-01-31", ""}, {"infinity", "infinity", ""},
		{"2023-02-29", nil, "22008"}, {"2024-13-01", nil, "22008"}, {"", nil, "22007"}, {"tomorow", nil, "22007"},
	},
	schema.Time: {
		{"10:11:12.1234567", "10:11:12.123457", ""}, {"10:11", "10:11:00", ""}, {"24:00:00", "24:00:00", ""},
		{"25:00:00", nil, "22008"}, {"x", nil, "22007"},
	},
	schema.Timestamp: {
		{"2024-01-31 10:00:00", "2024-01-31 10:00:00+00:00", ""}, {"2024-01-31T10:00:00+02", "2024-01-31 10:00:00+00:00", ""},
		{"2024-01-31", "2024-01-31 00:00:00+00:00", ""}, {"2024-01-31 10:60:00", nil, "22008"},
	},
	schema.TimestampTZ: {
		{"2024-01-31T10:00:00Z", "2024-01-31 10:00:00+00:00", ""}, {"2024-01-31 10:00:00.500+00", "2024-01-31 10:00:00.5+00:00", ""},
		{"2024-01-31T12:00:00+02:00", "2024-01-31 10:00:00+00:00", ""}, {"2024-01-31T12:00:00+0230", "2024-01-31 09:30:00+00:00", ""},
		{"20240131T100000Z", "2024-01-31 10:00:00+00:00", ""}, {"2024-01-31 10:00:60", "2024-01-31 10:01:00+00:00", ""},
		{"2024-01-31 24:00:00", "2024-02-01 00:00:00+00:00", ""}, {"2024-01-31 10:00:00.9999999", "2024-01-31 10:00:01+00:00", ""},
		{"-infinity", "-infinity", ""}, {"2024-01-31 10:00:00 UTC", "2024-01-31 10:00:00+00:00", ""}, {"epoch", "1970-01-01 00:00:00+00:00", ""},
		{"2024-01-32", nil, "22008"}, {"2024-01-31T", nil, "22007"}, {"abc", nil, "22007"}, {"2024-01-31 10:00:00+16", nil, "22009"},
		{"2024-01-31 10:00:00+x", nil, "22007"}, {"2024-00-10", nil, "22008"}, {"2024-01-31 24:00:01", nil, "22008"},
	},
	schema.JSON: {
		{`{"a": 1}`, `{"a": 1}`, ""}, {"5", "5", ""}, {`"\\u0000"`, `"\\u0000"`, ""},
		{"", nil, "22P02"}, {"{", nil, "22P02"}, {"abc", nil, "22P02"}, {`"\u0000"`, nil, "22P05"},
	},
	schema.Bytes: {
		{`\xDEad`, []byte{0xde, 0xad}, ""}, {`\x`, []byte{}, ""}, {`a\\b\001`, []byte("a\\b\x01"), ""},
		{`\xabc`, nil, "22023"}, {`\xzz`, nil, "22023"}, {`a\9`, nil, "22P02"},
	},
	schema.Array: {
		{`{}`, `[]`, ""}, {`{a,"b c", d e ,NULL,"NULL","q\"\\"}`, `["a","b c","d e",null,"NULL","q\"\\"]`, ""},
		{`{{a},{b}}`, `[["a"],["b"]]`, ""}, {`{a\,b}`, `["a,b"]`, ""}, {`{"<&>"}`, "[\"\\u003c\\u0026\\u003e\"]", ""},
		{`a`, nil, "22P02"}, {`{a`, nil, "22P02"}, {`{a,}`, nil, "22P02"}, {`{"a"b}`, nil, "22P02"}, {`{a}b`, nil, "22P02"},
	},
	schema.Text: {{"", "", ""}, {" a ", " a ", ""}},
}

func TestArg(t *testing.T) {
	t.Parallel()
	for kind, cases := range values {
		c := column(kind)
		for _, tt := range cases {
			t.Run(kind.String()+"/"+tt.text, func(t *testing.T) {
				t.Parallel()
				got, err := c.Arg(dialect.SQLite, tt.text)
				if tt.code != "" {
					var refused *schema.ValueError
					require.ErrorAs(t, err, &refused)
					require.Equal(t, tt.code, refused.Code(), refused.Message)
					return
				}
				require.NoError(t, err)
				require.Equal(t, tt.want, got)
				got, err = c.Arg(dialect.PG, tt.text)
				require.NoError(t, err)
				require.Equal(t, tt.text, got)
			})
		}
	}
	text := column(schema.Text)
	for _, d := range []dialect.Name{dialect.PG, dialect.SQLite} {
		for _, bad := range []string{"a\x00", "a\xff"} {
			_, err := text.Arg(d, bad)
			require.ErrorContains(t, err, `invalid byte sequence for encoding "UTF8"`)
		}
		mood := schema.Column{Name: "feeling", Kind: schema.Enum, Type: "mood", Enum: []string{"ok", "well"}}
		_, err := mood.Arg(d, "sad")
		require.EqualError(t, err, `invalid input value for enum mood: "sad"`)
		var refused *schema.ValueError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, "Column feeling takes one of a list of values.", refused.Details())
		require.Equal(t, "Allowed values: ok, well", refused.Hint())
	}
}

// TestPostgreSQLAgrees gives the same texts to a server: what is refused there must be refused on SQLite with the same code, and what
// is accepted there accepted.
func TestPostgreSQLAgrees(t *testing.T) {
	t.Parallel()
	database := dbtest.Postgres(t)
	for kind, cases := range values {
		c := column(kind)
		for _, tt := range cases {
			_, err := database.ExecContext(t.Context(), "SELECT ?::"+c.Type, tt.text)
			err = db.Classify(database, err)
			var refused *db.Error
			if tt.code == "" {
				require.NoError(t, err, "%s %q", kind, tt.text)
				continue
			}
			require.ErrorAs(t, err, &refused, "%s %q", kind, tt.text)
			require.Equal(t, tt.code, refused.Code, "%s %q: %s", kind, tt.text, refused.Message)
			_, err = c.Arg(dialect.SQLite, tt.text)
			require.Equal(t, refused.Message, err.Error(), "%s %q", kind, tt.text)
		}
	}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	short := schema.Column{Kind: schema.Text, Type: "character varying", MaxLength: 3}
	money := schema.Column{Kind: schema.Numeric, Type: "numeric", Precision: 5, Scale: 2}
	free := column(schema.Numeric)
	for _, tt := range []struct {
		column schema.Column
		text   string
		want   any
		code   string
	}{
		{short, "äöü", "äöü", ""}, {short, "äöü  ", "äöü", ""}, {short, "äöüx", nil, "22001"},
		{money, "1.005", 1.01, ""}, {money, "-1.005", -1.01, ""}, {money, "999.99", 999.99, ""}, {money, "999.995", nil, "22003"},
		{money, "0.004", int64(0), ""}, {money, "9.999", int64(10), ""}, {money, "1000", nil, "22003"}, {money, "x", nil, "22P02"},
		{free, "123456789012345.6", nil, "22003"}, {free, "12345678901234.5", 12345678901234.5, ""},
		{free, "9223372036854775807", int64(math.MaxInt64), ""}, {free, "9223372036854775808", nil, "22003"}, {free, "NaN", "NaN", ""},
	} {
		got, err := tt.column.Assign(dialect.SQLite, tt.text)
		if tt.code != "" {
			var refused *schema.ValueError
			require.ErrorAs(t, err, &refused, tt.text)
			require.Equal(t, tt.code, refused.Code(), tt.text)
			continue
		}
		require.NoError(t, err, tt.text)
		require.Equal(t, tt.want, got, tt.text)
		got, err = tt.column.Assign(dialect.PG, tt.text)
		require.NoError(t, err)
		require.Equal(t, tt.text, got)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for kind, ordered := range map[schema.Kind][]string{
		schema.Int8:        {"-2", "-1", "0", "10"},
		schema.Float8:      {"-Infinity", "-1e300", "0", "1.5", "Infinity", "NaN"},
		schema.Numeric:     {"-Infinity", "-10", "-9.5", "-0.01", "0", "0.001", "0.01", "1.5", "1.51", "20", "Infinity", "NaN"},
		schema.Bool:        {"false", "true"},
		schema.TimestampTZ: {"-infinity", "2023-12-31 23:59:59.999999Z", "2024-01-01", "2024-01-01 00:00:00.5+00", "infinity"},
		schema.Text:        {"", "A", "a", "ab"},
		schema.Bytes:       {`\x`, `\x00`, `\x0000`, `\xff`},
		schema.Array:       {"{}", "{a}", "{a,a}", "{a,NULL}", "{b}"},
	} {
		c := column(kind)
		for i, a := range ordered {
			for j, b := range ordered {
				got, err := c.Compare(a, b)
				require.NoError(t, err)
				require.Equal(t, sign(i-j), sign(got), "%s: %s and %s", kind, a, b)
			}
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// TestSQLiteKeepsArguments stores arguments in columns of the types Bun uses and finds them again by comparing.
func TestSQLiteKeepsArguments(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	lane, err := db.LaneOf(database)
	require.NoError(t, err)
	for kind, cases := range values {
		c := column(kind)
		typ := c.Type
		if kind == schema.Array {
			typ = "VARCHAR"
		}
		create(t, database, "CREATE TABLE "+kind.String()+"_t (c "+typ+")")
		for _, tt := range cases {
			if tt.code != "" {
				continue
			}
			arg, err := c.Arg(dialect.SQLite, tt.text)
			require.NoError(t, err)
			_, err = lane.Query(t.Context(), db.Statement{Text: "INSERT INTO " + kind.String() + "_t VALUES (?1)", Write: true}, []any{arg}, nil)
			require.NoError(t, err)
			found := 0
			_, err = lane.Query(t.Context(), db.Statement{Text: "SELECT 1 FROM " + kind.String() + "_t WHERE c = ?1"}, []any{arg}, func([]db.Value) error {
				found++
				return nil
			})
			require.NoError(t, err)
			require.Positive(t, found, "%s %q", kind, tt.text)
		}
	}
}

func create(t *testing.T, database *bun.DB, statement string) {
	t.Helper()
	_, err := database.ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

func FuzzArg(f *testing.F) {
	for kind, cases := range values {
		for _, tt := range cases {
			f.Add(uint8(kind), tt.text)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		c := schema.Column{Kind: schema.Kind(kind % 20), Elem: schema.Text, Type: "x"}
		arg, err := c.Arg(dialect.SQLite, text)
		if err != nil {
			var refused *schema.ValueError
			if !errors.As(err, &refused) || len(refused.SQLState) != 5 {
				t.Fatalf("%q: error %v is no ValueError with a code", text, err)
			}
			return
		}
		// The form that is stored is a fixed point: it reads as itself.
		if stored, ok := arg.(string); ok && c.Kind != schema.Array {
			again, err := c.Arg(dialect.SQLite, stored)
			if err != nil || again != arg {
				t.Fatalf("%q became %q, which reads as %v (%v)", text, stored, again, err)
			}
		}
		if _, err := c.Compare(text, text); err != nil {
			t.Fatalf("%q does not compare: %v", text, err)
		}
	})
}

func FuzzParseArray(f *testing.F) {
	f.Add(`{a,"b c",NULL,{d}}`)
	f.Fuzz(func(t *testing.T, literal string) {
		elements, err := schema.ParseArray(literal)
		if err != nil {
			return
		}
		again, err := schema.ParseArray(string(schema.AppendArray(nil, elements)))
		if err != nil || len(again) != len(elements) {
			t.Fatalf("%q does not survive: %v, %v", literal, elements, err)
		}
		for i := range elements {
			if strings.TrimSpace(elements[i].Text) != strings.TrimSpace(again[i].Text) || elements[i].Null != again[i].Null {
				t.Fatalf("%q: element %d became %v", literal, i, again[i])
			}
		}
	})
}

func BenchmarkArgInt(b *testing.B) {
	c := column(schema.Int8)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Arg(dialect.SQLite, "123456789"); err != nil {
			b.Fatal(err)
		}
	}
}
