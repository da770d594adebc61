// Package rbactest runs tables of cases against a policy, in memory: who may do what with which row.
//
//	engine := rbactest.Engine(t, rbac.Config{Rules: rules}, (*Post)(nil), (*Comment)(nil))
//	rbactest.Run(t, engine, []rbactest.Case{
//		{As: rbactest.User(ann), Do: "select", On: "posts", Row: rbactest.Row{"owner_id": ann}, Want: true},
//		{Do: "select", On: "posts", Row: rbactest.Row{"published": false}, Want: false},
//	})
//
// Rows are what the database would hold: defaults are not filled in, and a column that is left out is NULL. Conditions on related rows
// need a database, and a case that meets one fails.
package rbactest
