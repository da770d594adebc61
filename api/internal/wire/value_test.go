package wire_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
)

func text(s string) db.Value       { return db.Value{Kind: db.Text, Bytes: []byte(s)} }
func blob(s string) db.Value       { return db.Value{Kind: db.Blob, Bytes: []byte(s)} }
func integer(n int64) db.Value     { return db.Value{Kind: db.Int, Int: n} }
func float(f float64) db.Value     { return db.Value{Kind: db.Float, Float: f} }
func of(k schema.Kind) wire.Column { return wire.Column{Kind: k} }
func arrayOf(k schema.Kind) wire.Column {
	return wire.Column{Kind: schema.Array, Elem: k}
}

// Each case lists the forms in which the databases hand out one value.
func TestAppendValue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		column wire.Column
		values []db.Value
		want   string
	}{
		{"null", of(schema.Text), []db.Value{{}}, `null`},
		{"true", of(schema.Bool), []db.Value{text("t"), text("true"), integer(1)}, `true`},
		{"false", of(schema.Bool), []db.Value{text("f"), text("false"), integer(0), text("0")}, `false`},
		{"bigint", of(schema.Int8), []db.Value{text("9223372036854775807"), integer(math.MaxInt64)}, `9223372036854775807`},
		{"odd bigint", of(schema.Int8), []db.Value{text("9007199254740993"), integer(9007199254740993)}, `9007199254740993`},
		{"integer stored as real", of(schema.Int4), []db.Value{text("5"), float(5)}, `5`},
		{"integer that is none", of(schema.Int4), []db.Value{text("five")}, `"five"`},
		{"numeric", of(schema.Numeric), []db.Value{text("123456789012345678901234567890.123456789")}, `123456789012345678901234567890.123456789`},
		{"numeric stored as real", of(schema.Numeric), []db.Value{text("0.1"), float(0.1)}, `0.1`},
		{"numeric large", of(schema.Numeric), []db.Value{text("100000000000000000000"), float(1e20)}, `100000000000000000000`},
		{"numeric with scale", wire.Column{Kind: schema.Numeric, Scale: 2}, []db.Value{text("12.50"), float(12.5)}, `12.50`},
		{"numeric whole with scale", wire.Column{Kind: schema.Numeric, Scale: 2}, []db.Value{text("12.00"), integer(12), float(12)}, `12.00`},
		{"numeric NaN", of(schema.Numeric), []db.Value{text("NaN")}, `"NaN"`},
		{"float", of(schema.Float8), []db.Value{text("1.5"), float(1.5)}, `1.5`},
		{"float whole", of(schema.Float8), []db.Value{text("3"), float(3), integer(3)}, `3`},
		{"float large", of(schema.Float8), []db.Value{text("1e+20"), float(1e20)}, `1e+20`},
		{"float below exponent", of(schema.Float8), []db.Value{text("123456789012345"), float(123456789012345)}, `123456789012345`},
		{"float at exponent", of(schema.Float8), []db.Value{text("1e+15"), float(1e15), integer(1e15)}, `1e+15`},
		{"float small", of(schema.Float8), []db.Value{text("1e-05"), float(1e-5)}, `1e-05`},
		{"float not so small", of(schema.Float8), []db.Value{text("0.0001"), float(1e-4)}, `0.0001`},
		{"float infinity", of(schema.Float8), []db.Value{text("-Infinity"), float(math.Inf(-1))}, `"-Infinity"`},
		{"real", of(schema.Float4), []db.Value{text("0.1"), float(0.1), float(float64(float32(0.1)))}, `0.1`},
		{"real at exponent", of(schema.Float4), []db.Value{text("1e+06"), float(1e6)}, `1e+06`},
		{"text", of(schema.Text), []db.Value{text("a \"b\" \\ \n\t\b\f\r\x01 é 😀 </script>"), blob("a \"b\" \\ \n\t\b\f\r\x01 é 😀 </script>")},
			`"a \"b\" \\ \n\t\b\f\r\u0001 é 😀 </script>"`},
		{"text of a number", of(schema.Text), []db.Value{text("5"), integer(5)}, `"5"`},
		{"text of a float", of(schema.Text), []db.Value{text("1.5"), float(1.5)}, `"1.5"`},
		{"text not UTF-8", of(schema.Text), []db.Value{text("a\xffb")}, "\"a\uFFFDb\""},
		{"blob as text not UTF-8", of(schema.Text), []db.Value{blob("\xff")}, `"\\xff"`},
		{"uuid", of(schema.UUID), []db.Value{
			text("00112233-4455-6677-8899-aabbccddeeff"), blob("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"),
		}, `"00112233-4455-6677-8899-aabbccddeeff"`},
		{"bytes", of(schema.Bytes), []db.Value{text(`\x0aff`), blob("\x0a\xff")}, `"\\x0aff"`},
		{"bytes empty", of(schema.Bytes), []db.Value{text(`\x`), blob("")}, `"\\x"`},
		{"date", of(schema.Date), []db.Value{
			text("2024-01-31"), text("2024-01-31 00:00:00+00:00"), text("2024-01-31T00:00:00Z"), integer(1706659200),
		}, `"2024-01-31"`},
		{"date before Christ", of(schema.Date), []db.Value{text("0044-03-15 BC")}, `"0044-03-15 BC"`},
		{"date infinite", of(schema.Date), []db.Value{text("infinity")}, `"infinity"`},
		{"date far", of(schema.Date), []db.Value{text("12024-01-31")}, `"12024-01-31"`},
		{"time", of(schema.Time), []db.Value{text("10:00:00.5"), text("0001-01-01 10:00:00.500+00:00"), text("10:00:00.500")}, `"10:00:00.5"`},
		{"timestamp", of(schema.Timestamp), []db.Value{
			text("2024-01-31 10:00:00.5"), text("2024-01-31 10:00:00.5+00:00"), text("2024-01-31T10:00:00.500Z"), float(1706695200.5),
		}, `"2024-01-31T10:00:00.5"`},
		{"timestamptz", of(schema.TimestampTZ), []db.Value{
			text("2024-01-31 10:00:00.5+00"), text("2024-01-31 10:00:00.5+00:00"), text("2024-01-31T10:00:00.5Z"), text("2024-01-31 10:00:00.500"),
			text("2024-01-31T10:00:00.500000000+0000"),
		}, `"2024-01-31T10:00:00.5+00:00"`},
		{"timestamptz whole", of(schema.TimestampTZ), []db.Value{
			text("2024-01-31 10:00:00+00"), text("2024-01-31 10:00"), text("2024-01-31 10:00:00"), integer(1706695200), text("2024-01-31 10:00:00.000"),
		}, `"2024-01-31T10:00:00+00:00"`},
		{"timestamptz midnight", of(schema.TimestampTZ), []db.Value{text("2024-01-31 00:00:00+00"), text("2024-01-31")}, `"2024-01-31T00:00:00+00:00"`},
		{"timestamptz elsewhere", of(schema.TimestampTZ), []db.Value{text("2024-01-31 15:30:00+05:30")}, `"2024-01-31T15:30:00+05:30"`},
		{"timestamptz before 1900", of(schema.TimestampTZ), []db.Value{text("1880-01-01 00:00:00-00:01:15")}, `"1880-01-01T00:00:00-00:01:15"`},
		{"timestamptz before Christ", of(schema.TimestampTZ), []db.Value{text("0044-03-15 10:00:00+00 BC")}, `"0044-03-15T10:00:00+00:00 BC"`},
		{"timestamptz infinite", of(schema.TimestampTZ), []db.Value{text("-infinity")}, `"-infinity"`},
		{"timestamptz that is none", of(schema.TimestampTZ), []db.Value{text(`20"4`)}, `"20\"4"`},
		{"interval", of(schema.Interval), []db.Value{text("1 day 02:00:00")}, `"1 day 02:00:00"`},
		{"json", of(schema.JSON), []db.Value{text(`{"a": [1, null, "x"]}`)}, `{"a": [1, null, "x"]}`},
		{"json number", of(schema.JSON), []db.Value{text(`5`), integer(5)}, `5`},
		{"json broken", of(schema.JSON), []db.Value{text(`{"a":`)}, `"{\"a\":"`},
		{"embed", wire.Column{Embedded: true}, []db.Value{text(`[{"id":1}]`)}, `[{"id":1}]`},
		{"embedded count", wire.Column{Embedded: true}, []db.Value{text(`3`), integer(3)}, `3`},
		{"enum", of(schema.Enum), []db.Value{text("new")}, `"new"`},
		{"range", of(schema.Range), []db.Value{text(`["2024-01-01 00:00:00+00",)`)}, `"[\"2024-01-01 00:00:00+00\",)"`},
		{"array of text", arrayOf(schema.Text), []db.Value{
			text(`{a,"b c",NULL,"NULL","",\x}`[:len(`{a,"b c",NULL,"NULL","",`)] + `"q\"\\z"}`), text(`["a","b c",null,"NULL","","q\"\\z"]`),
			text("[ \"a\", \"b c\", null, \"NULL\", \"\", \"q\\\"\\u005cz\" ]"),
		}, `["a","b c",null,"NULL","","q\"\\z"]`},
		{"array of integers", arrayOf(schema.Int4), []db.Value{text(`{1,2,NULL}`), text(`[1, 2, null]`)}, `[1,2,null]`},
		{"array empty", arrayOf(schema.Int4), []db.Value{text(`{}`), text(`[]`)}, `[]`},
		{"array nested", arrayOf(schema.Int4), []db.Value{text(`{{1,2},{3,4}}`), text(`[[1,2],[3,4]]`)}, `[[1,2],[3,4]]`},
		{"array with bounds", arrayOf(schema.Int4), []db.Value{text(`[2:3]={5,6}`)}, `[5,6]`},
		{"array of booleans", arrayOf(schema.Bool), []db.Value{text(`{t,f}`), text(`[true,false]`), text(`[1,0]`)}, `[true,false]`},
		{"array of floats", arrayOf(schema.Float8), []db.Value{text(`{1e+20,2.05,NaN}`), text(`[100000000000000000000,2.05,"NaN"]`)}, `[1e+20,2.05,"NaN"]`},
		{"array of times", arrayOf(schema.TimestampTZ), []db.Value{
			text(`{"2024-01-31 10:00:00+00"}`), text(`["2024-01-31T10:00:00Z"]`),
		}, `["2024-01-31T10:00:00+00:00"]`},
		{"array of dates as numbers", arrayOf(schema.Date), []db.Value{text(`[2.05]`)}, `[2.05]`},
		{"array of json", arrayOf(schema.JSON), []db.Value{text(`{"{\"a\":[1]}","[2]"}`), text(`[{"a":[1]},[2]]`)}, `[{"a":[1]},[2]]`},
		{"array of bytes", arrayOf(schema.Bytes), []db.Value{text(`{"\\x01ff"}`), text(`["\\x01ff"]`)}, `["\\x01ff"]`},
		{"array broken", arrayOf(schema.Text), []db.Value{text(`{a,`)}, `"{a,"`},
		{"array broken later", arrayOf(schema.Text), []db.Value{text(`{a}b`)}, `"{a}b"`},
		{"array with bare quote", arrayOf(schema.Text), []db.Value{text(`{a"b}`)}, `"{a\"b}"`},
		{"array empty text", arrayOf(schema.Text), []db.Value{text(``)}, `""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, value := range tt.values {
				require.Equal(t, tt.want, string(wire.AppendValue(nil, &tt.column, value)), "%+v %q", value, value.Bytes)
			}
		})
	}
}

func TestAppendRow(t *testing.T) {
	t.Parallel()
	columns := []wire.Column{
		{Name: "id", Key: wire.Key("id"), Kind: schema.Int8},
		{Name: `a "b"`, Key: wire.Key(`a "b"`), Kind: schema.Text},
		{Name: "meta", Key: wire.Key("meta"), Kind: schema.JSON},
		{Name: "author", Key: wire.Key("author"), Embedded: true},
	}
	row := []db.Value{integer(1), {}, text(`{"x": null, "y": [null, {"z": null}], "w": {"n":1}}`), text(`{"id":2,"name":null}`), integer(99)}
	require.JSONEq(t, `{"id":1,"a \"b\"":null,"meta":{"x": null, "y": [null, {"z": null}], "w": {"n":1}},"author":{"id":2,"name":null}}`,
		string(wire.AppendRow(nil, columns, row, false)))
	require.JSONEq(t, `{"id":1,"meta":{"y":[null,{}],"w":{"n":1}},"author":{"id":2}}`, string(wire.AppendRow(nil, columns, row, true)))
	require.Equal(t, `{}`, string(wire.AppendRow(nil, columns[1:2], []db.Value{{}}, true)))
	require.JSONEq(t, `{"meta":"{"}`, string(wire.AppendRow(nil, columns[2:3], []db.Value{text("{")}, true)))
}

func TestAppendCSV(t *testing.T) {
	t.Parallel()
	columns := []wire.Column{
		{Name: "id", Kind: schema.Int8},
		{Name: `a,"b"`, Kind: schema.Text},
		{Name: "ok", Kind: schema.Bool},
		{Name: "at", Kind: schema.TimestampTZ},
		{Name: "tags", Kind: schema.Array, Elem: schema.Text},
		{Name: "price", Kind: schema.Numeric, Scale: 2},
		{Name: "data", Kind: schema.Bytes},
		{Name: "author", Embedded: true},
	}
	require.Equal(t, `id,"a,""b""",ok,at,tags,price,data,author`, string(wire.AppendCSVHeader(nil, columns)))
	want := `1,"say ""hi"", twice",t,2024-01-31 10:00:00+00,"{a,""b c"",NULL,""q\""z"",""null""}",2.50,\x00ff,"{""id"":1}"`
	for name, row := range map[string][]db.Value{
		"postgres": {
			text("1"), text(`say "hi", twice`), text("t"), text("2024-01-31 10:00:00+00"), text(`{a,"b c",NULL,"q\"z","null"}`), text("2.50"),
			text(`\x00ff`), text(`{"id":1}`),
		},
		"sqlite": {
			integer(1), text(`say "hi", twice`), integer(1), text("2024-01-31 10:00:00+00:00"), text(`["a","b c",null,"q\"z","null"]`), float(2.5),
			blob("\x00\xff"), text(`{"id":1}`),
		},
	} {
		require.Equal(t, want, string(wire.AppendCSVRow(nil, columns, row)), name)
	}
	require.Equal(t, `,"",f,infinity,{},NaN,,`, string(wire.AppendCSVRow(nil, columns, []db.Value{
		{}, text(""), text("f"), text("infinity"), text("[]"), text("NaN"), {}, {},
	})))
	require.Equal(t, "\"a\nb\"", string(wire.AppendCSVRow(nil, columns[1:2], []db.Value{text("a\nb")})))
	require.Equal(t, "2024-01-31 15:30:00+05:30", string(wire.AppendCSVRow(nil, columns[3:4], []db.Value{text("2024-01-31 15:30:00+05:30")})))
}

// wideRow is a row of every kind, in the forms of both databases.
func wideRow() ([]wire.Column, [][]db.Value) {
	kinds := []schema.Kind{
		schema.Int8, schema.Text, schema.Bool, schema.TimestampTZ, schema.Numeric, schema.Float8, schema.JSON, schema.UUID, schema.Date, schema.Array,
		schema.Bytes,
	}
	columns := make([]wire.Column, len(kinds))
	for i, kind := range kinds {
		columns[i] = wire.Column{Name: "column", Key: wire.Key("column"), Kind: kind, Elem: schema.Text}
	}
	return columns, [][]db.Value{
		{
			text("42"), text("A longer text with \"quotes\" and ümlauts, as titles have them"), text("t"), text("2024-01-31 10:00:00.123456+00"),
			text("12.50"), text("1.5"), text(`{"a": [1, 2, {"b": null}]}`), text("00112233-4455-6677-8899-aabbccddeeff"), text("2024-01-31"),
			text(`{a,"b \"c\"",NULL}`), text(`\x00ff`),
		},
		{
			integer(42), text("A longer text with \"quotes\" and ümlauts, as titles have them"), integer(1), text("2024-01-31 10:00:00.123456+00:00"),
			float(12.5), float(1.5), text(`{"a": [1, 2, {"b": null}]}`), text("00112233-4455-6677-8899-aabbccddeeff"), text("2024-01-31 00:00:00+00:00"),
			text(`["a","b \"c\"",null]`), blob("\x00\xff"),
		},
	}
}

func TestRowsAllocateNothing(t *testing.T) {
	columns, rows := wideRow()
	buf := make([]byte, 0, 4096)
	for _, row := range rows {
		require.Zero(t, testing.AllocsPerRun(100, func() { buf = wire.AppendRow(buf[:0], columns, row, false) }))
		require.Zero(t, testing.AllocsPerRun(100, func() { buf = wire.AppendRow(buf[:0], columns, row, true) }))
		require.Zero(t, testing.AllocsPerRun(100, func() { buf = wire.AppendCSVRow(buf[:0], columns, row) }))
	}
}

func BenchmarkAppendRow(b *testing.B) {
	columns, rows := wideRow()
	for i, name := range []string{"postgres", "sqlite"} {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 0, 4096)
			b.ReportAllocs()
			for b.Loop() {
				buf = wire.AppendRow(buf[:0], columns, rows[i], false)
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain text that is longer than a word", "q\"\\\x00\x1f\x7f", "é\xff😀\xed\xa0\x80", "\u2028<&>", "1234567\"", "12345678\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		out := wire.AppendString(nil, s)
		require.True(t, utf8.Valid(out))
		var got string
		require.NoError(t, json.Unmarshal(out, &got), "%q", out)
		var want strings.Builder
		for _, r := range string(s) {
			want.WriteRune(r)
		}
		require.Equal(t, want.String(), got)
	})
}

// Whatever a database holds, a row is JSON.
func FuzzAppendRow(f *testing.F) {
	_, rows := wideRow()
	for _, row := range rows {
		for _, v := range row {
			f.Add(uint8(schema.Array), uint8(schema.Text), v.Bytes)
		}
	}
	for _, s := range []string{"[2:3]={1}", "{{a},{\"b\\", "2024-01-31T10:00Z", "-infinity", "1e", "[1,01]", `{"a":null,"b":[null]}`, "0001-01-01 BC", "10:00+"} {
		f.Add(uint8(schema.JSON), uint8(schema.Bool), []byte(s))
	}
	f.Fuzz(func(t *testing.T, kind, elem uint8, b []byte) {
		if kind > uint8(schema.Range) || elem > uint8(schema.Range) || elem == uint8(schema.Array) {
			t.Skip()
		}
		columns := []wire.Column{{Key: wire.Key("x"), Kind: schema.Kind(kind), Elem: schema.Kind(elem)}}
		for _, value := range []db.Value{{Kind: db.Text, Bytes: b}, {Kind: db.Blob, Bytes: b}} {
			for _, stripped := range []bool{false, true} {
				out := wire.AppendRow(nil, columns, []db.Value{value}, stripped)
				require.True(t, json.Valid(out), "%s", out)
			}
			_ = wire.AppendCSVRow(nil, columns, []db.Value{value})
		}
	})
}
