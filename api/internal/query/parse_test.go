package query

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// world is a small schema with every kind of relation.
type world struct {
	tables map[string]*schema.Table
	hidden map[string]bool // exposed, but not visible to the caller
}

func (w world) Exposed(t *schema.Table) bool { return !t.Internal }
func (w world) Visible(t *schema.Table) bool { return !t.Internal && !w.hidden[t.Name] }

func newWorld(tb testing.TB) world {
	tb.Helper()
	ints := func(names ...string) []schema.Column {
		var columns []schema.Column
		for _, name := range names {
			kind := schema.Int8
			switch name {
			case "title", "name", "body":
				kind = schema.Text
			case "data":
				kind = schema.JSON
			}
			columns = append(columns, schema.Column{Name: name, Kind: kind, Hidden: name == "password"})
		}
		return columns
	}
	key := func(column int, table string) schema.ForeignKey {
		return schema.ForeignKey{Columns: []int{column}, RefTable: table, RefColumns: []string{"id"}}
	}
	w := world{tables: map[string]*schema.Table{}, hidden: map[string]bool{}}
	var all []*schema.Table
	for _, t := range []schema.Table{
		{Name: "users", Columns: ints("id", "name", "password"), PrimaryKey: []int{0}},
		{Name: "profiles", Columns: ints("user_id", "body"), PrimaryKey: []int{0}, ForeignKeys: []schema.ForeignKey{key(0, "users")}},
		{Name: "posts", Columns: ints("id", "title", "author_id", "data", "a.b", "limit"), PrimaryKey: []int{0}, ForeignKeys: []schema.ForeignKey{key(2, "users")}},
		{Name: "comments", Columns: ints("id", "post_id", "user_id", "body", "count"), PrimaryKey: []int{0}, ForeignKeys: []schema.ForeignKey{key(1, "posts"), key(2, "users")}},
		{Name: "tags", Columns: ints("id", "name"), PrimaryKey: []int{0}},
		{Name: "post_tags", Internal: true, Columns: ints("post_id", "tag_id"), PrimaryKey: []int{0, 1}, ForeignKeys: []schema.ForeignKey{key(0, "posts"), key(1, "tags")}},
		{Name: "orders", Columns: ints("id", "bill_id", "ship_id"), PrimaryKey: []int{0}, ForeignKeys: []schema.ForeignKey{key(1, "addresses"), key(2, "addresses")}},
		{Name: "addresses", Columns: ints("id", "name"), PrimaryKey: []int{0}},
		{Name: "folders", Columns: ints("id", "parent_id", "name"), PrimaryKey: []int{0}, ForeignKeys: []schema.ForeignKey{key(1, "folders")}},
		{Name: "people", Columns: ints("id"), PrimaryKey: []int{0}},
		{Name: "follows", Columns: ints("from_id", "to_id"), PrimaryKey: []int{0, 1}, ForeignKeys: []schema.ForeignKey{key(0, "people"), key(1, "people")}},
		{Name: "secrets", Internal: true, Columns: ints("id", "post_id"), PrimaryKey: []int{0}, ForeignKeys: []schema.ForeignKey{key(1, "posts")}},
	} {
		table, err := schema.New(t)
		require.NoError(tb, err)
		all = append(all, table)
		w.tables[table.Name] = table
	}
	require.NoError(tb, schema.Link(all))
	return w
}

// parse reads a GET of a resource.
func (w world) parse(resource, raw string) (*Query, error) {
	return w.request(http.MethodGet, resource, raw, nil, Options{})
}

func (w world) request(method, resource, raw string, header http.Header, opt Options) (*Query, error) {
	params, err := ParseParams(strings.NewReplacer(" ", "%20", ">", "%3E").Replace(raw))
	if err != nil {
		return nil, err
	}
	return Parse(params, header, method, w.tables[resource], w, opt)
}

// shape prints the tree of a query for comparison.
func shape(n *Node) string {
	var parts []string
	for _, item := range n.Items {
		text := "*"
		if !item.Star {
			text = item.Name + "=" + item.Column.Name
			var textSb92 strings.Builder
			for range item.Path {
				textSb92.WriteString("->")
			}
			text += textSb92.String()
			if item.Cast != "" {
				text += "::" + item.Cast
			}
		}
		parts = append(parts, text)
	}
	for _, e := range n.Embeds {
		text := e.Name + ":" + e.Relation.Cardinality.String() + " " + e.Resource
		for _, flag := range []struct {
			on   bool
			text string
		}{{e.Inner, " inner"}, {e.Hidden, " hidden"}, {e.Count, " count"}} {
			if flag.on {
				text += flag.text
			}
		}
		parts = append(parts, text+"("+shape(&e.Node)+")")
	}
	return strings.Join(parts, ", ")
}

func TestSelectTree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ resource, selects, want string }{
		{"posts", "", "*"},
		{"posts", "*", "*"},
		{"posts", "*,id,*", "*, id=id"},
		{"posts", "id,name:title", "id=id, name=title"},
		{"posts", "id::text,data->>age::int", "id=id::text, age=data->::integer"},
		{"posts", "data->a->0,data->0,x:data->b", "a=data->->, data=data->, x=data->"},
		{"posts", `"a.b"`, "a.b=a.b"},
		{"posts", "users(name)", "users:many-to-one users(name=name)"},
		{"posts", "id,author:users!inner(*),title", "id=id, title=title, author:many-to-one users inner(*)"},
		{"posts", "author_id(name)", "author_id:many-to-one users(name=name)"},
		{"posts", "posts_author_id_fkey(name)", "posts_author_id_fkey:many-to-one users(name=name)"},
		{"users", "posts!author_id(id)", "posts:one-to-many posts(id=id)"},
		{"users", "posts!id(id)", "posts:one-to-many posts(id=id)"},
		{"users", "profiles(*)", "profiles:one-to-one profiles(*)"},
		{"profiles", "users(*)", "users:one-to-one users(*)"},
		{"posts", "tags(*)", "tags:many-to-many tags(*)"},
		{"posts", "tags!post_tags!inner(*)", "tags:many-to-many tags inner(*)"},
		{"orders", "billing:addresses!bill_id(*),shipping:addresses!orders_ship_id_fkey(*)", "billing:many-to-one addresses(*), shipping:many-to-one addresses(*)"},
		{"orders", "bill_id(*),ship_id(*)", "bill_id:many-to-one addresses(*), ship_id:many-to-one addresses(*)"},
		{"folders", "folders(*)", "folders:one-to-many folders(*)"},
		{"folders", "parent_id(*)", "parent_id:many-to-one folders(*)"},
		{"folders", "children:folders!parent_id(*),parent:parent_id(*)", "children:one-to-many folders(*), parent:many-to-one folders(*)"},
		{"people", "people!follows_from_id_fkey(*)", "people:many-to-many people(*)"},
		{"posts", "comments(count)", "comments:one-to-many comments(count=count)"},
		{"posts", "tags(count)", "tags:many-to-many tags count()"},
		{"posts", "users()", "users:many-to-one users hidden()"},
		{"users", "posts(id,comments(body,users(name)))", "posts:one-to-many posts(id=id, comments:one-to-many comments(body=body, users:many-to-one users(name=name)))"},
	} {
		q, err := w.parse(tt.resource, "select="+tt.selects)
		require.NoError(t, err, tt.selects)
		require.Equal(t, tt.want, shape(q.Root), tt.selects)
	}
}

func TestRelationErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ resource, selects, code string }{
		{"posts", "addresses(*)", "PGRST200"},
		{"posts", "secrets(*)", "PGRST200"},
		{"posts", "post_tags(*)", "PGRST200"},
		{"posts", "users!nope(*)", "PGRST200"},
		{"users", "id(*)", "PGRST200"},
		{"folders", "folders!folders_parent_id_fkey(*)", "PGRST200"},
		{"orders", "addresses(*)", "PGRST201"},
		{"people", "people(*)", "PGRST201"},
		{"orders", "addresses!bill_id(*),addresses!ship_id(*)", "42712"},
		{"posts", "nope", "42703"},
		{"users", "password", "42703"},
		{"posts", "users(password)", "42703"},
		{"posts", "id::nope", "42704"},
		{"posts", "tags(id,count)", "42703"},
	} {
		_, err := w.parse(tt.resource, "select="+tt.selects)
		require.Equal(t, tt.code, code(err), tt.selects)
	}

	_, err := w.parse("orders", "select=addresses(*)")
	e := fault.From(err)
	require.Equal(t, 300, e.HTTPStatus(false))
	require.Equal(t, "Could not embed because more than one relationship was found for 'orders' and 'addresses'", e.Message)
	require.Equal(t, []fault.Candidate{
		{Cardinality: "many-to-one", Embedding: "orders with addresses", Relationship: "orders_bill_id_fkey using orders(bill_id) and addresses(id)"},
		{Cardinality: "many-to-one", Embedding: "orders with addresses", Relationship: "orders_ship_id_fkey using orders(ship_id) and addresses(id)"},
	}, e.Details)
	require.Equal(t, "Try changing 'addresses' to one of the following: 'addresses!orders_bill_id_fkey', 'addresses!orders_ship_id_fkey'. Find the desired relationship in the 'details' key.", e.Hint)

	_, err = w.parse("people", "select=people(*)")
	require.Equal(t, "Try changing 'people' to one of the following: 'people!follows_from_id_fkey', 'people!follows_to_id_fkey'. Find the desired relationship in the 'details' key.", fault.From(err).Hint)
	require.Equal(t, "follows using follows_from_id_fkey(from_id) and follows_to_id_fkey(to_id)", fault.From(err).Details.([]fault.Candidate)[0].Relationship)

	_, err = w.parse("posts", "select=user(*)")
	require.Equal(t, "Perhaps you meant 'users' instead of 'user'.", fault.From(err).Hint)
	require.Equal(t, "Searched for a foreign key relationship between 'posts' and 'user' in the schema 'public', but no matches were found.", fault.From(err).Details)
	_, err = w.parse("posts", "select=secret(*)")
	require.Empty(t, fault.From(err).Hint)
	w.hidden["users"], w.hidden["addresses"] = true, true
	_, err = w.parse("posts", "select=user(*)")
	require.Empty(t, fault.From(err).Hint)
	_, err = w.parse("orders", "select=addresses(*)")
	require.Empty(t, fault.From(err).Details)
	_, err = w.parse("orders", "select=addresses!bill_id(*),addresses!ship_id(*)")
	require.Equal(t, `table name "orders_addresses_1" specified more than once`, fault.From(err).Message)
	_, err = w.parse("posts", "select=users(nope)")
	require.Equal(t, "column users_1.nope does not exist", fault.From(err).Message)
}

func TestCastsDependOnTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.request("GET", "posts", "select=id::uuid", nil, Options{Dialect: dialect.SQLite})
	require.Equal(t, "42704", code(err))
	q, err := w.request("GET", "posts", "select=id::UUID", nil, Options{Dialect: dialect.PG})
	require.NoError(t, err)
	require.Equal(t, "uuid", q.Root.Items[0].Cast)
	require.Equal(t, schema.UUID, q.Root.Items[0].CastKind)
}

func TestFiltersReachTheirNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q, err := w.parse("users", "select=id,p:posts(id,comments(*))&name=eq.x&id=gt.1&p.title=eq.a&p.comments.body=eq.b&p.or=(id.eq.1,title.eq.c)&p.not.and=(id.eq.1,id.eq.2)"+
		"&p.order=title.desc&p.limit=3&p.offset=2&p.comments.limit=1&order=name&p.data->>k=eq.1")
	require.NoError(t, err)
	require.Len(t, q.Root.Where, 2)
	require.Equal(t, []string{"name", "id"}, q.Root.Used)
	posts := q.Root.Embeds[0]
	require.Len(t, posts.Where, 4)
	require.Equal(t, []string{"title", "id", "data"}, posts.Used)
	require.Equal(t, int64(3), *posts.Limit)
	require.Equal(t, int64(2), posts.Offset)
	require.True(t, posts.Order[0].Desc)
	require.True(t, posts.Order[0].NullsFirst)
	comments := posts.Embeds[0]
	require.Equal(t, "body", comments.Where.(*filter.Cmp).Column.Name)
	require.Equal(t, int64(1), *comments.Limit)

	// The resource's name reaches an aliased embed while only one embed has it.
	q, err = w.parse("users", "select=p:posts(*)&posts.id=eq.1")
	require.NoError(t, err)
	require.NotNil(t, q.Root.Embeds[0].Where)
	_, err = w.parse("users", "select=p:posts(*),q:posts(*)&posts.id=eq.1")
	require.Equal(t, "PGRST108", code(err))
	// Filters of two embeds of one table stay apart.
	q, err = w.parse("users", "select=p:posts(*),q:posts(*)&p.id=eq.1&q.title=eq.x")
	require.NoError(t, err)
	require.Equal(t, "id", q.Root.Embeds[0].Where.(*filter.Cmp).Column.Name)
	require.Equal(t, "title", q.Root.Embeds[1].Where.(*filter.Cmp).Column.Name)
	// Quoted names and names of reserved parameters.
	q, err = w.parse("posts", `"a.b"=eq.1&and=(limit.eq.5)`)
	require.NoError(t, err)
	require.Equal(t, []string{"a.b", "limit"}, q.Root.Used)
	q, err = w.parse("users", `select="x.y":posts(*)&"x.y"."a.b"=eq.1`)
	require.NoError(t, err)
	require.Equal(t, []string{"a.b"}, q.Root.Embeds[0].Used)
}

func TestFilterErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for raw, want := range map[string]string{
		"nope=eq.1": "42703", "title=5": "PGRST100", "title=foo.5": "PGRST100", "users.name=eq.1": "PGRST108",
		"select=users(*)&users.nope=eq.1": "42703", "select=users(*)&users.posts.id=eq.1": "PGRST108",
		"users.order=id": "PGRST108", "select=users(*)&users.order=nope": "42703", "order=nope": "42703", "order=id.up": "PGRST100",
		"or=()": "PGRST100", "or=(id.eq.1": "PGRST100", "select=users(*)&users=eq.1": "PGRST120",
		"select=users(*)&order=users(name)": "PGRST127", "order=users(name)": "PGRST108",
		"select=comments(*)&order=comments(id)": "PGRST118", "password=eq.1": "42703", "=eq.1": "PGRST100",
		"limit=-1": "PGRST103", "select=users(*)&users.limit=-1": "PGRST103",
		"or=(" + strings.Repeat("id.eq.1,", 200) + "id.eq.1)":                "PGRST100",
		strings.Repeat("or=("+strings.Repeat("id.eq.1,", 60)+"id.eq.1)&", 4): "PGRST100",
	} {
		_, err := w.parse("posts", raw)
		require.Equal(t, want, code(err), raw[:min(len(raw), 60)])
	}
	_, err := w.parse("posts", "users.name=eq.1")
	require.Equal(t, "'users' is not an embedded resource in this request", fault.From(err).Message)
	_, err = w.parse("posts", "select=comments(*)&order=comments(id)")
	require.Equal(t, "'posts' and 'comments' do not form a many-to-one or one-to-one relationship", fault.From(err).Details)
}

func TestPresence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q, err := w.parse("users", "select=posts(id,comments!inner())&posts=is.null&posts.title=eq.a&posts.comments.body=eq.b")
	require.NoError(t, err)
	posts := q.Root.Embeds[0]
	require.NotNil(t, posts.Presence)
	require.Equal(t, filter.Const(false), posts.Presence.Expr, "the marker itself matches nothing")

	limit := filter.Or{filter.Const(true)}
	posts.Plan = policy.Plan{Kind: policy.Conditional, Where: limit}
	posts.Embeds[0].Plan = policy.Plan{Kind: policy.Denied}
	got := q.Root.Condition()
	want := filter.Not{Expr: &filter.Exists{Relation: posts.Relation, Expr: filter.And{
		posts.Where, limit,
		&filter.Exists{Relation: posts.Embeds[0].Relation, Expr: filter.And{posts.Embeds[0].Where, filter.Const(false)}},
	}}}
	require.Equal(t, want, got)

	q, err = w.parse("users", "select=p:posts(),profiles(*)&or=(p.is.null,profiles.not.is.null,id.eq.1)")
	require.NoError(t, err)
	require.Same(t, q.Root.Where.(filter.Or)[1].(filter.IsTrue).Expr, q.Root.Embeds[1].Presence)
	require.Equal(t, []string{"id"}, q.Root.Used)
	for _, e := range q.Root.Embeds {
		e.Plan.Kind = policy.Allowed
	}
	require.Equal(t, &filter.Exists{Relation: q.Root.Embeds[1].Relation}, q.Root.Condition().(filter.Or)[1])

	q, err = w.parse("users", "select=posts(*)&id=eq.1")
	require.NoError(t, err)
	require.Same(t, q.Root.Where, q.Root.Condition())

	// Two embeds over one relation keep their own filters.
	q, err = w.parse("users", "select=p:posts(*),q:posts(*)&and=(p.not.is.null,q.not.is.null)&p.id=eq.1&q.id=eq.2")
	require.NoError(t, err)
	for _, e := range q.Root.Embeds {
		e.Plan.Kind = policy.Allowed
	}
	require.Equal(t, filter.And{
		&filter.Exists{Relation: q.Root.Embeds[0].Relation, Expr: q.Root.Embeds[0].Where},
		&filter.Exists{Relation: q.Root.Embeds[1].Relation, Expr: q.Root.Embeds[1].Where},
	}, q.Root.Condition())
}

func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none := int64(-1)
	for _, tt := range []struct {
		method, raw, ranges, prefer string
		limit, offset               int64
		code                        string
	}{
		{"GET", "", "", "", none, 0, ""},
		{"GET", "limit=5&offset=2", "", "", 5, 2, ""},
		{"GET", "limit=5&limit=9&offset=-3", "", "", 5, 0, ""},
		{"GET", "limit=99999999999999999999", "", "", math.MaxInt64, 0, ""},
		{"GET", "limit=x&offset=1.5", "", "", none, 0, ""},
		{"GET", "limit=x", "", "handling=strict", none, 0, "PGRST100"},
		{"GET", "limit=-1", "", "", none, 0, "PGRST103"},
		{"GET", "", "0-24", "", 25, 0, ""},
		{"GET", "", "10-", "", none, 10, ""},
		{"GET", "limit=10&offset=5", "0-7", "", 3, 5, ""},
		{"GET", "limit=10&offset=5", "7-", "", 8, 7, ""},
		{"GET", "limit=5", "10-20", "", none, 0, "PGRST103"},
		{"GET", "limit=0", "10-20", "", 0, 0, ""},
		{"GET", "", "5-2", "", none, 0, "PGRST103"},
		{"GET", "", "bytes=0-5", "", none, 0, ""},
		{"HEAD", "", "0-24", "", none, 0, ""},
		{"PATCH", "limit=1&offset=1", "0-1", "", none, 0, ""},
		{"DELETE", "limit=1", "", "handling=strict", none, 0, "PGRST127"},
		{"PUT", "limit=1", "", "", none, 0, "PGRST114"},
	} {
		header := http.Header{}
		if tt.ranges != "" {
			header.Set("Range", tt.ranges)
		}
		if tt.prefer != "" {
			header.Set("Prefer", tt.prefer)
		}
		q, err := w.request(tt.method, "posts", tt.raw, header, Options{})
		require.Equal(t, tt.code, code(err), "%+v", tt)
		if err != nil {
			continue
		}
		limit := none
		if q.Root.Limit != nil {
			limit = *q.Root.Limit
		}
		require.Equal(t, tt.limit, limit, "%+v", tt)
		require.Equal(t, tt.offset, q.Root.Offset, "%+v", tt)
	}
}

func TestDoors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q, err := w.request("GET", "posts", "limit=1&offset=1&order=nope&id=gt.1", http.Header{"Range": {"5-2"}}, Options{Item: true})
	require.NoError(t, err)
	require.Nil(t, q.Root.Limit)
	require.Empty(t, q.Root.Order)
	require.NotNil(t, q.Root.Where)

	q, err = w.request("GET", "posts", "a=1&id=eq.1&limit=2", nil, Options{Call: true, Arguments: []string{"a"}})
	require.NoError(t, err)
	require.Equal(t, []Param{{"a", "1"}}, q.Args)
	require.Equal(t, int64(2), *q.Root.Limit)
	q, err = w.request("POST", "posts", "id=eq.1&limit=2", nil, Options{Call: true, Arguments: []string{"id"}})
	require.NoError(t, err)
	require.Equal(t, int64(2), *q.Root.Limit)
	require.NotNil(t, q.Root.Where)

	q, err = w.request("POST", "posts", `columns="id","title",id&on_conflict=id`, nil, Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"id", "title"}, q.Columns)
	require.True(t, q.HasColumns)
	require.Equal(t, []string{"id"}, q.OnConflict)
	q, err = w.request("PATCH", "posts", "columns=", nil, Options{})
	require.NoError(t, err)
	require.True(t, q.HasColumns)
	require.Empty(t, q.Columns)
	_, err = w.request("POST", "posts", "columns=nope", nil, Options{})
	require.Equal(t, "PGRST204", code(err))
	_, err = w.request("POST", "posts", "on_conflict=nope", nil, Options{})
	require.Equal(t, "42703", code(err))
	q, err = w.request("GET", "posts", "columns=nope", nil, Options{})
	require.NoError(t, err)
	require.False(t, q.HasColumns)

	_, err = w.request("GET", "posts", "", http.Header{"Accept": {"text/x"}}, Options{})
	require.Equal(t, "PGRST107", code(err))
	q, err = w.request("GET", "posts", "", http.Header{"Accept": {"application/vnd.pgrst.object+json;nulls=stripped"}}, Options{})
	require.NoError(t, err)
	require.Equal(t, MediaObject, q.Media)
	require.True(t, q.NullsStripped)
	_, err = w.request("GET", "posts", "", http.Header{"Prefer": {"handling=strict, x"}}, Options{})
	require.Equal(t, "PGRST122", code(err))
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "select=*", "id=eq.5", "select=id,author:users!inner(name)&author.name=eq.x&order=title.desc&limit=3",
		"select=comments(count),tags(*)&tags=not.is.null&or=(id.eq.1,tags.is.null)", "data->>k=in.(a,b)", "select=users(id&x", "not.or=(a.eq.1)",
		"users.order=id", "offset=99999999999999999999&limit=-1", "columns=a&on_conflict=b", "select=posts_author_id_fkey(*)",
	} {
		f.Add(seed, "0-5", "count=exact", "text/csv")
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, raw, ranges, prefer, accept string) {
		header := http.Header{"Range": {ranges}, "Prefer": {prefer}, "Accept": {accept}}
		started := time.Now()
		q, err := w.request(http.MethodGet, "posts", raw, header, Options{})
		quick(t, raw, started)
		if err != nil {
			e, ok := err.(*fault.Error)
			require.True(t, ok, "%T", err)
			require.NotEqual(t, 500, e.HTTPStatus(false), "%v", err)
			return
		}
		require.NotNil(t, q.Root)
		require.GreaterOrEqual(t, q.Root.Offset, int64(0))
		_ = q.Root.Condition()
	})
}

func BenchmarkParse(b *testing.B) {
	w := newWorld(b)
	header := http.Header{"Accept": {"*/*"}}
	for name, raw := range map[string]string{
		"get":     "id=eq.5",
		"filters": "title=eq.x&author_id=gt.5&id=lt.100",
		"list":    "select=id,title,author_id&author_id=eq.5&order=id.desc&limit=20",
		"embed":   "select=id,title,author:users(id,name)&order=id.desc&limit=20",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				params, err := ParseParams(raw)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Parse(params, header, http.MethodGet, w.tables["posts"], w, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
