// Rows that their sources encode before they are merged, on all cores.

package merge

import (
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/sources/row"
)

// A Render appends what a result's row is in the end. The batch holds that row
// alone, and is the caller's. It is called for rows of different sources at the
// same time.
type Render func(dst []byte, b *row.Batch) []byte

// What the merge makes of a source's batch, and what it emits.
var (
	keyedSchema   = &row.Schema{Form: row.Encoded, Columns: []row.Column{{Type: row.Bytes}, {Type: row.Bytes}}} // with the keys behind
	encodedSchema = &row.Schema{Form: row.Encoded, Columns: []row.Column{{Type: row.Bytes}}}
	refusedSchema = &row.Schema{Form: row.Refused, Columns: []row.Column{{Type: row.Text}}}
)

const (
	keyColumn = 1
	cellText  = 12 // the bytes that a cell may become, beside those it has
)

// encode takes over a batch of a source and gives its rows rendered, with their keys, or
// why they cannot be compared. What is no batch of values any more stays as it is.
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
