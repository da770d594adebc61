package api

import (
	"context"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/plan"
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// existing reads the rows that an update or delete is about to change, under the same conditions as its statement.
func (a *API) existing(ctx context.Context, in *writing, statement *plan.Write) ([]any, error) {
	granted := statement.Update
	if in.kind == plan.Delete {
		granted = statement.Delete
	}
	root := in.query.Root
	node := *root
	node.Items, node.Order, node.Limit, node.Offset = []query.Item{{Star: true}}, nil, nil, 0
	node.Embeds = make([]*query.Embed, len(root.Embeds))
	for i, embed := range root.Embeds {
		shown := *embed // filters on the embed count, its rows are not wanted
		shown.Hidden, shown.Inner = true, false
		node.Embeds[i] = &shown
	}
	node.Plan = policy.Plan{Kind: policy.Allowed, Where: and(root.Plan.Where, granted.Where), Readable: policy.AllColumns()}
	compiled, args, err := a.compiler.Read(&query.Query{Root: &node}, plan.ReadOptions{Where: in.where, MaxRows: -1})
	if err != nil {
		return nil, err
	}
	read := db.Statement{Text: compiled.Text}
	if a.lane.Dialect() == dialect.PG {
		read.Text += " FOR UPDATE"
	}
	held := &heldRows{res: in.res, query: &query.Query{Root: &node}}
	if _, err := a.lane.Query(ctx, read, args, func(values []db.Value) error {
		return held.keep(compiled.Columns, values)
	}); err != nil {
		return nil, err
	}
	return held.structs()
}
