// Package db opens databases and holds what programs say about them whichever database it is: transactions, work after the
// commit, migrations, notifications, and errors with one set of codes. It hands out a plain *bun.DB.
//
//	database, err := db.Open(ctx, sqlite.File("blog.db"))
//	if err != nil {
//		return err
//	}
//	defer database.Close()
//	if err := db.CreateTables(ctx, database, (*Post)(nil)); err != nil {
//		return err
//	}
//	err = db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
//		…
//	})
//
// # Transactions
//
// [InTx] runs a function in a transaction that travels in the context: [From] finds it again, so that a function which queries
// through From(ctx, database) works the same inside and outside of one, and nested calls are savepoints. What must follow a
// commit, such as forgetting cached answers, is given to [AfterCommit].
//
// # Errors
//
// Errors of both databases are [*Error] with the SQLSTATE that PostgreSQL gives for the mistake. Test them by class:
//
//	if errors.Is(err, db.ErrConflict) { … }
//
// [Classify] does that for errors of other origins too, such as sql.ErrNoRows.
//
// # Schemas
//
// [Migrate] applies numbered SQL files and Go functions once each, whatever number of programs start together; [Pending] tells a
// readiness check what is missing. [CreateTables] is for programs that have nothing to migrate yet.
//
// # The fast lane
//
// Generated statements do not pass through Bun, which writes values into the text of a statement. They have fixed texts with
// placeholders and go through the [Lane] beneath the *bun.DB, over the same connections and in the same transactions.
//
// # Extending
//
// Another database is a [Driver]: it returns a *bun.DB whose driver.Driver implements [Lane]. [ConnFrom] gives it the connection of
// a transaction, [IsUrgent] and [IsMaintenance] tell it how the work was marked, and it may be a [Listener] too.
package db
