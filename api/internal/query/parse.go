package query

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// Options say how a door reads its requests.
type Options struct {
	Limits Limits
	// Dialect decides which casts exist; the zero value allows PostgreSQL's.
	Dialect dialect.Name
	// Offers are the media types the door can answer with, the first being the answer to "*/*"; nil: [TableMedia].
	Offers []Media
	// Item is true for item routes: order, limit, offset and Range of the root are ignored.
	Item bool
	// Call is true for functions; Arguments are the names of the declared arguments, looked for in the query string of a GET or
	// HEAD. A call has no body columns and keeps its limit on every method.
	Call      bool
	Arguments []string
}

// Parse reads a request on table, which must not be nil. Every error is a *fault.Error. On writes the select list, order and the
// embeds' parameters shape the returned rows, the filters choose the rows that are written.
func Parse(params []Param, header http.Header, method string, table *schema.Table, reg Registry, opt Options) (*Query, error) {
	// One allocation for what every request needs.
	room := &struct {
		Query
		parser parser
		root   Node
		item   [1]Item
		cond   [4]filter.Expr
		used   [4]string
	}{}
	room.root = Node{Table: table, Items: room.item[:0], conditions: room.cond[:0], Used: room.used[:0]}
	room.Root = &room.root
	limits := opt.Limits.withDefaults()
	room.parser = parser{
		Query: &room.Query, opt: opt, limits: limits, method: method,
		resolver: resolver{reg: reg, dialect: opt.Dialect},
		reader: filter.Parser{Limits: filter.Limits{
			Depth: limits.Depth, Conditions: limits.Conditions, InElements: limits.InElements,
		}},
	}
	p := &room.parser
	if err := p.parse(params, header); err != nil {
		return nil, fault.From(err)
	}
	return &room.Query, nil
}

type parser struct {
	*Query
	resolver
	opt        Options
	limits     Limits
	method     string
	conditions int
	reader     filter.Parser
}

func (p *parser) parse(params []Param, header http.Header) error {
	p.Prefer = ParsePrefer(header["Prefer"])
	err := p.Prefer.Check()
	if err != nil {
		return err
	}
	if p.Media, p.NullsStripped, err = NegotiateMedia(header["Accept"], p.opt.Offers); err != nil {
		return err
	}
	if p.opt.Call && (p.method == http.MethodGet || p.method == http.MethodHead) {
		p.Args, params = SplitArgs(params, p.opt.Arguments)
	}
	if err := p.selectList(params); err != nil {
		return err
	}
	for _, param := range params {
		if err := p.param(param); err != nil {
			return err
		}
	}
	if err := p.rangeHeader(header); err != nil {
		return err
	}
	p.Root.finish()
	return nil
}

// selectList builds the tree from the first select parameter.
func (p *parser) selectList(params []Param) error {
	var list []selection
	for _, param := range params {
		if param.Key != "select" {
			continue
		}
		var err error
		if list, err = parseSelect(param.Value, p.limits); err != nil {
			return err
		}
		break
	}
	if len(list) == 0 {
		p.Root.Items = append(p.Root.Items, Item{Star: true})
	}
	return p.resolve(p.Root, list)
}

// param applies one parameter other than select.
func (p *parser) param(param Param) error {
	switch param.Key {
	case "select":
		return nil
	case "columns":
		return p.columns(param.Value)
	case "on_conflict":
		return p.onConflict(param.Value)
	case "order":
		if p.opt.Item {
			return nil
		}
		return p.order(p.Root, param.Value)
	case "limit", "offset":
		return p.rootPage(param)
	}
	node, rest, err := p.address(param.Key)
	if err != nil {
		return err
	}
	if node != p.Root {
		switch rest {
		case "order":
			return p.order(node, param.Value)
		case "limit", "offset":
			return p.page(node, rest, param.Value)
		}
	}
	return p.filter(node, rest, param.Value)
}

// rootPage applies limit and offset of the root, which reads and calls have.
func (p *parser) rootPage(param Param) error {
	switch {
	case p.method == http.MethodPut && !p.opt.Call:
		return fault.PutLimit()
	case p.opt.Item:
		return nil
	case p.method == http.MethodGet || p.method == http.MethodHead || p.opt.Call:
		return p.page(p.Root, param.Key, param.Value)
	case p.Prefer.Strict:
		return fault.NotImplemented(param.Key+" on "+p.method, "Choose the rows with filters.")
	}
	return nil
}

// filter adds one condition to a node.
func (p *parser) filter(n *Node, key, value string) error {
	p.reader.Table, p.reader.Label, p.reader.Embed = n.Table, n.label(), nil
	if len(n.Embeds) > 0 {
		p.reader.Embed = n.presence
	}
	expr, err := p.reader.ParseParam(key, value)
	if err != nil {
		return err
	}
	n.conditions = append(n.conditions, expr)
	return p.use(n, expr)
}

// presence returns the marker for a filter on an embed itself. An embed's own name wins over a column's; the resource name that
// an alias replaced does not. IsTrue keeps the filter parser from joining the markers of two embeds over one relation.
func (n *Node) presence(name string) (filter.Expr, bool) {
	e := n.find(name)
	if e == nil || e.Name != name && n.Table.Lookup(name) != nil {
		return nil, false
	}
	if e.Presence == nil {
		e.Presence = &filter.Exists{Relation: e.Relation, Expr: filter.Const(false)}
	}
	return filter.IsTrue{Expr: e.Presence}, true
}

// use notes the columns of a condition and counts its comparisons.
func (p *parser) use(n *Node, expr filter.Expr) error {
	switch x := expr.(type) {
	case filter.And:
		return p.useAll(n, x)
	case filter.Or:
		return p.useAll(n, x)
	case filter.Not:
		return p.use(n, x.Expr)
	case *filter.Cmp:
		n.addUsed(x.Column)
		if len(x.Path) > maxSteps {
			return fault.Parse("The JSON path of a filter is too long", fmt.Sprintf("At most %d parts are accepted.", maxSteps))
		}
	}
	if p.conditions++; p.conditions > p.limits.Conditions {
		return fault.Parse("The request has too many filters", fmt.Sprintf("At most %d conditions are accepted.", p.limits.Conditions))
	}
	return nil
}

func (p *parser) useAll(n *Node, exprs []filter.Expr) error {
	for _, expr := range exprs {
		if err := p.use(n, expr); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) addUsed(c *schema.Column) {
	if !slices.Contains(n.Used, c.Name) {
		n.Used = append(n.Used, c.Name)
	}
}

// finish makes Where from the collected conditions, on the whole tree.
func (n *Node) finish() {
	switch len(n.conditions) {
	case 0:
	case 1:
		n.Where = n.conditions[0]
	default:
		n.Where = n.conditions
	}
	for _, e := range n.Embeds {
		e.finish()
	}
}
