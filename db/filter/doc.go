// Package filter is the grammar of conditions on rows: PostgREST's, as clients write it in query strings and as programs write it in
// policies. A condition is parsed against a table into an [Expr], which can be rendered as SQL with bound arguments, evaluated on a
// row in memory, printed, and looked into.
//
//	expr, err := filter.Parse(posts, "published=is.true&or=(views.gte.100,author_id.eq.{auth.uid})")
//	bound := filter.Bind(expr, lookup, false)
//
//	b := filter.Builder{Dialect: dialect.PG}
//	err = filter.Render(&b, "posts", bound) // text in b.Buf, arguments in b.Args
//
//	visible, err := filter.Match(bound, row)
//
// # Values
//
// Values stay the text that the client wrote until they are rendered: only then the column's type reads them, so that the error for a
// value that does not fit is PostgreSQL's. No text of a request ever becomes part of a statement.
//
// # Databases
//
// [Render] and [Match] agree with each other on both databases; where SQLite cannot do what PostgreSQL does (full-text operators,
// ranges, the order of arrays) rendering fails with the code PGRST127 rather than giving another answer. Text is ordered by bytes on
// SQLite and by the database's collation on PostgreSQL. Regular expressions are POSIX on PostgreSQL and RE2 on SQLite.
//
// On SQLite a time may have been written by Bun, by this module, or by a default such as current_timestamp: comparisons find all
// three forms. JSON is compared as PostgreSQL compares jsonb, but a whole object or array only with cs and cd.
//
// # Extending
//
// A new operator is an [Op], a line in the table of operators, and a case in each of [Render] and [Match]; the property test that
// compares the two on both databases covers it as soon as its generator knows it.
package filter
