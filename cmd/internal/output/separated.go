// Fields with a separator between them, one row per line: the common part of csv and tsv.

package output

import "github.com/fanql/fanql/sources/row"

// A fieldEncoder leaves it to its format how text is written, and how a field that looks
// like NULL is distinguished from NULL.
type fieldEncoder struct {
	separator byte
	end       string // the end of a line
	bom       bool   // the result begins with a byte order mark
	null      string
	noHeader  bool
	text      func(dst, v []byte) []byte
	bytes     string // the prefix of bytes in their canonical text
	// cell, if set, writes all cells that are not NULL.
	cell func(dst []byte, b *row.Batch, c row.Cell) []byte
	// distinguish rewrites the field that begins at start, so that it does not look like
	// NULL.
	distinguish func(dst []byte, start int) []byte
}

func (e *fieldEncoder) Header(dst []byte, s *row.Schema) []byte {
	if e.bom {
		dst = append(dst, "\ufeff"...)
	}
	if s == nil || e.noHeader {
		return dst
	}
	for i, c := range s.Columns {
		if i > 0 {
			dst = append(dst, e.separator)
		}
		dst = e.text(dst, []byte(c.Name))
	}
	return append(dst, e.end...)
}

func (e *fieldEncoder) Rows(dst []byte, b *row.Batch, _ bool) []byte {
	for i := range b.Rows() {
		cells := b.Row(i)
		for j := range cells {
			if j > 0 {
				dst = append(dst, e.separator)
			}
			c := &cells[j] // a copy would take as long as a short number
			start := len(dst)
			switch {
			case c.Kind == row.Null:
				dst = append(dst, e.null...)
				continue
			case e.cell != nil:
				dst = e.cell(dst, b, *c)
				continue
			case c.Flags&row.InArena == 0:
				dst = row.AppendValue(dst, *c)
			case c.Kind == row.Bytes:
				dst = b.AppendText(append(dst, e.bytes...), *c)
			default:
				dst = e.text(dst, b.Bytes(*c))
			}
			if len(dst) > start && string(dst[start:]) == e.null {
				dst = e.distinguish(dst, start)
			}
		}
		dst = append(dst, e.end...)
	}
	return dst
}

func (e *fieldEncoder) Separator() string                { return "" }
func (e *fieldEncoder) Footer(dst []byte, _ bool) []byte { return dst }
