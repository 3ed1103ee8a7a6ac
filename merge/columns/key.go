// Keys of rows for an order.

package columns

import "github.com/fanql/fanql/sources/row"

// A Rank is a term of an order, with its column in the result.
type Rank struct {
	at         int
	descending bool
	fold       bool
	null       byte     // the key of NULL: below or above all others
	free       bool     // no source has a type for the column
	weak       row.Kind // the declared kind of a column without a type
	equality   bool     // only equality counts: see AppendLoose
}

// Keys of NULL. No key of a value begins with one of these bytes, inverted or not.
const (
	nullFirst = 0x00
	nullLast  = 0xff
)

// Ranks finds the columns of an order. It returns an error for a column that does not exist
// or is ambiguous.
func (c *Result) Ranks(o Order) ([]Rank, error) {
	var all []Rank
	for _, t := range o {
		at, err := t.Find(c.schema)
		if err != nil {
			return nil, err
		}
		r := c.Rank(at)
		r.descending, r.fold, r.null = t.Descending, t.Fold, nullLast
		if t.NullsFirst {
			r.null = nullFirst
		}
		all = append(all, r)
	}
	return all, nil
}

// Rank returns an ascending rank of the column at a place of the result.
func (c *Result) Rank(at int) Rank {
	h := &c.held[at]
	return Rank{at: at, free: at >= c.First() && h.free(), weak: h.weak}
}

// Named returns the ranks of those columns that exist.
func (c *Result) Named(names []string) (ranks []Rank) {
	for _, name := range names {
		if at, err := (Term{Name: name}).Find(c.schema); err == nil {
			ranks = append(ranks, c.Rank(at))
		}
	}
	return ranks
}

// At returns the place of the rank's column in the result.
func (r *Rank) At() int { return r.at }

// Equality makes the rank decide only which values are equal, not which come first.
func (r *Rank) Equality() { r.equality = true }

// appendKey appends the key of a cell of b.
func (r *Rank) appendKey(dst []byte, b *row.Batch, c row.Cell) []byte {
	if c.Kind == row.Null {
		return append(dst, r.null)
	}
	start := len(dst)
	switch {
	case r.free && r.equality:
		dst = AppendLoose(dst, b, c, r.weak)
	case r.free && r.weak != row.Null && c.Kind == row.Text:
		dst = appendWeak(dst, b, c, r.weak, r.fold)
	case r.fold:
		dst = b.AppendFoldedKey(dst, c)
	default:
		dst = b.AppendKey(dst, c)
	}
	if r.descending {
		row.Invert(dst[start:])
	}
	return dst
}

// appendWeak appends the key of a text in a column that no source has a type for, but that
// was declared to hold dates or times. It is the key of the date or time if the text can be
// read as one, and else the key of the text. Nothing is converted; the text is printed as
// it is.
func appendWeak(dst []byte, b *row.Batch, c row.Cell, weak row.Kind, fold bool) []byte {
	switch weak {
	case row.Timestamp:
		if m, ok := row.ParseMoment(b.Bytes(c)); ok { // SQLite's own functions take all moments as UTC
			return b.AppendKey(dst, row.Cell{Kind: row.TimestampTZ, Bits: uint64(m.Micros - m.Offset)})
		}
	case row.Time:
		var lent row.Batch
		if read, ok := ReadTime(&lent, b.Bytes(c), c); ok {
			if len(lent.Arena) > 0 {
				return lent.AppendKey(dst, read)
			}
			return b.AppendKey(dst, read)
		}
	}
	if fold {
		return b.AppendFoldedKey(dst, c)
	}
	return b.AppendKey(dst, c)
}

// KeyOf returns a function that appends the key of row i of a batch. Keys compare as bytes
// like the rows in the order of the ranks.
func KeyOf(ranks []Rank) func(dst []byte, b *row.Batch, i int) []byte {
	return func(dst []byte, b *row.Batch, i int) []byte {
		cells := b.Row(i)
		for r := range ranks {
			dst = ranks[r].appendKey(dst, b, cells[ranks[r].at])
		}
		return dst
	}
}

// AppendKey appends the key of row i's cell for a rank. The batch has the source's rows:
// the row is not projected.
func (p *Projection) AppendKey(dst []byte, b *row.Batch, i int, r *Rank) []byte {
	switch m := &p.moves[r.at]; m.from {
	case absent:
		return append(dst, r.null)
	case named:
		p.lent.Arena = append(p.lent.Arena[:0], p.name...)
		return r.appendKey(dst, &p.lent, row.Cell{Kind: row.Text, Flags: row.InArena, Len: uint32(len(p.name))})
	}
	from, c := p.look(b, b.Row(i)[p.moves[r.at].from], r.at)
	return r.appendKey(dst, from, c)
}

// AppendLoose appends bytes that are the same for values that are equal in columns without
// a type. It works like [row.Batch.AppendKey], with these exceptions. Text counts as the
// number whose canonical text it is, or as the date or time that the column was declared to
// hold. Bytes count as their canonical text.
func AppendLoose(dst []byte, b *row.Batch, c row.Cell, weak row.Kind) []byte {
	switch {
	case c.Kind == row.Bytes:
		return row.AppendTextKey(dst, b.AppendText(nil, c))
	case c.Kind == row.Text && (weak == row.Timestamp || weak == row.Time):
		return appendWeak(dst, b, c, weak, false)
	case c.Kind == row.Text && isNumber(b.Bytes(c)):
		c.Kind = row.Decimal
	}
	return b.AppendKey(dst, c)
}
