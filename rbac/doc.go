// Package rbac decides who may touch which rows and columns. Its [Engine] is a policy.Authorizer: rules written in one line each become
// conditions in SQL, lists of columns, forced values, and checks of new rows, at every door of an API.
//
//	rules, err := rbac.New(ctx, database, rbac.Config{Rules: []rbac.Rule{
//		{Sub: rbac.Anon, Obj: "posts", Act: "select", Cond: "published=is.true"},
//		{Sub: rbac.Role("author"), Obj: "posts", Act: "insert", Fields: "title,body", Preset: "author_id={auth.uid}"},
//		{Sub: rbac.Role("author"), Obj: "posts", Act: "select", Cond: "author_id=eq.{auth.uid}"},
//		{Sub: rbac.Role("author"), Obj: "posts", Act: "update", Cond: "author_id=eq.{auth.uid}", Fields: "title,body"},
//	}, Grants: []rbac.Grant{rbac.Inherits("editor", "author")}})
//	if err != nil {
//		return err
//	}
//	defer rules.Close()
//	rest := api.New(database, api.Config{Authorizer: rules})
//
// # Rules
//
// Nothing is allowed until a [Rule] allows it, a rule that denies wins over every rule that allows, and the order of rules never
// matters. What cannot be decided is not granted. Callers with the service key are not asked.
//
// Rules in [Config] are part of the program: they are never stored, and nothing at run time removes them. Rules added with
// [Engine.AddRule] are rows of the table gw_rules. Both count alike.
//
// # Roles
//
// A caller has the rules of his own subject and of every role he reaches over grants, in the tenant of the request. [Engine.Grant]
// gives a role to a user or to another role, in one tenant or in all, for ever or until a moment. The grants of users stay in the
// database and are read when they are needed.
//
// # Change
//
// A change is in force when the call that makes it returns. Other programs on the same database learn of it by a notification on
// PostgreSQL, and by reading a version number every second on both databases.
//
// # Casbin
//
// The model is Casbin's, and [Engine.Casbin] hands out an enforcer that holds the same policy. It is the definition of the coarse
// decision, not the way it is made: the engine looks rules up in an index, and tests hold the two against each other.
//
// # Extending
//
// An engine of your own is a policy.Authorizer. Objects that are no resources of an API, such as buckets, are declared in
// [Config.Resources] and asked for with [Engine.Check] or [Engine.Plan].
package rbac
