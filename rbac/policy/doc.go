// Package policy holds the words that doors and policy engines share: a door asks an [Authorizer] with a [Request] and gets a [Plan],
// which says which rows and columns the caller may touch.
//
//	plan, err := authorizer.Plan(ctx, policy.Request{
//		Who: auth.FromContext(ctx), Tenant: "main", Resource: "posts", Action: policy.Select, Columns: []string{"title"},
//	})
//
// The door obeys: it adds Where to the conditions of every read and write, checks Check on every new row, shows only Readable columns
// and masks those in Mask, and forces Preset. An error denies.
//
// # Extending
//
// Another engine implements [Authorizer], or is a function in [AuthorizerFunc]; conditions are written with package filter. It learns
// which resources there are by also implementing [Describer].
package policy
