package api

import (
	"cmp"
	"context"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
)

// rowset is rows in memory (of a Source or a function) with a query to answer over them: the same filters, order, pages and select
// as a table has.
type rowset struct {
	codec codec
	query *query.Query
	cap   int64
}

// memoryRow is a struct seen as the columns of its table; it fits filter.Row.
type memoryRow struct {
	codec codec
	row   any
}

// Value returns the text form of a column.
func (m memoryRow) Value(column *schema.Column) (text string, null bool) {
	cell, err := m.codec.cell(m.row, column)
	if err != nil || cell.State != wire.Set {
		return "", true
	}
	return cell.Text, false
}

// readSource answers a read from a Source.
func (a *API) readSource(ctx context.Context, in *reading, row rowFunc) (found, error) {
	node := in.query.Root
	if len(node.Embeds) > 0 {
		return found{}, fault.NotImplemented("embedding from a resource without a table", "request the resources separately")
	}
	condition := and(and(node.Condition(), node.Plan.Where), in.where)
	want := Wanted{Where: condition, Table: in.res.table, Key: in.key}
	if node.Limit != nil && node.Order == nil && in.query.Prefer.Count == query.NoCount {
		want.Rows = node.Offset + *node.Limit
	}
	rows, err := in.res.source.read(ctx, want)
	if err != nil {
		return found{}, err
	}
	set := rowset{codec: in.res.codec, query: in.query, cap: in.res.rows}
	if rows, err = set.filter(rows, condition); err != nil {
		return found{}, err
	}
	if in.res.afterRead != nil {
		if err := in.res.afterRead(ctx, rows); err != nil {
			return found{}, err
		}
	}
	return set.answer(rows, row)
}

// filter keeps the rows for which the condition is true.
func (s *rowset) filter(rows []any, condition filter.Expr) ([]any, error) {
	if condition == nil {
		return rows, nil
	}
	kept := make([]any, 0, len(rows))
	for _, row := range rows {
		matches, err := filter.Match(condition, memoryRow{s.codec, row})
		if err != nil {
			return nil, err
		}
		if matches == filter.True {
			kept = append(kept, row)
		}
	}
	return kept, nil
}

// answer sorts, pages and projects rows.
func (s *rowset) answer(rows []any, row rowFunc) (found, error) {
	node := s.query.Root
	s.sort(rows)
	result := found{total: int64(len(rows)), counted: s.query.Prefer.Count != query.NoCount}
	limit := int64(len(rows))
	if node.Limit != nil {
		limit = min(limit, *node.Limit)
	}
	if s.cap > 0 {
		limit = min(limit, s.cap)
	}
	from := min(max(node.Offset, 0), int64(len(rows)))
	rows = rows[from:min(from+limit, int64(len(rows)))]
	columns, items, err := s.project()
	if err != nil {
		return found{}, err
	}
	values := make([]db.Value, len(columns))
	for _, r := range rows {
		if err := s.values(r, items, values); err != nil {
			return found{}, err
		}
		result.rows++
		if err := row(columns, values); err != nil {
			return found{}, err
		}
	}
	return result, nil
}

// sort orders rows by the query's order; without one they stay as they are.
func (s *rowset) sort(rows []any) {
	order := s.query.Root.Order
	if len(order) == 0 {
		return
	}
	slices.SortStableFunc(rows, func(left, right any) int {
		for i := range order {
			l := s.value(left, order[i].Column, order[i].Path)
			r := s.value(right, order[i].Column, order[i].Path)
			if c := compareForOrder(&order[i], l, r); c != 0 {
				return c
			}
		}
		return 0
	})
}

func compareForOrder(term *query.Order, left, right db.Value) int {
	if left.Kind == db.Null || right.Kind == db.Null {
		if left.Kind == right.Kind {
			return 0
		}
		if (left.Kind == db.Null) == term.NullsFirst {
			return -1
		}
		return 1
	}
	kind := term.Column.Kind
	if len(term.Path) > 0 {
		kind = schema.Text
	}
	c := compareText(kind, string(left.Bytes), string(right.Bytes))
	if term.Desc {
		return -c
	}
	return c
}

func compareText(kind schema.Kind, left, right string) int {
	switch kind {
	case schema.Int2, schema.Int4, schema.Int8, schema.Numeric, schema.Float4, schema.Float8:
		l, lok := new(big.Rat).SetString(left)
		r, rok := new(big.Rat).SetString(right)
		if lok && rok {
			return l.Cmp(r)
		}
	}
	return cmp.Compare(left, right)
}

// project lists the output columns and the items they come from.
func (s *rowset) project() ([]wire.Column, []query.Item, error) {
	node := s.query.Root
	var columns []wire.Column
	var items []query.Item
	add := func(item query.Item) {
		column := wire.NewColumn(item.Name, item.Column)
		if len(item.Path) > 0 {
			column.Kind = schema.JSON
			if item.Path[len(item.Path)-1].AsText {
				column.Kind = schema.Text
			}
		}
		columns, items = append(columns, column), append(items, item)
	}
	for _, item := range node.Items {
		if item.Star {
			for i := range s.codec.table().Columns {
				c := &s.codec.table().Columns[i]
				if !c.Hidden && node.Plan.Readable.Has(c.Name) {
					add(query.Item{Column: c, Name: c.Name})
				}
			}
			continue
		}
		if !node.Plan.Readable.Has(item.Column.Name) {
			return nil, nil, denied(node.Resource, item.Column.Name)
		}
		if item.Cast != "" {
			return nil, nil, fault.NotImplemented("casts on a resource without a table", "convert the value in the client")
		}
		add(item)
	}
	return columns, items, nil
}

// values fills the output values of one row.
func (s *rowset) values(row any, items []query.Item, values []db.Value) error {
	for i := range items {
		name := items[i].Column.Name
		if mask, ok := s.query.Root.Plan.Mask[name]; ok {
			visible, err := filter.Match(mask, memoryRow{s.codec, row})
			if err != nil {
				return err
			}
			if visible != filter.True {
				values[i] = db.Value{}
				continue
			}
		}
		values[i] = s.value(row, items[i].Column, items[i].Path)
	}
	return nil
}

// value is a column, or a JSON path into it, in text form.
func (s *rowset) value(row any, column *schema.Column, path []filter.Step) db.Value {
	text, null := memoryRow{s.codec, row}.Value(column)
	if null {
		return db.Value{}
	}
	if len(path) > 0 {
		return jsonPath(text, path)
	}
	return db.Value{Kind: db.Text, Bytes: []byte(text)}
}

// jsonPath follows a path into a JSON text.
func jsonPath(text string, path []filter.Step) db.Value {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var current any
	if decoder.Decode(&current) != nil {
		return db.Value{}
	}
	asText := false
	for _, step := range path {
		asText = step.AsText
		switch container := current.(type) {
		case map[string]any:
			key := step.Key
			if step.IsIndex {
				key = strconv.Itoa(step.Index)
			}
			next, ok := container[key]
			if !ok {
				return db.Value{}
			}
			current = next
		case []any:
			i := step.Index
			if i < 0 {
				i += len(container)
			}
			if !step.IsIndex || i < 0 || i >= len(container) {
				return db.Value{}
			}
			current = container[i]
		default:
			return db.Value{}
		}
	}
	if current == nil && asText {
		return db.Value{}
	}
	if s, ok := current.(string); ok && asText {
		return db.Value{Kind: db.Text, Bytes: []byte(s)}
	}
	encoded, err := json.Marshal(current)
	if err != nil {
		return db.Value{}
	}
	return db.Value{Kind: db.Text, Bytes: encoded}
}
