package wire

// Rows is a decoded request body: one or more rows of column values.
type Rows struct {
	// Columns are positions in the table's Columns: the keys of the objects in order of first appearance, or columns= in its order.
	Columns []int
	// Cells holds len(Columns) cells per row, row after row.
	Cells []Cell
	// Len is the number of rows; Array is true when the body was an array (or CSV).
	Len   int
	Array bool
}

// Row returns the cells of row i, parallel to Columns.
func (r *Rows) Row(i int) []Cell {
	n := len(r.Columns)
	return r.Cells[i*n : (i+1)*n : (i+1)*n]
}

// CellState says whether a row gave a column.
type CellState uint8

// The states of a cell.
const (
	Missing CellState = iota // the row has no such key: NULL, or the default with missing=default
	Null                     // JSON null
	Set                      // Text holds the value
)

// Cell is one value of a body in text form: what PostgreSQL's input function of the column's type reads. Numbers keep every digit,
// JSON columns hold the JSON text, arrays an array literal ({a,b}), bytes \x hex.
type Cell struct {
	State CellState
	Text  string
}
