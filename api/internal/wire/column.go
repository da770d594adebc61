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
	// Scale is the s of numeric(p,s): a number that SQLite stored in binary gets that many decimals. 0 leaves it as it is.
	Scale int
}

// NewColumn returns the output column for a table's column under the given key.
func NewColumn(name string, c *schema.Column) Column {
	return Column{Name: name, Key: Key(name), Kind: c.Kind, Elem: c.Elem, Scale: c.Scale}
}

// Key returns a name as the key of a JSON object with its colon: `"title":`.
func Key(name string) []byte {
	return append(AppendString(make([]byte, 0, len(name)+3), []byte(name)), ':')
}
