package plan

import (
	"github.com/groundwork-go/groundwork/api/internal/query"
)

// objectPairs is how many pairs one call makes an object of: functions take 100 arguments at most.
const objectPairs = 50

// object appends an expression for a row as a JSON object. One with many keys is glued together from several.
func (r *renderer) object(n *query.Node, alias string, depth int) error {
	o := objectWriter{r: r, glued: pairs(n) > objectPairs}
	o.begin()
	for column, item := range selected(n) {
		o.key(nameOf(column, item), item == nil || item.Name == item.Column.Name)
		if err := r.visible(n, alias, column, item, true); err != nil {
			return err
		}
	}
	for _, e := range n.Embeds {
		if e.Hidden {
			continue
		}
		o.key(e.Name, e.Name == e.Table.Name)
		if err := r.embed(e, alias, depth+1, true); err != nil {
			return err
		}
	}
	o.end()
	return nil
}

// pairs counts the keys of a node's objects.
func pairs(n *query.Node) int {
	count := len(n.Embeds)
	for range selected(n) {
		count++
	}
	return count
}

// objectWriter appends calls of the function that makes a JSON object of keys and values. When there are more pairs than one call
// takes, the members of several objects are put between one pair of braces.
type objectWriter struct {
	r     *renderer
	pairs int
	glued bool
}

func (o *objectWriter) begin() {
	if o.glued {
		if o.r.c.pg() {
			o.r.b.Raw("(")
		}
		o.r.b.Raw("'{' || ")
	}
	o.open()
}

// key begins a pair; its value is appended by the caller. A key that is fixed by the schema stands in the text, one that the request
// chose is an argument.
func (o *objectWriter) key(name string, fixed bool) {
	b := o.r.b
	switch {
	case o.pairs == 0:
	case o.pairs%objectPairs == 0:
		o.close()
		b.Raw(" || ',' || ")
		o.open()
	default:
		b.Raw(", ")
	}
	o.pairs++
	if fixed {
		b.Literal(name)
	} else {
		b.Arg(name)
		if o.r.c.pg() {
			b.Raw("::text")
		}
	}
	b.Raw(", ")
}

func (o *objectWriter) open() {
	if o.glued {
		o.r.b.Raw("(SELECT substr(x, 2, length(x) - 2) FROM (SELECT ")
	}
	if o.r.c.pg() {
		o.r.b.Raw("json_build_object(")
	} else {
		o.r.b.Raw("json_object(")
	}
}

func (o *objectWriter) close() {
	o.r.b.Raw(")")
	if !o.glued {
		return
	}
	if o.r.c.pg() {
		o.r.b.Raw("::text")
	}
	o.r.b.Raw(" AS x) AS gw_part)")
}

func (o *objectWriter) end() {
	o.close()
	if !o.glued {
		return
	}
	o.r.b.Raw(" || '}'")
	if o.r.c.pg() {
		o.r.b.Raw(")::json")
	}
}
