package query

import "github.com/groundwork-go/groundwork/db/schema"

// Registry is what resolving a request needs to know beside the schema.
type Registry interface {
	// Exposed reports whether the table is a resource of the API: only those can be embedded.
	Exposed(t *schema.Table) bool
	// Visible reports whether the caller may learn that the resource exists. It is asked only to word an error, so that hints
	// and the lists of relations do not tell names the caller may not see.
	Visible(t *schema.Table) bool
}
