package plan

import (
	"github.com/groundwork-go/groundwork/api/internal/query"
	"github.com/groundwork-go/groundwork/api/internal/wire"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// WriteKind says what a [Write] does.
type WriteKind uint8

// The kinds of writes.
const (
	// Insert adds rows.
	Insert WriteKind = iota + 1
	// Upsert adds rows and, where one with the same key exists, changes it (query.MergeDuplicates) or leaves it alone
	// (query.IgnoreDuplicates). Without a key to compare ([ConflictTarget] is empty) it is an Insert.
	Upsert
	// Update sets the columns of one body row in every row that the filters choose.
	Update
	// Delete removes the rows that the filters choose.
	Delete
	// Put adds or changes the one row of the body by its primary key. Columns that the body does not give keep their values.
	Put
)

// Write is one write of one resource.
type Write struct {
	Kind WriteKind
	// Query names the table, the filters (of Update and Delete; the others ignore them), the representation and the
	// preferences. Query.Root.Plan is the select plan; it is asked for when rows are returned, and by every kind that touches
	// existing rows, because nobody changes a row without seeing it.
	Query *query.Query
	// Rows is the body; nil for Delete. Update takes its first row.
	Rows *wire.Rows
	// Own says, in parallel to Rows.Columns, which columns the program itself added (a hook did): the plans' Writable does not
	// limit them. nil: none.
	Own []bool
	// Set holds values that the server gives to every new row, by column position; they win over the body. An Upsert or Put
	// does not give them to a row that exists.
	Set map[int]wire.Cell
	// Extra is AND-ed to the filters and counts as one: the key of an item, the tenant. For Upsert and Put it limits the
	// existing rows that may be changed.
	Extra filter.Expr
	// Insert, Update and Delete are the plans of the actions that the kind needs: Upsert (merging) and Put need the first two.
	// Their presets are applied here.
	Insert, Update, Delete policy.Plan
	// Row receives the representation of each written row, shaped by Query.Root; nil when none is wanted. The values are
	// valid during the call only.
	Row func(columns []wire.Column, values []db.Value) error
	// Image, when not nil, receives every column of each written row in table order: the new row, or for Delete the old one.
	// action is policy.Insert, policy.Update or policy.Delete.
	Image func(action policy.Action, values []db.Value) error
	// MaxAffected refuses the write with PGRST124 when it touches more rows; nil: no bound.
	MaxAffected *int64
}

// Outcome is what a [Write] did.
type Outcome struct {
	// Affected counts the rows that were inserted, changed or removed; Inserted only the inserted ones.
	Affected, Inserted int64
	// Key holds the primary key of the inserted row, in key order and text form, when exactly one row was inserted and
	// Query.Prefer.Return is query.ReturnHeadersOnly; else it is nil.
	Key []string
}

// HasFilter reports whether anything limits the rows of an Update or Delete: a filter of the request or Extra. The conditions of
// plans do not count.
func (w *Write) HasFilter() bool { return !always(w.Query.Root.Where) || !always(w.Extra) }

// Returns reports whether w wants rows back.
func (w *Write) Returns() bool { return w.Row != nil }

func (w *Write) table() *schema.Table { return w.Query.Root.Table }

// always reports whether a condition holds for every row by its form.
func always(e filter.Expr) bool {
	switch e := e.(type) {
	case nil:
		return true
	case filter.Const:
		return bool(e)
	case filter.And:
		for _, member := range e {
			if !always(member) {
				return false
			}
		}
		return true
	}
	return false
}
