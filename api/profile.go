package api

import (
	"net/http"

	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// publicSchema is the one schema there is, as clients of the Supabase family name it in every request.
const publicSchema = "public"

// checkProfile refuses a request for another schema than the public one.
func (a *API) checkProfile(r *http.Request) error {
	header := "Content-Profile"
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		header = "Accept-Profile"
	}
	name := r.Header.Get(header)
	switch {
	case name == "" || name == publicSchema:
		return nil
	case a.lane.Dialect() == dialect.SQLite:
		return fault.NeedsPostgreSQL("the schema "+name+" in "+header, "leave the header out, or send "+publicSchema)
	}
	return fault.Schema(name, []string{publicSchema})
}
