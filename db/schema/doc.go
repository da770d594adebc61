// Package schema says what a table is: its columns with their kinds, keys, unique constraints and the ways to other tables.
//
// A [Table] is made from a Bun model with [FromModel] or by hand with [New]. When every table is there, [Link] finds the relations
// between them:
//
//	posts, err := schema.FromModel(database, (*Post)(nil))
//	users, err := schema.FromModel(database, (*User)(nil))
//	err = schema.Link([]*schema.Table{posts, users})
//
// A table that another program made is described from the catalog of the database with [Inspect].
//
// # Names
//
// A column has two names: Name on the wire, which is its json tag, and SQLName in the database. A column without a json tag has the
// same name in both places; one tagged json:"-" is [Column.Hidden] and no request can name it.
//
// # Types
//
// [Column.Type] and [Column.Kind] are those that Bun's CREATE TABLE gives the column on PostgreSQL, on every database: a program that
// moves from SQLite to PostgreSQL keeps its API. [Column.Arg] turns the text form of a value into an argument for a statement, and
// on SQLite, which checks nothing, refuses what PostgreSQL would refuse, with the same code and message.
//
// # Extending
//
// A Go type that stands for a fixed list of strings implements [Enumerated]. A table that has no Go type is made with [Inspect] or [New].
package schema
