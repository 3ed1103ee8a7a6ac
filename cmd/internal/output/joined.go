// Rows that were encoded before their place in the result was known.

package output

import (
	"io"

	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// Joined returns a writer of rows that the format's encoder has already encoded, each as
// the first of a run. Its batches have the form [row.Encoded], with one column and nothing
// else in their arenas. Columns is called at the first batch and returns the columns of the
// header, or nil if there are none. Joined must not be used for formats without an encoder,
// or for terminals.
func (f Format) Joined(w io.Writer, o Options, columns func() *row.Schema) Writer {
	if o.Compression != compression.None {
		z := compression.NewWriter(w, o.Compression, engine.Zstd)
		o.Compression = compression.None
		return packed{f.Joined(z, o, columns), z}
	}
	return &stream{sink: sink{w: w}, format: f, form: row.Encoded, enc: joined{f.encoder(f.nullText(o), o), columns}}
}

// joined is an Encoder for rows that are already encoded.
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
