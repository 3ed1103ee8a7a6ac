// table: aligned columns, for people.

package output

import (
	"io"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// A block of a table is written when it has one of these numbers of rows or bytes, or on
// Flush.
const (
	blockRows  = 1000
	blockBytes = 1 << 20
)

// table gathers rows into blocks and measures the columns of each. There is one
// header: a later block takes over the widths before it, and where it needs more
// the columns widen from there on; only a block of some size has its header
// again then. Line breaks and control characters are shown as escapes.
type table struct {
	sink
	o       Options
	null    []byte // as it is shown
	nullW   int
	schema  *row.Schema
	headed  bool // the header of these columns is out
	tables  int  // begun, one for each set of columns
	named   bool // column names were written: an empty line parts the next
	layout  layout
	cells   []shown // the block, row after row
	text    []byte  // of the cells
	scratch []byte
	rows    int
}

// shown is a cell as the screen will have it.
type shown struct {
	start, end int // in table.text
	width      int
	null       bool
	number     bool
	moment     bool // a date, a time or both
}

func newTable(w io.Writer, null string, o Options) Writer {
	t := &table{sink: sink{w: w}, o: o}
	if !o.Terminal {
		t.o.Width = 0
	} else if o.Width > 0 {
		t.o.Width = max(o.Width, leasts[0].text) // no more of a text than this is read
	}
	t.null, t.nullW = appendShown(nil, []byte(null), 0)
	return t
}

func (t *table) Write(b *row.Batch) error {
	if t.err != nil {
		return t.err
	}
	if b.Schema != t.schema {
		if !sameNames(t.schema, b.Schema) {
			t.block()
			t.headed = false
		}
		t.schema = b.Schema
	}
	for i := range b.Rows() {
		for _, c := range b.Row(i) {
			t.cell(b, c)
		}
		t.rows++
		if t.rows >= blockRows || len(t.text) >= blockBytes {
			t.block()
			if err := t.full(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *table) cell(b *row.Batch, c row.Cell) {
	s := shown{start: len(t.text), number: c.Kind.Numeric(), null: c.Kind == row.Null, moment: c.Kind >= row.Date && c.Kind <= row.TimestampTZ}
	switch {
	case s.null:
		t.text, s.width = append(t.text, t.null...), t.nullW
	case c.Flags&row.InArena == 0:
		t.text = row.AppendValue(t.text, c)
		s.width = len(t.text) - s.start
	case c.Kind == row.Bytes:
		t.scratch = b.AppendText(recycle(t.scratch), c)
		t.text, s.width = appendShown(t.text, t.scratch, t.o.Width)
	default:
		t.text, s.width = appendShown(t.text, b.Bytes(c), t.o.Width)
		s.moment = s.moment || t.o.Width > 0 && dated(b.Bytes(c))
	}
	s.end = len(t.text)
	t.cells = append(t.cells, s)
}

// dated reports whether a text is a date and perhaps a time, as SQLite has them.
func dated(v []byte) bool {
	if len(v) < len("2006-01-02") || len(v) > len("2006-01-02 15:04:05.000000+00:00") {
		return false
	}
	for i, ch := range v {
		if digit := '0' <= ch && ch <= '9'; i == 4 || i == 7 {
			if ch != '-' {
				return false
			}
		} else if i < 10 && !digit || !digit && !strings.ContainsRune(" T:.+-Z", rune(ch)) {
			return false
		}
	}
	return true
}

func (t *table) Flush() error {
	t.block()
	return t.sink.Flush()
}

func (t *table) Close() error {
	if t.schema != nil && t.rows == 0 && !t.headed {
		t.header()
	}
	return t.Flush()
}

// block writes the rows gathered, with the header where it is due.
func (t *table) block() {
	if t.rows == 0 {
		return
	}
	if !t.headed {
		t.header()
	} else if t.layout.grow(t.cells, t.rows) {
		t.names()
	}
	width := t.schema.Width()
	for i := range t.rows {
		t.line(t.text, t.cells[i*width:(i+1)*width])
	}
	t.cells, t.text, t.rows = t.cells[:0], recycle(t.text), 0
}

// header begins a table: it measures the columns and writes their names.
func (t *table) header() {
	if t.tables++; t.tables > 1 && t.o.NoHeader {
		t.buf = append(t.buf, '\n')
	}
	t.layout = newLayout(t.schema, t.cells, t.o)
	t.headed = true
	t.names()
}

func (t *table) names() {
	if t.o.NoHeader {
		return
	}
	if t.named {
		t.buf = append(t.buf, '\n')
	}
	t.named = true
	if len(t.layout.names) == 0 {
		t.buf = append(t.buf, "--\n"...)
		return
	}
	t.line(t.layout.text, t.layout.names)
	for i, w := range t.layout.widths {
		if i > 0 {
			t.buf = append(t.buf, '+')
		}
		for range w + 2 {
			t.buf = append(t.buf, '-')
		}
	}
	t.buf = append(t.buf, '\n')
}

// line writes one row. A cell wider than its column widens the line; where the
// terminal has no room for that, or the column is as wide as it may be, it is
// cut. Spaces are held back until something follows: no line ends in them.
func (t *table) line(text []byte, cells []shown) {
	cutting := t.o.Width > 0 && t.layout.wide(cells) > t.o.Width
	spaces := 0
	for i, c := range cells {
		value, width := text[c.start:c.end], c.width
		cutOff := cutting && width > t.layout.widths[i]
		if cutOff {
			value, width = cut(value, t.layout.widths[i]-1)
			width++
		}
		if i > 0 {
			t.buf = append(appendSpaces(t.buf, spaces+1), '|')
			spaces = 0
		}
		spaces++
		pad := max(0, t.layout.widths[i]-width)
		right := c.number || c.null && t.layout.numbers[i]
		if right {
			spaces += pad
		}
		if width > 0 {
			t.buf = appendSpaces(t.buf, spaces)
			t.value(value, cutOff, c.null)
			spaces = 0
		}
		if !right {
			spaces += pad
		}
	}
	t.buf = append(t.buf, '\n')
}

func (t *table) value(text []byte, cutOff, null bool) {
	mark := ""
	if cutOff {
		mark = "…"
	}
	if null && t.o.Color {
		t.buf = append(t.buf, dim(string(text)+mark)...)
		return
	}
	t.buf = append(append(t.buf, text...), mark...)
}
