package openapi

import (
	"fmt"

	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// MediaType is the media type of the document.
const MediaType = "application/openapi+json; charset=utf-8"

// Document is what an API document tells one reader. List only what that reader may know of.
type Document struct {
	// Title and Version head the document; default "API" and "1". Description may be Markdown; "" = none.
	Title, Version, Description string
	// License is the SPDX identifier of the API's licence, such as "MIT"; "" = none is named.
	License string
	// Servers are the URLs that paths are appended to, absolute or from the host's root; nil: "/".
	Servers []string
	// Resources and Functions are listed in this order.
	Resources []Resource
	Functions []Function
	// Anonymous says that requests need no credentials; the two kinds of credentials are described in any case.
	Anonymous bool
}

// Resource is one collection.
type Resource struct {
	// Name is the name in URLs.
	Name string
	// Table describes the columns; its relations to other listed resources are described too.
	Table *schema.Table
	// Actions are what the reader may do: policy.Select, Insert, Update, Delete. PUT needs Insert and Update.
	Actions []policy.Action
	// Description is for people; "" = the table's comment.
	Description string
	// ItemRoute adds the routes of a single row. It takes a table with a primary key.
	ItemRoute bool
	// Readable are the columns the reader sees; Insertable and Updatable the ones new and changed rows may give.
	Readable, Insertable, Updatable policy.ColumnSet
	// Masked are readable columns whose value is null in rows where the reader may not see it.
	Masked policy.ColumnSet
	// Given are columns that the server fills in new rows: an insert may leave them out.
	Given policy.ColumnSet
	// Unfiltered permits PATCH and DELETE without a filter.
	Unfiltered bool
}

// Result is the form of a function's answer.
type Result uint8

// The forms of answers.
const (
	// Void functions answer 204 without a body.
	Void Result = iota
	// Value functions answer one JSON value.
	Value
	// Object functions answer one object, with the columns of Function.Rows.
	Object
	// Rows functions answer a list of objects, which can be filtered, sorted and paged as a collection can.
	Rows
)

// Function is one function under /rpc/.
type Function struct {
	Name, Description string
	// ReadOnly functions answer GET too.
	ReadOnly bool
	// Args describes the arguments; nil: there are none. Required are the names a call must give.
	Args     *schema.Table
	Required []string
	// Result is the form of the answer, Rows the columns of an Object or Rows result.
	Result Result
	Rows   *schema.Table
}

// JSON returns the document. The only errors are resources without a table and names that are used twice.
func (d Document) JSON() ([]byte, error) {
	w := writer{doc: d, tables: make(map[*schema.Table]string, len(d.Resources)), parameters: make(map[string]object)}
	names := make(map[string]bool)
	for i := range d.Resources {
		r := &d.Resources[i]
		if r.Table == nil {
			return nil, fmt.Errorf("openapi: resource %q has no table", r.Name)
		}
		if names[r.Name] {
			return nil, fmt.Errorf("openapi: resource %q is listed twice", r.Name)
		}
		names[r.Name] = true
		w.tables[r.Table] = r.Name
	}
	names = make(map[string]bool)
	for i := range d.Functions {
		if f := &d.Functions[i]; names[f.Name] {
			return nil, fmt.Errorf("openapi: function %q is listed twice", f.Name)
		} else if f.Rows == nil && (f.Result == Object || f.Result == Rows) {
			return nil, fmt.Errorf("openapi: function %q answers rows and has no columns for them", f.Name)
		}
		names[d.Functions[i].Name] = true
	}
	return w.document().MarshalJSON()
}
