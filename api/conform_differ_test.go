package api_test

import (
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/groundwork-go/groundwork/api/apitest"
)

// TestDatabasesAgree asks both databases thousands of questions that nobody chose, and compares the answers: rows, order, numbers, and
// whether there is one.
func TestDatabasesAgree(t *testing.T) {
	t.Parallel()
	questions := 2500
	if testing.Short() {
		questions = 300
	}
	both := worlds(t, nil)
	for _, w := range both {
		w.fillSamples(t)
	}
	ask := questioner{rand.New(rand.NewPCG(7, 11))}
	answered := 0
	for range questions {
		path, header := ask.question()
		lite := both[0].client(t).Do("GET", mount+path, "", header...)
		pg := both[1].client(t).Do("GET", mount+path, "", header...)
		call := path + " " + strings.Join(header, " ")
		if strings.Contains(lite.Body, `"code":"PGRST127"`) || strings.Contains(pg.Body, `"code":"PGRST127"`) {
			continue
		}
		if pg.Status >= 400 && lite.Status >= 400 && max(pg.Status, lite.Status) < 500 {
			continue // of several mistakes, each database finds another one first
		}
		if !assert.Equal(t, pg.Status, lite.Status, "%s\nPostgreSQL: %s\nSQLite: %s", call, pg.Body, lite.Body) {
			continue
		}
		answered++
		assert.Equal(t, pg.Header.Get("Content-Range"), lite.Header.Get("Content-Range"), call)
		assert.Equal(t, blackened(pg), blackened(lite), call)
	}
	assert.Greater(t, answered, questions/3, "most questions should make sense")
}

// blackened is the body without white space, which PostgreSQL puts into JSON, also where JSON stands in CSV.
func blackened(answer *apitest.Answer) string {
	return strings.NewReplacer(" ", "", "\n", "").Replace(answer.Body)
}

// questioner makes up requests.
type questioner struct{ *rand.Rand }

func (q questioner) of(list ...string) string { return list[q.IntN(len(list))] }

// asked are the columns of each resource with values that may stand beside them.
var asked = map[string]map[string][]string{
	"samples": {
		"id": {"1", "2", "3"}, "small": {"-1", "0", "99999", "x"}, "big": {"9007199254740993", "0", "1.0", ""}, "price": {"12.5", "0.0", "1e1", "NaN", " 7 "},
		"exact": {"3.14159", "-7.000", "x"}, "ratio": {"0.1", "-1e100", "Infinity", "1e400"}, "flag": {"true", "f", "1", "maybe"}, "words": {"", "Größe * 100%", "größe*", "G_ö%"},
		"code": {"abc", "ABC", "abc  "}, "key": {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "0", "{00000000-0000-0000-0000-000000000000}"},
		"day": {"2024-01-31", "31.12.1999", "1999-12-31T10:00", "2024-02-30"}, "clock": {"10:20:30.5", "10:20", "25:00"},
		"local": {"2024-01-31T10:00:00", "2024-01-31 10:00", "2024-01-31"}, "moment": {"2024-01-31T11:00:00+01:00", "2024-01-31T10:00:00Z", "2024-01-31"},
		"tags": {"{a}", "{}", `{"b c"}`, "{x,a}", "a"}, "numbers": {"{1}", "{1,2,3}", "{}", "{x}", "{3,9}"}, "mood": {"glad", "calm", "sad"},
		"raw": {`\xdeadbeef`, `\x`, `\xg`}, "data->>big": {"9007199254740993", "x"},
	},
	"people":   {"id": {"1", "3", "x"}, "name": {"Ann", "B*", "%n", "eve, jr."}, "email": {"ann@example.org", "*@*"}, "boss_id": {"1", "2"}},
	"tasks":    {"id": {"2", "5"}, "title": {"plan", "*l*", "100% _done_ *", `100\%*`, `*\*`}, "done": {"true", "false"}, "points": {"3", "5"}, "project_id": {"1"}},
	"projects": {"id": {"1", "3"}, "title": {"A*", "Comet"}, "data->>name": {"ap", "b*"}, "data->size": {"3", "12", "3.0"}, "data->deep->>y": {"why"}, "data->tags->>0": {"a"}, "data->>size": {"3", "12"}},
}

var operators = []string{"eq", "neq", "gt", "gte", "lt", "lte", "isdistinct", "like", "ilike", "match", "imatch", "cs", "cd", "ov"}

func (q questioner) column(resource string) (string, string) {
	names := make([]string, 0, len(asked[resource]))
	for name := range asked[resource] {
		names = append(names, name)
	}
	for i := range names { // maps have no order, questions have one
		for j := i; j > 0 && names[j] < names[j-1]; j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
	name := q.of(names...)
	return name, q.of(asked[resource][name]...)
}

// comparison is a column, an operator and a value; tree says that it stands in a logic tree.
func (q questioner) comparison(resource string, tree bool) (column, rest string) {
	column, value := q.column(resource)
	not := q.of("", "", "", "not.")
	operator := q.of(operators...)
	if strings.HasPrefix(column, "id") || q.IntN(3) > 0 {
		operator = q.of(operators[:7]...)
	}
	if strings.Contains(operator, "match") {
		value = q.of("^A", "n$", "[a-c]+", "l.*", "x?")
	}
	quoted := value
	if tree || q.IntN(4) == 0 {
		quoted = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	switch q.IntN(8) {
	case 0:
		return column, not + "is." + q.of("null", "not_null", "true", "unknown")
	case 1:
		return column, not + "in.(" + quoted + "," + q.of("1", "Ben", "2024-01-31") + ")"
	case 2:
		if quantified := q.of("eq", "gt", "like", "ilike"); operator != "ov" {
			return column, not + quantified + q.of("(any)", "(all)") + ".{" + q.of("1", "2,3", "A*", "") + "}"
		}
	}
	if tree {
		value = quoted
	}
	return column, not + operator + "." + value
}

func (q questioner) tree(resource string, depth int) string {
	members := make([]string, 1+q.IntN(3))
	for i := range members {
		if depth > 0 && q.IntN(4) == 0 {
			members[i] = q.of("", "not.") + q.of("and", "or") + q.tree(resource, depth-1)
			continue
		}
		column, rest := q.comparison(resource, true)
		members[i] = column + "." + rest
	}
	return "(" + strings.Join(members, ",") + ")"
}

// selects are select lists of each resource, with the embeds that filters may name.
var selects = map[string][]string{
	"samples":  {"*", "id,price,big::text,flag::int", "id,d:data->a->0,data->>big,tags->0", "id,moment::text,day::text,ratio::text", "id,small::text,price::int,words,raw,exact::text"},
	"people":   {"id,name", "id,tasks(id,points)", "id,teams(title)", "name,profiles(bio)", "id,boss_id(name)", "id,projects!owner_id(count),tasks!inner(id)", "id,people(id)"},
	"tasks":    {"id,done", "id,projects(title,data->size)", "id,people!inner(name)", "id,projects!inner(people!owner_id(name))"},
	"projects": {"id,data", "id,data->deep,data->>size", "id,tasks(id,people(name))", "id,o:people!owner_id(id),r:people!reviewer_id(id)", "id,tasks(count)"},
}

func (q questioner) question() (path string, header []string) {
	resource := q.of("samples", "people", "tasks", "projects")
	params := url.Values{}
	add := func(key, value string) { params.Add(key, value) }
	add("select", q.of(selects[resource]...))
	for range q.IntN(3) {
		add(q.comparison(resource, false))
	}
	if q.IntN(3) == 0 {
		add(q.of("", "not.")+q.of("or", "and"), q.tree(resource, 2))
	}
	order := "id"
	if name, _ := q.column(resource); q.IntN(2) == 0 && name != "tags" && name != "numbers" { // SQLite orders arrays by their text
		order = name + q.of("", ".asc", ".desc") + q.of("", ".nullsfirst", ".nullslast") + ",id"
	}
	add("order", order)
	for _, embed := range []string{"tasks", "teams", "projects", "people", "tasks.people"} {
		if strings.Contains(params.Get("select"), embed+"(") || strings.Contains(params.Get("select"), embed+"!") {
			add(embed+".order", "id")
			if q.IntN(3) == 0 {
				add(embed+"."+q.of("id", "id", "id"), q.of("gt.1", "in.(1,2)", "eq.x", "not.eq.2"))
			}
			if q.IntN(4) == 0 {
				add(embed, q.of("is.null", "not.is.null"))
			}
			if q.IntN(4) == 0 {
				add(embed+".limit", "1")
			}
		}
	}
	if q.IntN(4) == 0 {
		add("limit", strconv.Itoa(q.IntN(3)))
		add("offset", strconv.Itoa(q.IntN(4)))
	}
	if q.IntN(3) == 0 {
		header = append(header, "Prefer", "count=exact")
	}
	if q.IntN(8) == 0 {
		header = append(header, "Accept", "text/csv")
	}
	return "/" + resource + "?" + params.Encode(), header
}
