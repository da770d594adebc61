// Package dbtest gives each test a fresh, empty database of its own, SQLite or PostgreSQL, and runs the same test over both.
//
//	func TestPosts(t *testing.T) {
//		dbtest.Each(t, func(t *testing.T, database *bun.DB) {
//			…
//		})
//	}
//
// SQLite needs nothing. PostgreSQL comes from the server that GROUNDWORK_TEST_POSTGRES names (the URL of a role that may create
// databases), or else from a server that the test process starts for itself, with the binaries found in PATH or in
// /usr/lib/postgresql, and that ends with the process however that ends. Without either, PostgreSQL tests are skipped; with
// GROUNDWORK_TEST_REQUIRE=all they fail instead.
//
// [Server] starts a PostgreSQL server that a test may stop, kill and start again.
package dbtest
