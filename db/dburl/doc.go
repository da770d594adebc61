// Package dburl opens SQLite or PostgreSQL, whichever a URL names. A program that needs only one of them imports that driver alone
// and stays smaller.
//
//	database, err := dburl.Open(ctx, "sqlite:blog.db")
//
// # Extending
//
// A third database is a [db.Driver] of its own, opened with [db.Open].
package dburl
