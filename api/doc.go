// Package api serves Bun models over HTTP in PostgREST's grammar: filters, embedding, counts, upserts and errors that the clients
// of that protocol in ten languages already speak. A resource is registered once, from a struct; everything about it (columns,
// relations, documentation) derives from the struct's tags. The same rules hold for every door: requests, embeds, functions, and
// typed access from Go.
//
//	func run(ctx context.Context) error {
//		database, err := dburl.Open(ctx, "sqlite:todos.db")
//		if err != nil {
//			return err
//		}
//		defer database.Close()
//		if err := db.CreateTables(ctx, database, (*Todo)(nil)); err != nil {
//			return err
//		}
//		rest := api.New(database, api.Config{Authorizer: api.AllowAll})
//		api.Register(rest, api.Resource[Todo]{Name: "todos"})
//		e := api.Server(rest)
//		if err := rest.Mount(e.Group("/rest/v1")); err != nil {
//			return err
//		}
//		return api.Run(ctx, ":8080", e)
//	}
//
// # Safety
//
// The zero [Config] denies every request: an Authorizer must be given, if only [AllowAll]. Requests are read strictly; what does
// not parse is an error and never a wider statement. Values reach the database only as bound arguments. PATCH and DELETE without a
// filter are refused unless a resource allows them.
//
// # Writes
//
// One request is one transaction. BeforeWrite and AfterWrite hooks run inside it, [API.OnChange] listeners after its commit. A
// write that nothing can undo later is a single statement without BEGIN.
//
// # Extending
//
//   - A resource that is no table: implement [Source], and [Creator], [Updater], [Deleter] for writes; or use [SourceFunc].
//   - Behaviour around writes and reads: the hooks of [Resource].
//   - Tables that have no Go type: [Table] and [Tables], with hooks that see a [Row].
//   - A function that clients call: [Func].
//   - Another policy engine: policy.Authorizer in [Config].
//   - Another way to tell who asks: auth.Authenticator in [Config].
//   - Consumers of changes (search, queues, webhooks): [API.OnChange].
package api
