// Package openapi describes a generated API as an OpenAPI 3.1 document, and serves a page to read and try it.
//
// A [Document] is neutral data: what the resources and functions are, and what the reader of the document may do with them.
// [Document.JSON] turns it into the document; the same Document always gives the same bytes.
//
//	document := openapi.Document{
//		Title: "Blog", Version: "1", Servers: []string{"/rest/v1"},
//		Resources: []openapi.Resource{{Name: "posts", Table: posts, Actions: actions, Readable: policy.AllColumns()}},
//	}
//	text, err := document.JSON()
//
// [Docs] is a handler for the page. It has no parts from elsewhere and works under a strict content security policy.
//
// # Extending
//
// The document is plain JSON: a program that wants to say more decodes what [Document.JSON] gives, adds to it, and serves the
// result.
package openapi
