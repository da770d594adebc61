package rbac

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// compiled is a rule made ready for one resource. It is immutable.
type compiled struct {
	id   int64
	deny bool
	// blanket: a rule that denies every row and column, so that the coarse decision is final.
	blanket bool
	// broken rules could not be understood: they allow nothing, and deny everything.
	broken bool
	cond   condition
	// chk is cond when the rule has none of its own.
	chk    condition
	ownChk bool
	fields fields
	preset []preset
	// digest is what the rule says, without its number: equal rules give equal authority.
	digest [sha256.Size]byte
}

// condition is a parsed condition; a nil expr holds for every row.
type condition struct {
	expr filter.Expr
	// bound conditions have variables, which need values.
	bound bool
}

// compiler makes rules ready for the tables of one database.
type compiler struct {
	dialect dialect.Name
}

// compile reads the rule against a resource. The error is an [*Error].
func (c compiler) compile(r Rule, res *policy.Resource) (*compiled, error) {
	if r.Act != "*" && !slices.Contains(res.Actions, r.Act) {
		return nil, wrong("act", `"`+res.Name+`" has no action "`+string(r.Act)+`"`)
	}
	table := res.Table
	if table == nil {
		table = &schema.Table{Name: res.Name}
	}
	out := &compiled{
		id: r.ID, deny: r.Eft == Deny, blanket: r.Eft == Deny && r.Cond == "" && r.Fields == "", digest: digestOf(r),
	}
	var err error
	if out.fields, err = parseFields(table, r.Fields); err != nil {
		return nil, err
	}
	if out.cond, err = c.condition(table, "cond", r.Cond); err != nil {
		return nil, err
	}
	out.chk = out.cond
	if r.Chk != "" {
		out.ownChk = true
		if out.chk, err = c.condition(table, "chk", r.Chk); err != nil {
			return nil, err
		}
	}
	if r.Act == "*" || r.Act == policy.Insert || r.Act == policy.Update {
		if err := selfReferring(table, out.chk.expr); err != nil {
			return nil, err
		}
	}
	out.preset, err = parsePreset(table, r.Preset)
	return out, err
}

// condition parses a condition and tries whether the database can be asked it.
func (c compiler) condition(table *schema.Table, field, src string) (condition, error) {
	if src == "" {
		return condition{}, nil
	}
	expr, err := filter.Parse(table, src)
	if err != nil {
		return condition{}, because(field, err)
	}
	if depth(expr) > maxDepth {
		return condition{}, wrong(field, "it is nested deeper than "+strconv.Itoa(maxDepth))
	}
	out := condition{expr: expr}
	filter.Walk(expr, func(e filter.Expr) bool {
		comparison, ok := e.(*filter.Cmp)
		if !ok || err != nil {
			return err == nil
		}
		out.bound = out.bound || comparison.Value.Var != "" || comparison.Left != ""
		if len(comparison.Value.List) > maxInList {
			err = wrong(field, "a list holds more than "+strconv.Itoa(maxInList)+" values")
			return false
		}
		err = c.askable(field, comparison)
		return err == nil
	})
	return out, err
}

// askable reports whether the database has the operator of a comparison, so that it does not fail at a request.
func (c compiler) askable(field string, comparison *filter.Cmp) error {
	if comparison.Column == nil {
		return nil
	}
	sample := *comparison
	if sample.Value.Var != "" {
		sample.Value = sampleValue(&sample)
	}
	b := filter.Builder{Dialect: c.dialect}
	err := filter.Render(&b, "", &sample)
	if _, unfit := err.(*schema.ValueError); err == nil || unfit && comparison.Value.Var != "" { //nolint:errorlint // rendered errors are bare
		return nil
	}
	return because(field, err)
}

// sampleValue is a value for a variable that has none yet.
func sampleValue(c *filter.Cmp) filter.Value {
	text := ""
	switch c.Column.Kind {
	case schema.Int2, schema.Int4, schema.Int8, schema.Float4, schema.Float8, schema.Numeric:
		text = "0"
	case schema.Bool:
		text = "true"
	case schema.JSON, schema.Array:
		text = "{}"
	}
	if c.Op == filter.In || c.Quantifier != filter.One {
		return filter.Value{List: []string{text}}
	}
	return filter.Value{Text: text}
}

// selfReferring refuses checks of new rows that look at other rows of the same table: while a statement writes, they would see the
// table as it was before.
func selfReferring(table *schema.Table, expr filter.Expr) error {
	var err error
	filter.Walk(expr, func(e filter.Expr) bool {
		if exists, ok := e.(*filter.Exists); ok {
			if exists.Relation.Target.SQLName == table.SQLName || exists.Relation.Through != nil && exists.Relation.Through.SQLName == table.SQLName {
				err = wrong("chk", "a check of new rows cannot look at other rows of "+table.Name+
					`: write a chk without the relation, or name the action ("select", "delete") instead of "*"`)
			}
		}
		return err == nil
	})
	return err
}

// depth is how many trees stand inside each other.
func depth(expr filter.Expr) int {
	deepest := 0
	var members []filter.Expr
	switch e := expr.(type) {
	case filter.And:
		members = e
	case filter.Or:
		members = e
	case filter.Not:
		return depth(e.Expr)
	case *filter.Exists:
		members = []filter.Expr{e.Expr}
	default:
		return 0
	}
	for _, member := range members {
		deepest = max(deepest, depth(member))
	}
	return deepest + 1
}

// digestOf is a hash of what a rule says.
func digestOf(r Rule) [sha256.Size]byte {
	var text []byte
	for _, part := range [...]string{
		string(r.Sub), r.Dom, r.Obj, string(r.Act), r.Cond, r.Fields, string(r.Eft), r.Chk, r.Preset,
	} {
		text = appendSized(text, part)
	}
	return sha256.Sum256(text)
}

// appendSized appends a text behind its length, so that no two lists of texts give the same bytes.
func appendSized(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// broken stands for a rule that cannot be understood.
func broken(r Rule) *compiled {
	return &compiled{id: r.ID, deny: r.Eft != Allow, blanket: r.Eft != Allow, broken: true, digest: digestOf(r)}
}

// byID orders rules the same way on every instance.
func byID(a, b *compiled) int { return cmp.Compare(a.id, b.id) }
