package schema

import bunschema "github.com/uptrace/bun/schema"

// Table is what the layers above know of one database table or view, whether it was built from a Bun model ([FromModel]) or
// read from the catalog of a live database. A Table is immutable after [Link]; it is then safe for concurrent use.
type Table struct {
	// Name is the name on the wire: the resource name. It is the SQL name unless a resource renames it.
	Name string
	// SQLSchema is the database schema ("" = the connection's default), SQLName the table in it, both unquoted.
	SQLSchema, SQLName string
	// Columns in table order. Their position in this slice is their identity ([Column.Index]).
	Columns []Column
	// PrimaryKey holds column positions in key order; nil when the table has no primary key.
	PrimaryKey []int
	// Uniques are the unique constraints and unique indexes other than the primary key.
	Uniques []Unique
	// ForeignKeys are the references this table holds.
	ForeignKeys []ForeignKey
	// Relations are both sides of every foreign key between linked tables, and many-to-many joins. Filled by [Link].
	Relations []*Relation
	// ReadOnly is true for views that take no writes.
	ReadOnly bool
	// Internal tables are linked so that relations may pass through them, and are no resource: requests cannot name them.
	Internal bool
	// Comment describes the table for the API document; may be empty.
	Comment string

	byName map[string]int
	// model is the Bun model the table was made from, joins the join tables its relations name, incoming the keys on other tables
	// that its relations imply.
	model    *bunschema.Table
	joins    []*bunschema.Table
	incoming []key
}

// Column is one column of a [Table].
type Column struct {
	// Index is the position in Table.Columns.
	Index int
	// Name is the name on the wire (the json tag), SQLName the name in the database, unquoted.
	Name, SQLName string
	// Kind decides how values are read, checked and written.
	Kind Kind
	// Elem is the kind of an element when Kind is Array.
	Elem Kind
	// Type is the PostgreSQL type name used in messages and casts ("bigint", "timestamp with time zone", "text[]").
	Type string
	// Nullable is true when the database accepts NULL.
	Nullable bool
	// HasDefault is true when an insert may leave the column out (default, identity, or nullable auto value).
	HasDefault bool
	// Generated is true when the database always computes the value: an insert or update may not give one.
	Generated bool
	// Enum lists the allowed values of an enumerated type; nil for others.
	Enum []string
	// MaxLength is the n of varchar(n); 0 means unlimited.
	MaxLength int
	// Precision and Scale are those of numeric(p,s); 0 means that none is given.
	Precision, Scale int
	// Layout is the Go layout in which the column holds dates and timestamps as text on SQLite; "" is the form that Bun writes
	// ([Column.Arg]). It has no meaning on PostgreSQL.
	Layout string
	// Hidden columns exist in SQL but never on the wire (json:"-").
	Hidden bool
	// Comment describes the column for the API document; may be empty.
	Comment string
	// GoIndex is the reflect index path of the struct field; nil for tables without a Go type.
	GoIndex []int
}

// Unique is a unique constraint.
type Unique struct {
	Name    string
	Columns []int
}

// ForeignKey is a reference from a table to another (or to itself).
type ForeignKey struct {
	// Name is the constraint's name; PostgreSQL's default "{table}_{col}_fkey" where the model gives none.
	Name string
	// Columns are positions in the table that holds the key.
	Columns []int
	// RefSchema and RefTable name the target table in SQL; RefColumns are SQL column names there.
	RefSchema, RefTable string
	RefColumns          []string
}

// Cardinality is the kind of a [Relation], seen from the table that holds it.
type Cardinality uint8

// The cardinalities, named as the REST grammar prints them.
const (
	ManyToOne Cardinality = iota + 1
	OneToMany
	OneToOne
	ManyToMany
)

// String returns "many-to-one", "one-to-many", "one-to-one" or "many-to-many".
func (c Cardinality) String() string {
	switch c {
	case ManyToOne:
		return "many-to-one"
	case OneToMany:
		return "one-to-many"
	case OneToOne:
		return "one-to-one"
	case ManyToMany:
		return "many-to-many"
	}
	return "unknown"
}

// ToOne reports whether an embed over the relation is an object (or null) rather than an array.
func (c Cardinality) ToOne() bool { return c == ManyToOne || c == OneToOne }

// Relation is one way from a table to another.
type Relation struct {
	Cardinality Cardinality
	// Constraint is the foreign key's name. For many-to-many it is the first constraint (join table → source).
	Constraint string
	// Source is the table that holds this relation, Target the one it leads to.
	Source, Target *Table
	// From are column positions in Source, To in Target; pairs by position. For many-to-many they pair with the
	// join table's columns instead: Source.From[i] = Through.ThroughFrom[i], Through.ThroughTo[i] = Target.To[i].
	From, To []int
	// HoldsKey is true when Source holds the foreign key (many-to-one, and one of the two one-to-one sides).
	HoldsKey bool
	// Through is the join table of a many-to-many relation, else nil.
	Through                *Table
	ThroughFrom, ThroughTo []int
	// ThroughConstraint is the join table's key to Target, many-to-many only.
	ThroughConstraint string
}

// Lookup returns the column with that wire name, or nil. Hidden columns are not found.
func (t *Table) Lookup(name string) *Column {
	i, ok := t.byName[name]
	if !ok {
		return nil
	}
	return &t.Columns[i]
}
