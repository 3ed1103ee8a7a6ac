// Conversion of a source's rows to rows of the result.

package columns

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/fanql/fanql/sources/row"
)

// A Projection moves the cells of one source's rows to the result's columns. It is for
// one goroutine at a time.
type Projection struct {
	schema *row.Schema
	name   string // of the source
	moves  []move // one for each column of the result
	still  bool   // every cell keeps its place
	noted  []bool // by column: whether a warning about a conversion was given
	note   func(column, what string)
	fault  error // the first cell that cannot be compared
	text   []byte
	lent   row.Batch // holds a converted cell that is only inspected
	source uint64    // the source's index, for Mark
	row    uint64    // the number of rows projected so far, for Mark
}

// A move says where a cell of the result comes from.
type move struct {
	from     int  // place in the source's row, or one of the constants below
	converts bool // cells of other kinds are converted
	pass     kinds
	to       row.Kind
	untyped  bool      // the source's column is Any: each cell has its own kind
	strict   bool      // a cell that cannot be read is an error
	as       row.Kind  // the type that the cells are read as, for errors
	holder   string    // the source that has this type
	cast     string    // the cast to text in the holder's dialect, or empty
	zone     *row.Zone // the zone of timestamps that are text without a zone
}

const (
	absent   = -1 // the source lacks the column
	named    = -2 // the source's name
	ordinal  = -3 // the source's index
	numbered = -4 // the row's number in its source
)

// Schema returns the schema of the rows that Apply returns.
func (p *Projection) Schema() *row.Schema { return p.schema }

// Mark adds two columns to each row: the source's index and the row's number in its source,
// from 1. Such rows have a new schema, because a schema is never changed.
func (p *Projection) Mark(source int) {
	columns := append(slices.Clone(p.schema.Columns), row.Column{Type: row.Uint}, row.Column{Type: row.Uint})
	p.schema = &row.Schema{Columns: columns}
	p.moves = append(p.moves, move{from: ordinal}, move{from: numbered})
	p.source, p.still = uint64(source), false
}

// Continues reports whether p would make the same rows as an earlier projection of the same
// source, with the same warnings. If so, p continues that projection, and does not repeat
// its warnings.
func (p *Projection) Continues(earlier *Projection) bool {
	if len(p.moves) != len(earlier.moves) {
		return false
	}
	for at, m := range p.moves {
		e := &earlier.moves[at]
		switch {
		case m.from != e.from, m.converts != e.converts, p.schema.Columns[at].Name != earlier.schema.Columns[at].Name:
			return false
		case m.converts && (m.to != e.to || m.untyped != e.untyped):
			return false
		case earlier.noted[at] && (m.as != e.as || m.holder != e.holder):
			return false
		}
	}
	copy(p.noted, earlier.noted)
	return true
}

// look returns the converted cell of a column of the result, and the batch that holds it.
// The cell is valid until the next call.
func (p *Projection) look(b *row.Batch, c row.Cell, at int) (*row.Batch, row.Cell) {
	m := &p.moves[at]
	if !m.converts || m.pass.has(c.Kind) {
		return b, c
	}
	p.lent.Cells, p.lent.Arena = p.lent.Cells[:0], p.lent.Arena[:0]
	if c.Flags&row.InArena != 0 {
		p.lent.Arena = append(p.lent.Arena, b.Bytes(c)...)
		c.Bits = 0
	}
	p.convert(&p.lent, c, at)
	return &p.lent, p.lent.Cells[0]
}

// Fault returns why the first such cell cannot be compared, or nil. The error names the
// column and the value. It is known after Apply, AppendKey or Look.
func (p *Projection) Fault() error { return p.fault }

// SkipReads declares that a column of the result has only cells of the kinds in held, which
// has the bit 1<<kind for each. If none of these kinds needs to be converted, the
// projection does not check the cells any more, and SkipReads returns true.
func (p *Projection) SkipReads(at int, held uint16) bool {
	m := &p.moves[at]
	if kinds(held)&^m.pass == 0 {
		m.converts = false
	}
	return !m.converts
}

// Look appends the cells of a column of the result to a batch of only that column, as rows.
// The column has the given place in the batch of the source's rows.
func (p *Projection) Look(b *row.Batch, place, at int, into *row.Batch) {
	for i := range b.Rows() {
		from, c := p.look(b, b.Row(i)[place], at)
		into.AppendCell(from, c)
	}
	into.EndRows(b.Rows())
}

func (p *Projection) isStill(width int) bool {
	for i, m := range p.moves {
		if m.from != i {
			return false
		}
	}
	return len(p.moves) == width
}

// fits reports whether the rows of the batch are already rows of the result.
func (p *Projection) fits(b *row.Batch) bool {
	if !p.still {
		return false
	}
	for at, m := range p.moves {
		if !m.converts {
			continue
		}
		for ; at < len(b.Cells); at += len(p.moves) {
			if !m.pass.has(b.Cells[at].Kind) {
				return false
			}
		}
	}
	return true
}

// From returns the place, in the source's rows, of a column of the result. It is -1 if the
// column does not come from the source.
func (p *Projection) From(at int) int { return max(p.moves[at].from, absent) }

// Moves reports whether cells only change their places, and no cell is converted.
func (p *Projection) Moves() bool {
	return !slices.ContainsFunc(p.moves, func(m move) bool { return m.converts })
}

// Reads reports whether the cells of a column of the result are converted because the
// source has no type for the column.
func (p *Projection) Reads(at int) bool { return p.moves[at].converts && p.moves[at].untyped }

// Apply takes over a batch of the source's rows and returns a batch of the result's rows,
// which the caller owns. It may be the same batch.
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
		for at := range p.moves {
			m := &p.moves[at]
			switch {
			case m.from == named:
				out.Cells = append(out.Cells, name)
			case m.from == absent:
				out.Cells = append(out.Cells, row.Cell{})
			case m.from == ordinal:
				out.Uint(p.source)
			case m.from == numbered:
				out.Uint(p.row)
			case !m.converts || m.pass.has(src[m.from].Kind):
				out.Cells = append(out.Cells, src[m.from])
			default:
				p.convert(out, src[m.from], at)
			}
		}
	}
	b.Release()
	return out
}

// convert appends to out the cell c, whose bytes are in out's arena, converted to the kind
// of its column.
func (p *Projection) convert(out *row.Batch, c row.Cell, at int) {
	m := &p.moves[at]
	switch {
	case m.to == row.Text:
		if m.untyped && !p.noted[at] {
			p.noted[at] = true
			p.note(p.schema.Columns[at].Name, c.Kind.String()+" values are "+asText)
		}
		p.text = out.AppendText(p.text[:0], c)
		out.Text(p.text)
	case !m.untyped: // a date becomes the timestamp of its midnight
		if c.Flags&row.InArena != 0 { // infinity and zero dates have the same text as a date and as a timestamp
			c.Kind = row.Timestamp
			out.Cells = append(out.Cells, c)
			return
		}
		out.Timestamp(int64(c.Bits)*row.MicrosPerDay, false)
	default:
		read, ok, since := Read(out, c, m.to, m.zone)
		if !ok {
			p.unread(out, c, at, since)
		}
		out.Cells = append(out.Cells, read)
	}
}

// unread records that a cell cannot be read as the type of its column.
func (p *Projection) unread(b *row.Batch, c row.Cell, at int, since string) {
	m, name := &p.moves[at], p.schema.Columns[at].Name
	is := "is no " + m.as.String() + ", as in " + m.holder + since
	switch {
	case m.strict && p.fault == nil:
		cure := "cast it in the query"
		if m.cast != "" {
			cure = "correct it, or compare the column as text: " + m.cast + " in " + m.holder
		}
		p.fault = fmt.Errorf("column %s holds %s, which %s: %s", quote(name), shown(b, c), is, cure)
	case !m.strict && !p.noted[at]:
		p.noted[at] = true
		p.note(name, shown(b, c)+" "+is+": such values are printed as they are")
	}
}

// shown returns a cell as messages show it, cut to a readable length.
func shown(b *row.Batch, c row.Cell) string {
	const most = 60
	text := []rune(string(b.AppendText(nil, c)))
	more := ""
	if len(text) > most {
		text, more = text[:most], "…"
	}
	if c.Kind == row.Text {
		return strconv.Quote(string(text)) + more
	}
	return c.Kind.String() + " " + string(text) + more
}
