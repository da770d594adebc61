// Package wire turns database values into JSON and CSV bytes by column kind, without structs, and request bodies into typed values.
package wire

import "github.com/groundwork-go/groundwork/db/schema"

// Column is one output column: its key, encoded once, and how its values are written.
type Column struct {
	// Name is the output key as text (CSV header), Key the same as JSON with a colon: `"title":`.
	Name string
	Key  []byte
	// Kind and Elem choose the encoder. Embedded marks a value that is finished JSON text from the database (an embed).
	Kind, Elem schema.Kind
	Embedded   bool
}
