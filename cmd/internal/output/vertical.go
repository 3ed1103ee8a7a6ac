// vertical: one line per value, for rows that are too wide for a table, like psql's \x.

package output

import (
	"bytes"
	"io"
	"strconv"

	"github.com/fanql/fanql/sources/row"
)

// vertical numbers all records. After a line break in a value, the text continues in the
// next line after an empty name.
type vertical struct {
	sink
	null      string // as it is shown
	nullW     int
	thousands bool
	noHeader  bool // an empty line between records instead of a title
	limit     int  // the width of the line between records
	color     bool
	changed   func(row, column int) bool // nil is none
	schema    *row.Schema
	names     [][]byte // the names as they are shown, padded
	width     int      // the width of the names
	records   int
	scratch   []byte
	shown     []byte
}

func newVertical(w io.Writer, null string, o Options) Writer {
	v := &vertical{sink: sink{w: w}, noHeader: o.NoHeader, thousands: o.Thousands, limit: 80, color: o.Color, changed: o.Changed}
	shown, width := appendShown(nil, []byte(null), 0)
	v.null, v.nullW = string(shown), width
	if o.Color {
		v.null = dim(v.null)
	}
	if o.Terminal && o.Width > 0 {
		v.limit = o.Width
	}
	return v
}

// dim shows the text for NULL dimmed.
func dim(s string) string { return "\x1b[2m" + s + "\x1b[0m" }

func (v *vertical) Write(b *row.Batch) error {
	if b.Schema != v.schema {
		v.columns(b.Schema)
	}
	for i := range b.Rows() {
		v.record(b, b.Row(i))
		if err := v.full(); err != nil {
			return err
		}
	}
	return v.err
}

func (v *vertical) Close() error { return v.Flush() }

func (v *vertical) columns(s *row.Schema) {
	v.schema, v.names, v.width = s, make([][]byte, s.Width()), 0
	widths := make([]int, s.Width())
	for i, c := range s.Columns {
		v.names[i], widths[i] = appendShown(nil, []byte(c.Name), 0)
		v.width = max(v.width, min(widths[i], mostPadded))
	}
	for i := range v.names {
		v.names[i] = appendSpaces(v.names[i], v.width-widths[i])
	}
}

// record renders the values first, because the line above them has their width.
func (v *vertical) record(b *row.Batch, cells []row.Cell) {
	v.records++
	v.shown = recycle(v.shown)
	widest := 0
	for i, c := range cells {
		v.shown = append(append(v.shown, v.names[i]...), " |"...)
		changed := v.changed != nil && v.changed(v.records-1, i)
		if c.Kind == row.Null {
			v.shown = append(append(v.shown, ' '), v.null...)
			if changed {
				v.shown = append(v.shown, changedMark)
			}
			v.shown = append(v.shown, '\n')
			widest = max(widest, v.nullW)
			continue
		}
		v.scratch = b.AppendText(recycle(v.scratch), c)
		if v.thousands && c.Kind.Numeric() {
			v.scratch = group(v.scratch, 0)
		}
		for rest := v.scratch; ; {
			line, after, more := bytes.Cut(rest, []byte{'\n'})
			if len(line) > 0 {
				var w int
				v.shown = append(v.shown, ' ')
				start := len(v.shown)
				v.shown, w = appendShown(v.shown, line, 0)
				if changed && v.color {
					v.shown = append(v.shown[:start], reverse(string(v.shown[start:]))...)
				}
				widest = max(widest, w)
			}
			if changed && !more {
				v.shown = append(v.shown, changedMark)
			}
			v.shown = append(v.shown, '\n')
			if !more {
				break
			}
			v.shown = append(appendSpaces(v.shown, v.width), " |"...)
			rest = after
		}
	}
	v.heading(widest)
	v.buf = append(v.buf, v.shown...)
}

func (v *vertical) heading(widest int) {
	if v.noHeader {
		if v.records > 1 {
			v.buf = append(v.buf, '\n')
		}
		return
	}
	start := len(v.buf)
	v.buf = append(v.buf, "-[ RECORD "...)
	v.buf = append(strconv.AppendInt(v.buf, int64(v.records), 10), " ]"...)
	for column := len(v.buf) - start; column < min(v.width+3+widest, v.limit); column++ {
		if column == v.width+1 {
			v.buf = append(v.buf, '+')
		} else {
			v.buf = append(v.buf, '-')
		}
	}
	v.buf = append(v.buf, '\n')
}

func appendSpaces(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}
