package filter

import "github.com/groundwork-go/groundwork/db/schema"

// Expr is a condition on a row: [And], [Or], [Not], [*Cmp], [*Exists] or [Const]. Expressions are values: nobody changes one after
// it was built, so they may be shared between goroutines and requests.
type Expr interface{ isExpr() }

// And is true when every member is; an empty And is true.
type And []Expr

// Or is true when a member is; an empty Or is false.
type Or []Expr

// Not negates with SQL's three-valued logic: the negation of unknown is unknown.
type Not struct{ Expr Expr }

// Const is TRUE or FALSE, as left by binding variables.
type Const bool

// IsTrue holds where Expr is true and is false where it is false or unknown ("expr IS TRUE").
type IsTrue struct{ Expr Expr }

// Cmp compares a column (or a JSON path into it) with a value.
type Cmp struct {
	Column *schema.Column
	// Left is set instead of Column when a policy compares a variable: "auth.claims.aal" for {auth.claims.aal}=eq.aal2. [Bind]
	// decides the comparison.
	Left string
	// Path leads into a JSON column; nil compares the column itself.
	Path []Step
	Op   Op
	// Quantifier is Any or All when the operator carried (any) or (all); the operands are then in Value.List.
	Quantifier Quantifier
	Value      Value
	// Language is the optional configuration of a full-text operator.
	Language string
}

// Exists is true when a related row satisfies Expr (nil: any related row).
type Exists struct {
	Relation *schema.Relation
	Expr     Expr
	// Through is what the row of the join table must satisfy besides, in a many-to-many relation; nil: nothing.
	Through Expr
}

func (And) isExpr()     {}
func (Or) isExpr()      {}
func (Not) isExpr()     {}
func (Const) isExpr()   {}
func (IsTrue) isExpr()  {}
func (*Cmp) isExpr()    {}
func (*Exists) isExpr() {}

// Step is one segment of a JSON path.
type Step struct {
	// Key is the object key, or "" when IsIndex.
	Key     string
	Index   int
	IsIndex bool
	// AsText is true for ->> (text result), only on the last step.
	AsText bool
}

// Quantifier is the (any) or (all) modifier of an operator.
type Quantifier uint8

// The quantifiers.
const (
	One Quantifier = iota // no modifier
	Any
	All
)

// Value is the right-hand side of a comparison, in its text form as the client wrote it.
type Value struct {
	// Text is the operand. For Is it is one of "null", "not_null", "true", "false", "unknown".
	Text string
	// List holds the elements of in and of any/all.
	List []string
	// Var is set instead of Text in policy conditions: "auth.uid" for {auth.uid}. [Bind] replaces it.
	Var string
	// InArray wraps the variable in an array (or list) of one: tags=cs.{{auth.claims.tag}}.
	InArray bool
}

// Op is an operator of the grammar.
type Op uint8

// The operators, by their names on the wire.
const (
	Eq Op = iota + 1
	Neq
	Gt
	Gte
	Lt
	Lte
	Like
	ILike
	Regex  // match
	IRegex // imatch
	In
	Is
	IsDistinct
	Contains      // cs
	ContainedIn   // cd
	Overlaps      // ov
	StrictlyLeft  // sl
	StrictlyRight // sr
	NotRight      // nxr
	NotLeft       // nxl
	Adjacent      // adj
	FTS
	PlainFTS
	PhraseFTS
	WebFTS
)
