package filter

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db/schema"
)

// PostgreSQL orders jsonb values by type first: an empty array, null, strings, numbers, booleans, arrays, objects.
const (
	rankEmptyArray = iota - 1
	rankNull
	rankText
	rankNumber
	rankBool
	rankArray
	rankObject
)

// jsonScalar is the operand of a JSON comparison: its rank, and its value for SQL.
type jsonScalar struct {
	rank int
	arg  any
}

// readScalar reads the operand of a comparison in SQLite. Whole arrays and objects are refused: SQLite has no order of them, and knows
// no equality that ignores the order of keys.
func readScalar(text string) (jsonScalar, error) {
	trimmed := strings.TrimSpace(text)
	switch trimmed[0] {
	case '{', '[':
		return jsonScalar{}, needsPostgres("comparing whole JSON objects or arrays", "Use cs and cd, or compare a value inside.")
	case 'n':
		return jsonScalar{rank: rankNull}, nil
	case 't':
		return jsonScalar{rankBool, int64(1)}, nil
	case 'f':
		return jsonScalar{rankBool, int64(0)}, nil
	case '"':
		var s string
		err := json.Unmarshal([]byte(trimmed), &s)
		return jsonScalar{rankText, s}, err
	}
	number := schema.Column{Kind: schema.Numeric, Type: "numeric"}
	arg, err := number.Arg(dialect.SQLite, trimmed)
	return jsonScalar{rankNumber, arg}, err
}

// jsonCall appends function(column, path).
func (r *renderer) jsonCall(function string, c *Cmp, path int) {
	r.b.Raw(function).Raw("(").Column(r.alias, c.Column.SQLName).Raw(", ").place(path).Raw(")")
}

// rank appends the rank of the left side's type; it is NULL when the path leads nowhere.
func (r *renderer) rank(c *Cmp, path int) {
	r.b.Raw("CASE ")
	r.jsonCall("json_type", c, path)
	r.b.Raw(" WHEN 'null' THEN 0 WHEN 'text' THEN 1 WHEN 'integer' THEN 2 WHEN 'real' THEN 2 WHEN 'true' THEN 3 WHEN 'false' THEN 3")
	r.b.Raw(" WHEN 'object' THEN 5 WHEN 'array' THEN CASE ")
	r.jsonCall("json_array_length", c, path)
	r.b.Raw(" WHEN 0 THEN -1 ELSE 4 END END")
}

// liteJSON compares a JSON value as PostgreSQL compares jsonb.
func (r *renderer) liteJSON(c *Cmp, op Op, text string) error {
	value, err := readScalar(text)
	if err != nil {
		return err
	}
	path := r.b.bind(litePath(c.Path))
	switch op {
	case Neq:
		r.b.Raw("NOT ")
		r.jsonEqual(c, path, value)
	case IsDistinct:
		r.b.Raw("(")
		r.jsonEqual(c, path, value)
		r.b.Raw(" IS NOT TRUE)")
	case Eq:
		r.jsonEqual(c, path, value)
	default:
		r.jsonOrder(c, path, op, value)
	}
	return nil
}

func (r *renderer) jsonEqual(c *Cmp, path int, value jsonScalar) {
	r.b.Raw("(")
	r.rank(c, path)
	r.b.Raw(" = ").Raw(strconv.Itoa(value.rank))
	if value.rank != rankNull {
		r.b.Raw(" AND ")
		r.jsonCall("json_extract", c, path)
		r.b.Raw(" = ").Arg(value.arg)
	}
	r.b.Raw(")")
}

func (r *renderer) jsonOrder(c *Cmp, path int, op Op, value jsonScalar) {
	sign := operators[op].sql
	r.b.Raw("(")
	r.rank(c, path)
	r.b.Raw(" ").Raw(sign[:1]).Raw(" ").Raw(strconv.Itoa(value.rank)).Raw(" OR ")
	r.rank(c, path)
	r.b.Raw(" = ").Raw(strconv.Itoa(value.rank))
	switch {
	case value.rank != rankNull:
		r.b.Raw(" AND ")
		r.jsonCall("json_extract", c, path)
		r.b.Raw(" ").Raw(sign).Raw(" ").Arg(value.arg)
	case len(sign) == 1: // null is neither less nor greater than null
		r.b.Raw(" AND FALSE")
	}
	r.b.Raw(")")
}

// liteJSONIn renders membership in a list of JSON values, one list for each type.
func (r *renderer) liteJSONIn(c *Cmp) error {
	lists := map[int][]byte{}
	for _, text := range c.Value.List {
		arg, err := c.arg(dialect.SQLite, text)
		if err != nil {
			return err
		}
		word, _ := arg.(string)
		value, err := readScalar(word)
		if err != nil {
			return err
		}
		list := lists[value.rank]
		if list == nil {
			list = []byte{'['}
		}
		if lists[value.rank], err = appendListed(list, schema.Text, value.arg); err != nil {
			return err
		}
	}
	path := r.b.bind(litePath(c.Path))
	sign := "("
	for rank := rankNull; rank <= rankBool; rank++ {
		list, ok := lists[rank]
		if !ok {
			continue
		}
		r.b.Raw(sign)
		r.rank(c, path)
		r.b.Raw(" = ").Raw(strconv.Itoa(rank))
		if rank != rankNull {
			r.b.Raw(" AND ")
			r.jsonCall("json_extract", c, path)
			r.b.Raw(" IN (SELECT value FROM json_each(").Arg(string(append(list, ']'))).Raw("))")
		}
		sign = " OR "
	}
	r.b.Raw(")")
	return nil
}
