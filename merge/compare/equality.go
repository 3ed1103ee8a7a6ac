// When two cells are equal.

package compare

import (
	"bytes"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/row"
)

// An equality is a way to compare the cells of a column on two sides. Cells are equal if
// append appends the same bytes for both.
type equality uint8

const (
	// byValue: as [row.Batch.AppendKey] compares.
	byValue equality = iota
	// byText: by canonical text, regardless of kinds.
	byText
	// loosely is for columns without a type: as byValue, except that text counts as the
	// number whose canonical text it is, or as the date or time that the column was
	// declared to hold, and bytes count as their canonical text.
	loosely
	// exactly: by value, the class of the kind, and canonical text.
	exactly
)

// append appends the cell's bytes to dst. Text is a buffer, which it returns for the next
// call. Weak is the declared kind of a column without a type.
func (e equality) append(dst, text []byte, b *row.Batch, c row.Cell, weak row.Kind) (_, _ []byte) {
	switch {
	case c.Kind == row.Null, e == byValue:
		return b.AppendKey(dst, c), text
	case e == exactly:
		dst = append(b.AppendKey(dst, c), numbersAsOne(c.Kind))
	case e == loosely:
		return columns.AppendLoose(dst, b, c, weak), text
	}
	text = b.AppendText(text[:0], c)
	return row.AppendTextKey(dst, text), text
}

// numbersAsOne returns the same value for all kinds of numbers, and the kind itself for
// others.
func numbersAsOne(k row.Kind) byte {
	if k.Numeric() {
		k = row.Int
	}
	return byte(k)
}

// A comparer compares cells. It is for one goroutine at a time.
type comparer struct {
	x, y, text []byte
}

// equal reports whether a cell of the baseline equals a cell of the source, within the
// column's tolerance.
func (c *comparer) equal(m *match, a *row.Batch, x row.Cell, b *row.Batch, y row.Cell) bool {
	if x.Kind == y.Kind {
		arena := x.Flags&row.InArena != 0
		switch {
		case arena != (y.Flags&row.InArena != 0):
		case arena && bytes.Equal(a.Bytes(x), b.Bytes(y)):
			return true
		case !arena && x == y:
			return true
		}
	}
	c.x, c.text = m.how.append(c.x[:0], c.text, a, x, m.weak)
	c.y, c.text = m.how.append(c.y[:0], c.text, b, y, m.weak)
	if m.saved && x.Kind == row.Text && (y.Kind == row.Bool || y.Kind.Numeric()) {
		if m.spelling.style != nil {
			x = m.spelling.spell(a, x)
		}
		x, _, _ = columns.Read(a, x, y.Kind, nil)
		c.x = a.AppendKey(c.x[:0], x)
	}
	return bytes.Equal(c.x, c.y) || (m.tolerance != nil && m.tolerance.within(a, x, b, y))
}
