package query

import (
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Query is a request's query string and headers, resolved against the schema. It holds no SQL.
type Query struct {
	Root *Node
	// Columns is the columns= parameter in its order; HasColumns tells an empty list from none.
	Columns    []string
	HasColumns bool
	// OnConflict is the on_conflict= parameter (wire names).
	OnConflict []string
	Prefer     Prefer
	Media      Media
	// NullsStripped asks to leave null values out of objects (";nulls=stripped" on a vnd.pgrst media type).
	NullsStripped bool
	// Args are the parameters of a function call by GET, in order, unparsed; only for rpc.
	Args []Param
}

// Param is one decoded key=value pair of a query string.
type Param struct{ Key, Value string }

// Node is the root of the select tree or an embedded resource.
type Node struct {
	// Table is the resource's table; Resource its wire name.
	Table    *schema.Table
	Resource string
	// Items are the plain columns and paths in output order. Star is true when they came from "*" (or no select): the caller's
	// readable columns decide then, and an unreadable one is left out instead of refused.
	Items []Item
	// Embeds in the order of the select list; they come out after the plain columns.
	Embeds []*Embed
	// Where holds the filters the request put on this node (nil: none). It may hold the Presence of its embeds: render
	// [Node.Condition], never Where itself.
	Where filter.Expr
	Order []Order
	// Limit is nil when not given. Offset is 0 when not given. On the root they already include the Range header.
	Limit  *int64
	Offset int64
	// Used are the wire names of the columns in filters and order, without duplicates: what policy.Request.Columns wants.
	Used []string
	// Plan is set by api after asking the Authorizer and before the query is compiled.
	Plan policy.Plan

	// conditions become Where when the whole request was read; seen are the parameters that count only once.
	conditions filter.And
	seen       parameter
	depth      int
}

// Item is one plain column of a select list.
type Item struct {
	// Star is true for "*" itself; the other fields are then zero.
	Star   bool
	Column *schema.Column
	Path   []filter.Step
	// Name is the output key: alias, last named path segment, or the column's name.
	Name string
	// Cast is PostgreSQL's canonical name of a type from a fixed list ("text", "bigint"), or ""; CastKind is its kind.
	Cast     string
	CastKind schema.Kind
}

// Embed is an embedded resource.
type Embed struct {
	Node
	// Name is the output key and the name that filters use: the alias or the resource name as written.
	Name     string
	Relation *schema.Relation
	// Through is what the rows of the join table of a many-to-many relation must satisfy: the tenant and the select plan of its own
	// resource, if it is one. api sets it with Plan; nil: nothing.
	Through filter.Expr
	// Inner drops parents without a match.
	Inner bool
	// Hidden is true for rel(): a join without output.
	Hidden bool
	// Count is true for rel(count): the output is [{"count":n}] or {"count":n}.
	Count bool
	// Presence is set when the parent filters on the embed itself (rel=is.null, rel=not.is.null). The parent's Where then holds
	// IsTrue{Presence}, a marker found again by its address: its own Expr is FALSE, so that rendered as it stands it matches
	// nothing. The rows that count are those the embed's filters and its Plan let through, and the Plan is known only
	// later: [Node.Condition] puts them in.
	Presence *filter.Exists

	// written is the resource name, constraint or column as the select list spells it.
	written string
}

// Order is one term of order=.
type Order struct {
	Column *schema.Column
	Path   []filter.Step
	Desc   bool
	// NullsFirst is resolved: PostgreSQL's default (last for asc, first for desc) applied when the request was silent.
	NullsFirst bool
}

// Count is the count preference.
type Count uint8

// The count preferences.
const (
	NoCount Count = iota
	Exact
	Planned
	Estimated
)

// Return is the return preference.
type Return uint8

// The return preferences; Minimal is also the default.
const (
	ReturnDefault Return = iota
	ReturnMinimal
	ReturnHeadersOnly
	ReturnRepresentation
)

// Resolution is the upsert preference.
type Resolution uint8

// The resolutions.
const (
	NoResolution Resolution = iota
	MergeDuplicates
	IgnoreDuplicates
)

// Prefer is the parsed Prefer header of a request.
type Prefer struct {
	Return     Return
	Count      Count
	Resolution Resolution
	// MissingDefault is missing=default; Missing says that the token was given at all.
	Missing, MissingDefault bool
	// Strict is handling=strict; Handling says that the token was given at all.
	Handling, Strict bool
	// MaxAffected is nil when not given.
	MaxAffected *int64
	// Tx is "", "commit" or "rollback".
	Tx       string
	Timezone string
	// Invalid are the unknown tokens, in order.
	Invalid []string
}

// Media is a negotiated media type of the answer.
type Media uint8

// The media types.
const (
	MediaArray    Media = iota // application/json
	MediaVndArray              // application/vnd.pgrst.array+json
	MediaObject                // application/vnd.pgrst.object+json
	MediaCSV
	MediaOpenAPI
)
