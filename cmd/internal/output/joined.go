// Rows that were encoded before they had their place in the result.

package output

import (
	"io"

	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// Joined gives a writer of rows which the format's encoder has encoded, each as the
// first of a run: its batches are of the form [row.Encoded], of one column, with nothing
// else in their arenas. Columns gives those of the header when the first batch is
// there, or nil where there is none. Not for formats without an encoder, and not for
// terminals.
func (f Format) Joined(w io.Writer, o Options, columns func() *row.Schema) Writer {
	if o.Compression != compression.None {
		z := compression.NewWriter(w, o.Compression, engine.Zstd)
		o.Compression = compression.None
		return packed{f.Joined(z, o, columns), z}
	}
	return &stream{sink: sink{w: w}, format: f, form: row.Encoded, enc: joined{f.encoder(f.nullText(o), o), columns}}
}

// joined encodes rows that are encoded.
type joined struct {
	Encoder
	columns func() *row.Schema
}

func (j joined) Header(dst []byte, _ *row.Schema) []byte { return j.Encoder.Header(dst, j.columns()) }

func (j joined) Rows(dst []byte, b *row.Batch, first bool) []byte {
	separator := j.Separator()
	if separator == "" {
		return append(dst, b.Arena...)
	}
	for i := range b.Rows() {
		if !first {
			dst = append(dst, separator...)
		}
		first = false
		dst = append(dst, b.Bytes(b.Row(i)[0])...)
	}
	return dst
}
