package filter_test

import (
	"fmt"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// A condition is parsed once and then bound, rendered, or decided in memory for each request.
func Example() {
	posts, err := schema.New(schema.Table{Name: "posts", Columns: []schema.Column{
		{Name: "id", Kind: schema.Int8}, {Name: "title", Kind: schema.Text}, {Name: "author_id", Kind: schema.Int8},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	condition, err := filter.Parse(posts, "or=(author_id.eq.{auth.uid},title.like.Public*)")
	if err != nil {
		fmt.Println(err)
		return
	}
	bound := filter.Bind(condition, func(name string) (any, bool) { return 7, name == "auth.uid" }, false)

	b := filter.Builder{Dialect: dialect.PG}
	if err := filter.Render(&b, "posts", bound); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(b.Buf), b.Args)
	fmt.Println(filter.Match(bound, memory{"id": "1", "title": "Private", "author_id": "7"}))
	// Output:
	// (("posts"."author_id" = $1) OR ("posts"."title" ~~ $2)) [7 Public%]
	// true <nil>
}
