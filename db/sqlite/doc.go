// Package sqlite opens SQLite databases for package db, with no C compiler and nothing to install.
//
//	database, err := db.Open(ctx, sqlite.File("blog.db"))
//
// The result is a plain *bun.DB. Everything it does, through Bun, database/sql or generated statements, is safe for concurrent use
// and never fails because another part of the program is writing.
//
// # Reading and writing
//
// One connection writes, a few others read ([Config.Readers]). A statement outside of a transaction that only reads goes to a
// reader, wherever it comes from; every other statement, and every transaction that is not read-only, takes its turn on the writer,
// in the order of arrival. Readers do not wait for the writer, and see everything that was acknowledged before.
//
// A transaction should be short: it has the writer for itself until it ends. Work that waits for something else belongs before or
// after it. When others wait it is cut off after [Config.TransactionFor].
//
// # Durability
//
// With [Full], the default, each answer to a write comes after the data is on the disk. The cost of that is shared: transactions
// that wait for each other are committed together, each of them still undone by itself when it fails. When the shared commit
// fails, as on a full disk, all of them get the error, and the next ones work again when there is space.
//
// A transaction that leaves a deferred foreign key unresolved fails alone, with 23503. RAISE(ROLLBACK) in a trigger fails all that
// would have been committed together.
//
// # Errors
//
// Every error is a [github.com/groundwork-go/groundwork/db.Error] with the SQLSTATE that PostgreSQL gives for the same mistake.
//
// # SQL functions
//
// Every connection has, next to SQLite's own:
//
//   - gw_like(pattern, text), gw_ilike(pattern, text): LIKE as in PostgreSQL, with case and, for gw_ilike, without in every script;
//     a backslash escapes.
//   - gw_match(pattern, text), gw_imatch(pattern, text), and the operator REGEXP: regular expressions in Go's syntax, of at most
//     256 bytes.
//   - gw_json_contains(a, b): PostgreSQL's a @> b for JSON texts.
//   - gw_json_overlaps(a, b): whether two JSON arrays have an element in common.
//
// They give NULL when an argument is NULL.
//
// # Extending
//
// Another database is another [github.com/groundwork-go/groundwork/db.Driver].
package sqlite
