package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/apitest"
)

// shopTable is what the generator knows of a table: its key, some columns by kind, and what can be embedded, each with the order that
// makes the answer one and the same.
type shopTable struct {
	name                  string
	key                   []string
	texts, numbers, times []string
	embeds                []string
	orders                map[string]string // of an embed: its key
}

var shopTables = []shopTable{
	{name: "artist", key: []string{"artist_id"}, texts: []string{"name"}, numbers: []string{"artist_id"},
		embeds: []string{"album(*)", "album(title,track(name))"}, orders: map[string]string{"album": "album_id", "album.track": "track_id"}},
	{name: "album", key: []string{"album_id"}, texts: []string{"title"}, numbers: []string{"album_id", "artist_id"},
		embeds: []string{"artist(name)", "artist!inner(*)", "track(name,unit_price)", "by:artist_id(name)"},
		orders: map[string]string{"track": "track_id"}},
	{name: "track", key: []string{"track_id"}, texts: []string{"name", "composer"},
		numbers: []string{"track_id", "album_id", "genre_id", "milliseconds", "bytes", "unit_price"},
		embeds: []string{"album(title,artist(name))", "genre(name)", "media_type(*)", "playlist(name)", "invoice_line(quantity,unit_price)",
			"genre!track_genre_id_fkey(*)", "invoice_line(count)", "playlist_track(*)"},
		orders: map[string]string{"playlist": "playlist_id", "invoice_line": "invoice_line_id", "playlist_track": "playlist_id"}},
	{name: "playlist", key: []string{"playlist_id"}, texts: []string{"name"}, numbers: []string{"playlist_id"},
		embeds: []string{"track(name,unit_price)", "track(count)", "playlist_track(track_id)", "track!playlist_track(track_id,genre(name))"},
		orders: map[string]string{"track": "track_id", "playlist_track": "track_id"}},
	{name: "playlist_track", key: []string{"playlist_id", "track_id"}, numbers: []string{"playlist_id", "track_id"},
		embeds: []string{"playlist(*)", "track(name,album(title))", "song:track_id(name)"}},
	{name: "employee", key: []string{"employee_id"}, texts: []string{"last_name", "title", "city", "phone"},
		numbers: []string{"employee_id", "reports_to"}, times: []string{"birth_date", "hire_date"},
		embeds: []string{"boss:reports_to(last_name)", "employee(first_name)", "customer(email,invoice(total))"},
		orders: map[string]string{"employee": "employee_id", "customer": "customer_id", "customer.invoice": "invoice_id"}},
	{name: "customer", key: []string{"customer_id"}, texts: []string{"last_name", "company", "country", "state", "email"},
		numbers: []string{"customer_id", "support_rep_id"},
		embeds:  []string{"employee(last_name)", "support_rep_id(last_name,reports_to(last_name))", "invoice(invoice_date,total)"},
		orders:  map[string]string{"invoice": "invoice_id"}},
	{name: "invoice", key: []string{"invoice_id"}, texts: []string{"billing_country", "billing_state", "billing_city"},
		numbers: []string{"invoice_id", "customer_id", "total"}, times: []string{"invoice_date"},
		embeds: []string{"customer(last_name)", "invoice_line(*)", "invoice_line(quantity,track(name,unit_price))"},
		orders: map[string]string{"invoice_line": "invoice_line_id"}},
	{name: "invoice_line", key: []string{"invoice_line_id"}, numbers: []string{"invoice_id", "track_id", "unit_price", "quantity"},
		embeds: []string{"invoice(invoice_date,customer(last_name))", "track(name,genre(name))"}},
	{name: "genre", key: []string{"genre_id"}, texts: []string{"name"}, numbers: []string{"genre_id"}, embeds: []string{"track(count)"}},
	{name: "media_type", key: []string{"media_type_id"}, texts: []string{"name"}, numbers: []string{"media_type_id"}},
}

// shopper invents requests. The seed is fixed: the requests are the same in every run.
type shopper struct {
	t       *testing.T
	random  *rand.Rand
	samples map[string][]map[string]any
}

// newShopper takes values to ask for from the rows that there are.
func newShopper(t *testing.T, shop *apitest.Client) *shopper {
	t.Helper()
	s := &shopper{t: t, random: rand.New(rand.NewPCG(11, 15607)), samples: make(map[string][]map[string]any)}
	for _, table := range shopTables {
		answer := shop.Do(http.MethodGet, mount+"/"+table.name+"?limit=400&order="+strings.Join(table.key, ","), "")
		decoder := json.NewDecoder(strings.NewReader(answer.Body))
		decoder.UseNumber()
		var rows []map[string]any
		require.NoError(t, decoder.Decode(&rows), answer.Body)
		require.NotEmpty(t, rows)
		s.samples[table.name] = rows
	}
	return s
}

func (s *shopper) requests() []shopRequest {
	writes := shopWrites()
	reads := 200 - len(writes)
	requests := make([]shopRequest, 0, 200)
	for i := range reads {
		requests = append(requests, s.read(&shopTables[i%len(shopTables)]))
		if i%4 == 3 && len(writes) > 0 { // reads also see what was written
			requests, writes = append(requests, writes[0]), writes[1:]
		}
	}
	return append(requests, writes...)
}

// read is a list: columns, embeds, filters, order, page and count.
func (s *shopper) read(table *shopTable) shopRequest {
	query := url.Values{}
	item := s.random.IntN(12) == 0
	selected := "*"
	if columns := table.columns(); s.random.IntN(2) == 0 {
		s.random.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
		selected = strings.Join(columns[:1+s.random.IntN(len(columns))], ",")
	}
	if len(table.embeds) > 0 && s.random.IntN(3) > 0 {
		embed := table.embeds[s.random.IntN(len(table.embeds))]
		selected += "," + embed
		for name, key := range table.orders {
			if !strings.Contains(embed, "count") && s.embeds(embed, name) {
				query.Set(name+".order", key)
			}
		}
	}
	query.Set("select", selected)
	request := shopRequest{method: http.MethodGet}
	if item {
		request.path = "/" + table.name + "/" + s.key(table) + "?" + query.Encode()
		return request
	}
	for range s.random.IntN(3) {
		s.filter(table, query)
	}
	order := strings.Join(table.key, ",")
	if columns := table.columns(); s.random.IntN(2) == 0 {
		suffix := []string{"", ".desc", ".asc.nullsfirst", ".desc.nullslast"}[s.random.IntN(4)]
		order = columns[s.random.IntN(len(columns))] + suffix + "," + order
	}
	query.Set("order", order)
	query.Set("limit", fmt.Sprint(1+s.random.IntN(30)))
	if s.random.IntN(3) == 0 {
		query.Set("offset", fmt.Sprint(s.random.IntN(12)))
	}
	if s.random.IntN(2) == 0 {
		request.prefer = "count=exact"
	}
	request.path = "/" + table.name + "?" + query.Encode()
	return request
}

// embeds reports whether a select list embeds the path of names.
func (*shopper) embeds(embed, path string) bool {
	first, rest, nested := strings.Cut(path, ".")
	head, inner, _ := strings.Cut(embed, "(")
	head, _, _ = strings.Cut(head, "!")
	return head == first && (!nested || strings.Contains(inner, rest+"("))
}

func (t *shopTable) columns() []string {
	columns := append(append([]string{}, t.key...), t.texts...)
	for _, name := range append(append([]string{}, t.numbers...), t.times...) {
		if !strings.Contains(","+strings.Join(columns, ",")+",", ","+name+",") {
			columns = append(columns, name)
		}
	}
	return columns
}

// value is what some row has in the column, or nil.
func (s *shopper) value(table *shopTable, column string) any {
	rows := s.samples[table.name]
	return rows[s.random.IntN(len(rows))][column]
}

func (s *shopper) key(table *shopTable) string {
	rows := s.samples[table.name]
	row := rows[s.random.IntN(len(rows))]
	values := make([]string, len(table.key))
	for i, column := range table.key {
		values[i] = fmt.Sprint(row[column])
	}
	return strings.Join(values, ",")
}

// filter adds a condition on some column with a value that occurs.
func (s *shopper) filter(table *shopTable, query url.Values) {
	columns := table.columns()
	column := columns[s.random.IntN(len(columns))]
	value := s.value(table, column)
	if value == nil || s.random.IntN(8) == 0 {
		query.Set(column, []string{"is.null", "not.is.null"}[s.random.IntN(2)])
		return
	}
	text := fmt.Sprint(value)
	_, number := value.(json.Number)
	quoted := `"` + strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), `"`, `\"`) + `"`
	other := fmt.Sprint(s.value(table, column))
	operators := []string{"eq." + text, "neq." + text, "gte." + text, "lt." + text, "not.gt." + text, "in.(" + quoted + ")"}
	if number {
		operators = append(operators, "gt."+text, "lte."+text, "in.("+text+",1,2,3)")
	} else if strings.Contains(","+strings.Join(table.texts, ",")+",", ","+column+",") {
		runes := []rune(text)
		part := string(runes[:min(3, len(runes))])
		operators = append(operators, "like."+part+"*", "ilike.*"+strings.ToUpper(part)+"*", "in.("+quoted+",\"Rock\",\"Berlin\")")
	}
	operator := operators[s.random.IntN(len(operators))]
	if s.random.IntN(5) == 0 && number && other != "<nil>" {
		query.Set("or", "("+column+".eq."+text+","+column+".eq."+other+",and("+column+".gte."+text+","+column+".lt."+other+"))")
		return
	}
	query.Set(column, operator)
}

// shopWrites change rows of every kind of table, and give them back.
func shopWrites() []shopRequest {
	const back = "return=representation"
	writes := []shopRequest{
		{method: "POST", path: "/artist?select=artist_id,name", body: `{"artist_id":1001,"name":"Größenwahn & \"Söhne\""}`, prefer: back},
		{method: "POST", path: "/album?select=*,artist(name)", body: `{"album_id":1001,"title":"Eins","artist_id":1001}`, prefer: back},
		{
			method: "POST", path: "/track?select=*,album(title,artist(name))&order=track_id", prefer: back,
			body: `[{"track_id":9001,"name":"a","album_id":1001,"media_type_id":1,"genre_id":null,"milliseconds":1,"unit_price":0.5},
				{"track_id":9002,"name":"b","album_id":1001,"media_type_id":2,"genre_id":1,"milliseconds":2,"unit_price":"1.99"}]`,
		},
		{method: "POST", path: "/playlist_track?select=*,playlist(name),track(name)", body: `{"playlist_id":1,"track_id":9001}`, prefer: back},
		{method: "POST", path: "/playlist_track", body: `{"playlist_id":1,"track_id":9001}`, prefer: back, codeOnly: true},
		{method: "POST", path: "/playlist_track", body: `{"playlist_id":1,"track_id":9001}`, prefer: back + ",resolution=ignore-duplicates"},
		{method: "GET", path: "/playlist_track/1,9001?select=*,track(*)"},
		{method: "GET", path: "/track/9001?select=name,playlist(name)&playlist.order=playlist_id"},
		{method: "PATCH", path: "/track?album_id=eq.1001&select=track_id,unit_price,genre(name)", body: `{"unit_price":2,"genre_id":2}`, prefer: back + ",count=exact"},
		{method: "PATCH", path: "/track/9002?select=*", body: `{"name":"b 2","bytes":2147483647}`, prefer: back},
		{method: "PUT", path: "/genre/25?select=*", body: `{"genre_id":25,"name":"Oper"}`, prefer: back},
		{method: "POST", path: "/genre?select=*&on_conflict=genre_id", body: `[{"genre_id":25,"name":"Opera"},{"genre_id":26,"name":"Chanson"}]`, prefer: back + ",resolution=merge-duplicates"},
		{method: "POST", path: "/album", body: `{"album_id":1002,"title":"Zwei","artist_id":99999}`, prefer: back, codeOnly: true},
		{method: "POST", path: "/album", body: `{"album_id":1002,"artist_id":1001}`, prefer: back, codeOnly: true},
		{method: "POST", path: "/customer", body: `{"customer_id":100,"first_name":"A","last_name":"a name that is longer than twenty","email":"a@b"}`, prefer: back, codeOnly: true},
		{method: "DELETE", path: "/artist?artist_id=eq.1001", prefer: back, codeOnly: true},
		{method: "DELETE", path: "/artist", prefer: back, codeOnly: true},
		{method: "PATCH", path: "/artist?artist_id=eq.1001", body: `{"nickname":"x"}`, prefer: back, codeOnly: true},
		{method: "POST", path: "/employee?select=*,boss:reports_to(last_name)", body: `{"employee_id":9,"last_name":"Neu","first_name":"N","reports_to":8,"birth_date":"1990-02-03T04:05:06","hire_date":"2020-01-01"}`, prefer: back},
		{method: "GET", path: "/employee?birth_date=eq.1990-02-03T04:05:06&select=employee_id,birth_date,hire_date"},
		{method: "GET", path: "/employee?hire_date=gte.2004-01-01&order=hire_date.desc&select=employee_id,hire_date"},
		{method: "PATCH", path: "/employee/9?select=employee_id,hire_date,employee(last_name)", body: `{"hire_date":"2021-12-31 23:59:59.5"}`, prefer: back},
		{method: "DELETE", path: "/employee/9?select=last_name,hire_date", prefer: back},
		{method: "POST", path: "/invoice?select=*,customer(last_name)", body: `{"invoice_id":500,"customer_id":2,"invoice_date":"2026-05-01","total":12.3}`, prefer: back},
		{method: "POST", path: "/invoice_line?select=*,invoice(total)", body: `{"invoice_line_id":5000,"invoice_id":500,"track_id":9002,"unit_price":1e1,"quantity":3}`, prefer: back},
		{method: "GET", path: "/invoice?invoice_date=gt.2026-01-01&select=total,invoice_line(unit_price,quantity)"},
		{method: "GET", path: "/invoice?total=eq.12.30&select=*"},
		{method: "DELETE", path: "/invoice_line?invoice_id=eq.500", prefer: back},
		{method: "DELETE", path: "/invoice/500", prefer: back},
		{method: "DELETE", path: "/playlist_track/1,9001", prefer: back},
		{method: "DELETE", path: "/playlist_track/1,9001", prefer: back},
		{method: "DELETE", path: "/track?album_id=eq.1001&select=track_id&order=track_id", prefer: back},
		{method: "DELETE", path: "/album/1001?select=title,artist(name)", prefer: back},
		{method: "DELETE", path: "/artist?name=like.Größen*", prefer: back},
		{method: "GET", path: "/artist?name=like.Größen*", prefer: "count=exact"},
		{method: "GET", path: "/artist?select=nickname", codeOnly: true},
		{method: "GET", path: "/artist?select=*,track(*)", codeOnly: true},
		{method: "GET", path: "/nothing", codeOnly: true},
		{method: "GET", path: "/track?select=name,genre!inner(name)&genre.name=eq.Rock&order=track_id&limit=5", prefer: "count=exact"},
		{method: "GET", path: "/playlist?select=name,track(name,unit_price)&track.unit_price=gt.1&track.order=track_id&track.limit=3&order=playlist_id"},
	}
	return writes
}
