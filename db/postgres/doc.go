// Package postgres opens PostgreSQL databases.
//
//	database, err := db.Open(ctx, postgres.URL("postgres://app:secret@db.example.com/app"))
//
// One pool of connections serves both Bun and generated statements. Bun's statements are sent unnamed; generated ones are
// prepared once per connection. Sessions run in UTC with limits on how long a statement and a wait for a lock may take.
//
// The pool never lets work wait for ever: a wait longer than [Config.WaitTimeout] fails with [db.PoolTimeout], a queue longer
// than [Config.QueueLimit] refuses at once, and [Config.Reserved] connections are kept for work marked by [db.Urgent]. While the
// server cannot be reached, new connections are tried with growing pauses, and everything that needs one fails at once. Every
// error, on either lane, is a [*db.Error] with the server's SQLSTATE.
//
// Several hosts and target_session_attrs in the URL work as in libpq.
//
// # Extending
//
// [Config] is a [db.Driver]. [Pool] gives the pgx pool itself, for COPY, large objects, and types of extensions.
package postgres
