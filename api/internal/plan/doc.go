// Package plan turns a resolved query and the policy plans on it into one SQL statement with placeholders.
//
// A read is one statement whatever it embeds and counts. Its plain columns are the database's own values; embedded resources are
// finished JSON text, made by sub-selects that carry the filters, the order, the limits and the policy of the embedded resource:
//
//	compiler := plan.New(plan.Config{Dialect: lane.Dialect(), MaxRows: 1000})
//	statement, args, err := compiler.Read(q, plan.ReadOptions{})
//	_, err = lane.Query(ctx, statement.Statement, args, row)
//
// The text is rendered for every request, and every value goes into the arguments: keys, limits, JSON paths and names that the
// request chose. What is left depends on the schema and on the form of the request alone, so that few distinct texts reach the
// database, and each is prepared once. The text is also the key under which a finished [Statement] is found again; nothing can get
// out of step with it.
//
// A write is run rather than compiled, because it may need several statements:
//
//	outcome, err := compiler.Write(ctx, lane, &plan.Write{Kind: plan.Insert, Query: q, Rows: rows, Insert: allowed})
//
// Where one statement is enough it undoes itself when the check of a plan fails, and needs no transaction: [Compiler.NeedsTx].
//
// # Extending
//
// A new kind of column needs its JSON form in json_sqlite.go and its casts in cast.go; PostgreSQL knows its types itself. A new
// item of the select list is a case in renderer.value.
package plan
