// Rows that their sources encode before they are merged, on all cores.

package merge

import (
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/sources/row"
)

// A Render appends the output form of a row of the result. The batch holds only that row,
// and belongs to the caller. Render is called concurrently for rows of different sources.
type Render func(dst []byte, b *row.Batch) []byte

// The schemas of a source's batch in the merge, and of the emitted batches.
var (
	keyedSchema   = &row.Schema{Form: row.Encoded, Columns: []row.Column{{Type: row.Bytes}, {Type: row.Bytes}}} // the rendered row, and its key
	encodedSchema = &row.Schema{Form: row.Encoded, Columns: []row.Column{{Type: row.Bytes}}}
	refusedSchema = &row.Schema{Form: row.Refused, Columns: []row.Column{{Type: row.Text}}}
)

const (
	keyColumn = 1
	cellText  = 12 // the largest number of bytes that a cell's text adds to its own
)

// encode takes over a batch of a source. It returns a batch of the rendered rows with their
// keys, or a batch of the form [row.Refused] that says why the rows cannot be compared. A
// batch that has one of these forms already is returned as it is.
func encode(b *row.Batch, p *columns.Projection, render Render, key sorted.KeyFunc) *row.Batch {
	if b.Schema.Form != row.Values {
		return b
	}
	b = p.Apply(b)
	if p.Fault() != nil {
		b.Release()
		fault := row.NewBatch(refusedSchema)
		fault.TextString(p.Fault().Error())
		fault.EndRow()
		return fault
	}
	out := row.NewBatch(keyedSchema)
	out.Reserve(b.Rows()*keyedSchema.Width(), len(b.Arena)+len(b.Cells)*cellText)
	var one row.Batch
	for i := range b.Rows() {
		b.Single(i, &one)
		out.Build(row.Bytes, func(dst []byte) []byte { return render(dst, &one) })
		out.Build(row.Bytes, func(dst []byte) []byte { return key(dst, b, i) })
		out.EndRow()
	}
	b.Release()
	return out
}
