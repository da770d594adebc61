package filter_test

import (
	"fmt"
	"log"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// stock is a row in memory: its values in text form, by wire name.
type stock map[string]string

// Value returns the text form of a column.
func (s stock) Value(column *schema.Column) (string, bool) {
	text, ok := s[column.Name]
	return text, !ok
}

func Example() {
	goods, err := schema.New(schema.Table{
		Name: "goods",
		Columns: []schema.Column{
			{Name: "id", Kind: schema.Int8},
			{Name: "owner", Kind: schema.Text},
			{Name: "price", Kind: schema.Numeric},
		},
		PrimaryKey: []int{0},
	})
	if err != nil {
		log.Fatal(err)
	}

	parsed, err := filter.Parse(goods, "or=(price.lt.10,owner.eq.{auth.uid})")
	if err != nil {
		log.Fatal(err)
	}
	bound := filter.Bind(parsed, func(name string) (any, bool) { return "ada", name == "auth.uid" }, false)

	// As SQL, where every value is an argument.
	b := filter.Builder{Dialect: dialect.PG}
	if err := filter.Render(&b, "goods", bound); err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(b.Buf), b.Args)

	// And on a row in memory.
	cheap, err := filter.Match(bound, stock{"id": "1", "owner": "bob", "price": "9.99"})
	fmt.Println(cheap, err)

	_, err = filter.Parse(goods, "prize=lt.10")
	fmt.Println(err)
	// Output:
	// (("goods"."price" < $1) OR ("goods"."owner" = $2)) [10 ada]
	// true <nil>
	// column goods.prize does not exist
}
