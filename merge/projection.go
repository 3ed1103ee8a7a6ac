// Rows of one source made rows of the result.

package merge

import (
	"slices"

	"github.com/fanql/fanql/sources/row"
)

// A Projection moves the cells of one source's rows to the result's columns. It
// is for one goroutine at a time.
type Projection struct {
	schema *row.Schema
	name   string // of the source
	moves  []move // one for each column of the result
	still  bool   // every cell keeps its place
	noted  []bool // by column: a conversion that may matter was noted
	note   func(column, what string)
	text   []byte
	lent   row.Batch // a cell that appendKey looks at
	source uint64    // its index
	row    uint64    // how many rows have been projected
}

// A move says where a cell of the result comes from.
type move struct {
	from int // place in the source's row, or absent, or named
	to   row.Kind
	any  bool // the source's column is Any: what it holds is seen cell by cell
}

const (
	absent   = -1 // the source lacks the column
	named    = -2 // the source's name
	index    = -3 // the source's index
	numbered = -4 // the row's number in its source
)

// conversion gives the kind that cells must be brought to, or Null where a cell
// of the source's type already stands in a column of the result's type as it is.
func conversion(from, to row.Kind) row.Kind {
	switch {
	case to == row.Text && from != row.Text, to == row.Timestamp && from == row.Date:
		return to
	}
	return row.Null
}

// mark gives each row two more columns, the source's index and the row's number.
// A schema is never changed, so such rows have one of their own.
func (p *Projection) mark(source int) {
	columns := append(slices.Clone(p.schema.Columns), row.Column{Type: row.Uint}, row.Column{Type: row.Uint})
	p.schema = &row.Schema{Columns: columns}
	p.moves = append(p.moves, move{from: index}, move{from: numbered})
	p.source, p.still = uint64(source), false
}

// appendKey appends the key of what becomes of row i's cell in a column of the
// result, for a row that is only looked at.
func (p *Projection) appendKey(dst []byte, b *row.Batch, i int, r *rank) []byte {
	m := p.moves[r.at]
	switch {
	case m.from == absent:
		return append(dst, r.null)
	case m.from == named:
		p.text = append(p.text[:0], p.name...)
	case m.to == row.Text && b.Row(i)[m.from].Kind != row.Null:
		p.text = b.AppendText(p.text[:0], b.Row(i)[m.from])
	default: // a date is its midnight
		return r.appendKey(dst, b, b.Row(i)[m.from])
	}
	p.lent.Arena = p.text
	return r.appendKey(dst, &p.lent, row.Cell{Kind: row.Text, Flags: row.InArena, Len: uint32(len(p.text))})
}

func (p *Projection) isStill(width int) bool {
	for i, m := range p.moves {
		if m.from != i {
			return false
		}
	}
	return len(p.moves) == width
}

// fits reports whether the rows are the result's as they are.
func (p *Projection) fits(b *row.Batch) bool {
	if !p.still {
		return false
	}
	for at, m := range p.moves {
		if m.to == row.Null {
			continue
		}
		for ; at < len(b.Cells); at += len(p.moves) {
			if k := b.Cells[at].Kind; k != m.to && k != row.Null {
				return false
			}
		}
	}
	return true
}

func (p *Projection) converts() bool {
	for _, m := range p.moves {
		if m.any && m.to == row.Text {
			p.noted = make([]bool, len(p.moves))
			return true
		}
	}
	return false
}

// From gives the place in the source's rows of what stands in a column of the
// result, or -1 where that does not come from there.
func (p *Projection) From(at int) int { return max(p.moves[at].from, absent) }

// Moves reports whether cells only change their places: none is converted.
func (p *Projection) Moves() bool {
	for _, m := range p.moves {
		if m.from >= 0 && m.to != row.Null {
			return false
		}
	}
	return true
}

// Apply takes over a batch of the source's rows and gives the result's.
func (p *Projection) Apply(b *row.Batch) *row.Batch {
	if p.fits(b) {
		b.Schema = p.schema
		return b
	}
	out := row.NewBatch(p.schema)
	out.Adopt(b)
	var name row.Cell
	if len(p.moves) > 0 && p.moves[0].from == named {
		name = out.Keep(row.Text, p.name)
	}
	for r := range out.Rows() {
		src := b.Row(r)
		p.row++
		for at, m := range p.moves {
			switch {
			case m.from == named:
				out.Cells = append(out.Cells, name)
			case m.from == absent:
				out.Cells = append(out.Cells, row.Cell{})
			case m.from == index:
				out.Uint(p.source)
			case m.from == numbered:
				out.Uint(p.row)
			case m.to == row.Null:
				out.Cells = append(out.Cells, src[m.from])
			default:
				p.convert(out, src[m.from], m.to, at)
			}
		}
	}
	b.Release()
	return out
}

// convert appends a cell of out's arena, brought to a kind.
func (p *Projection) convert(out *row.Batch, c row.Cell, to row.Kind, at int) {
	switch {
	case c.Kind == row.Null, c.Kind == to:
		out.Cells = append(out.Cells, c)
	case to == row.Timestamp && c.Kind == row.Date:
		if c.Flags&row.InArena != 0 { // infinity, zero dates: the same text for both
			c.Kind = row.Timestamp
			out.Cells = append(out.Cells, c)
			return
		}
		out.Timestamp(int64(c.Bits)*row.MicrosPerDay, false)
	case to == row.Text:
		if p.moves[at].any && !p.noted[at] {
			p.noted[at] = true
			p.note(p.schema.Columns[at].Name, c.Kind.String()+" values are taken as text")
		}
		p.text = out.AppendText(p.text[:0], c)
		out.Text(p.text)
	default:
		out.Cells = append(out.Cells, c)
	}
}
