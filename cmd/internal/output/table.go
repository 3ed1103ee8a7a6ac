// table: aligned columns, for people.

package output

import (
	"io"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/fanql/fanql/sources/row"
)

// A block of a table is written when it has one of these numbers of rows or bytes, or on
// Flush.
const (
	blockRows  = 1000
	blockBytes = 1 << 20
)

// table collects rows into blocks and measures the columns of each block. There is one
// header: a later block keeps the widths of the previous one. If it needs more, the columns
// are wider from there on, and the header is repeated if the block is large enough. Line
// breaks and control characters are shown as escapes.
type table struct {
	sink
	o       Options
	style   TableStyle
	markup  bool    // Markdown: values are escaped for it
	totals  *totals // nil is none
	open    bool    // a frame is open and must be closed
	null    []byte  // NULL as the table shows it
	nullW   int
	schema  *row.Schema
	headed  bool // the header of these columns has been written
	tables  int  // how many tables have begun: one for each set of columns
	named   bool // column names were written, so an empty line precedes the next table
	layout  layout
	cells   []shown // the cells of the block, row by row
	text    []byte  // the text of the cells
	scratch []byte
	rows    int
	before  int  // the number of rows in earlier blocks
	heading bool // the names of columns are being written
}

// shown is a cell as the table shows it.
type shown struct {
	start, end int // the position in table.text
	width      int
	null       bool
	number     bool
	moment     bool // a date, a time or both
	changed    bool // the cell is marked as changed
}

func newTable(w io.Writer, null string, o Options) Writer {
	t := &table{sink: sink{w: w}, o: o, style: o.tableStyle()}
	if !o.Terminal {
		t.o.Width = 0
	} else if o.Width > 0 {
		t.o.Width = max(o.Width, leasts[0].text) // a text is read up to this width
		if o.Changed != nil && !t.style.closed && t.style.middle.right == "" {
			t.o.Width-- // for the mark after the last column
		}
	}
	if o.Total {
		t.totals = &totals{}
	}
	t.null, t.nullW = appendShown(nil, []byte(null), 0)
	return t
}

// newMarkdown returns a writer of tables for Markdown as GitHub renders it. The cells are
// padded, so that the table can also be read as text, and never cut.
func newMarkdown(w io.Writer, null string, o Options) Writer {
	o.Width = 0
	t := newTable(w, null, o).(*table)
	t.style, t.markup = markdownStyle, true
	return t
}

func (t *table) Write(b *row.Batch) error {
	if t.err != nil {
		return t.err
	}
	if b.Schema != t.schema {
		if !sameNames(t.schema, b.Schema) {
			t.block()
			t.end()
			t.headed = false
		}
		t.schema = b.Schema
	}
	for i := range b.Rows() {
		for column, c := range b.Row(i) {
			t.cell(b, column, c)
			if t.totals != nil {
				t.totals.add(b, column, c)
			}
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

func (t *table) cell(b *row.Batch, column int, c row.Cell) {
	s := shown{start: len(t.text), number: c.Kind.Numeric(), null: c.Kind == row.Null, moment: c.Kind >= row.Date && c.Kind <= row.TimestampTZ}
	s.changed = t.o.Changed != nil && t.o.Changed(t.before+t.rows, column)
	switch {
	case s.null:
		t.text, s.width = append(t.text, t.null...), t.nullW
	case c.Flags&row.InArena == 0:
		t.text = row.AppendValue(t.text, c)
		if s.number && t.o.Thousands {
			t.text = group(t.text, s.start)
		}
		s.width = len(t.text) - s.start
	case c.Kind == row.Bytes:
		t.scratch = recycle(t.scratch)
		if t.markup {
			t.scratch = append(t.scratch, '\\') // escapes the backslash of \x, which is markup
		}
		t.scratch = b.AppendText(t.scratch, c)
		t.shows(&s, t.scratch, t.o.Width)
	default:
		text := b.Bytes(c)
		s.moment = s.moment || t.o.Width > 0 && dated(text)
		if t.markup {
			t.scratch = appendMarkdown(recycle(t.scratch), text)
			text = t.scratch
		}
		if s.number && t.o.Thousands {
			t.scratch = group(append(recycle(t.scratch), text...), 0)
			text = t.scratch
		}
		limit := t.o.Width
		if _, source := t.o.Reserve[t.schema.Columns[column].Name]; source || s.number {
			limit = 0 // the cell is not cut, even if it is longer than the screen
		}
		t.shows(&s, text, limit)
	}
	if s.changed && !strings.HasPrefix(t.style.between, " ") { // there is no space that the mark could replace
		t.text = append(t.text, changedMark)
		s.width, s.changed = s.width+1, false
	}
	s.end = len(t.text)
	t.cells = append(t.cells, s)
}

// shows appends a text as the table shows it. It may stop beyond the limit, a width; 0 is
// no limit. Markdown in a file keeps all characters.
func (t *table) shows(s *shown, text []byte, limit int) {
	if t.markup && !t.o.Terminal {
		t.text, s.width = append(t.text, text...), uniseg.StringWidth(string(text))
		return
	}
	t.text, s.width = appendShown(t.text, text, limit)
}

// dated reports whether a text is a date, or a date and a time, in SQLite's forms.
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
	t.block()
	if t.totals != nil && t.headed {
		t.total()
	}
	t.end()
	return t.Flush()
}

// end closes the frame of the written rows.
func (t *table) end() {
	if t.open {
		t.rule(t.style.bottom)
	}
	t.open = false
}

// block writes the collected rows, with the header if it is due.
func (t *table) block() {
	if t.rows == 0 {
		return
	}
	if !t.headed {
		t.header()
	} else if t.layout.grow(t.cells, t.rows) && !t.markup { // a second header would be a second table
		t.end()
		t.names()
	}
	width := t.schema.Width()
	for i := range t.rows {
		t.line(t.text, t.cells[i*width:(i+1)*width])
	}
	t.before += t.rows
	t.cells, t.text, t.rows = t.cells[:0], recycle(t.text), 0
}

// rule writes a rule across all columns.
func (t *table) rule(r rule) {
	line := r.line(t.layout.widths)
	if line == "" {
		return
	}
	if t.markup { // a colon aligns to the right
		place := len(r.left)
		mark := []byte(line)
		for i, w := range t.layout.widths {
			if place += w; t.layout.numbers[i] {
				mark[place-1] = ':'
			}
			place += len(r.between)
		}
		line = string(mark)
	}
	t.buf = append(append(t.buf, line...), '\n')
}

// line writes one row. A cell that is wider than its column makes the line longer. If the
// terminal has no room for that, or the column has its greatest width, a text is cut.
// Spaces are written only when something follows them, so no line ends with spaces.
func (t *table) line(text []byte, cells []shown) {
	cutting := t.o.Width > 0 && t.layout.wide(cells) > t.o.Width
	between, left := t.style.between, t.style.left
	spaces := 0
	if len(cells) == 0 {
		left = strings.TrimRight(left, " ")
	}
	t.buf, spaces = appendTrimmed(t.buf, left, spaces)
	for i, c := range cells {
		value, width := text[c.start:c.end], c.width
		cutOff := cutting && width > t.layout.widths[i] && !t.layout.whole(i, c) || cutting && t.heading && width > t.layout.widths[i]
		if cutOff {
			value, width = cut(value, t.layout.widths[i]-1)
			width++
		}
		if i > 0 {
			t.buf, spaces = appendTrimmed(t.buf, between, spaces)
		}
		pad := max(0, t.layout.widths[i]-width)
		right := c.number || c.null && t.layout.numbers[i]
		if right {
			spaces += pad
		}
		if len(value) > 0 || cutOff { // the value may have no width, such as a NUL
			t.buf = appendSpaces(t.buf, spaces)
			t.value(value, cutOff, c)
			spaces = 0
		}
		if c.changed {
			t.buf = append(appendSpaces(t.buf, spaces), changedMark)
			spaces = -1 // the mark replaces one of the following spaces
		}
		if !right {
			spaces += pad
		}
	}
	if t.style.closed && len(cells) > 0 {
		t.buf, _ = appendTrimmed(t.buf, t.style.right, spaces)
	}
	t.buf = append(t.buf, '\n')
}

// appendTrimmed appends the given number of spaces, and a text without the spaces at its
// end. It returns the number of spaces that it left out. If spaces is -1, it leaves out one
// space at the beginning of the text.
func appendTrimmed(dst []byte, text string, spaces int) (_ []byte, held int) {
	if spaces < 0 && strings.HasPrefix(text, " ") {
		text, spaces = text[1:], spaces+1
	}
	visible := strings.TrimRight(text, " ")
	if visible == "" {
		return dst, spaces + len(text)
	}
	return append(appendSpaces(dst, spaces), visible...), len(text) - len(visible)
}

func (t *table) value(text []byte, cutOff bool, c shown) {
	mark := ""
	switch {
	case cutOff && t.o.ASCII:
		mark = "~"
	case cutOff:
		mark = "…"
	}
	switch {
	case c.changed && t.o.Color:
		t.buf = append(t.buf, reverse(string(text)+mark)...)
	case c.null && t.o.Color:
		t.buf = append(t.buf, dim(string(text)+mark)...)
	case t.heading && t.o.Color:
		t.buf = append(t.buf, bold(string(text)+mark)...)
	default:
		t.buf = append(append(t.buf, text...), mark...)
	}
}

// changedMark follows a cell that has changed.
const changedMark = '*'

// reverse shows a changed cell in reverse, in addition to changedMark.
func reverse(s string) string { return "\x1b[7m" + s + "\x1b[0m" }

// bold shows the names of columns in bold.
func bold(s string) string { return "\x1b[1m" + s + "\x1b[0m" }
