// An order made keys of rows.

package merge

import "github.com/fanql/fanql/sources/row"

// A rank is a term of an order whose column has been found.
type rank struct {
	at         int
	descending bool
	fold       bool
	null       byte     // the key of NULL: below all others, or above
	free       bool     // no source has a type for the column
	weak       row.Kind // what one without a type was declared to hold
	equality   bool     // only what is the same counts: see loosely
}

// Keys of NULL. Those of values begin with neither, inverted or not.
const (
	nullFirst = 0x00
	nullLast  = 0xff
)

// ranks finds the columns of an order.
func (c *Columns) ranks(o Order) ([]rank, error) {
	var all []rank
	for _, t := range o {
		at, err := t.find(c.schema)
		if err != nil {
			return nil, err
		}
		r := c.rank(at)
		r.descending, r.fold, r.null = t.Descending, t.Fold, nullLast
		if t.NullsFirst {
			r.null = nullFirst
		}
		all = append(all, r)
	}
	return all, nil
}

// rank is that of a column by itself.
func (c *Columns) rank(at int) rank {
	h := &c.held[at]
	return rank{at: at, free: at >= c.first() && h.free(), weak: h.weak}
}

// appendKey appends the key of a cell of b.
func (r *rank) appendKey(dst []byte, b *row.Batch, c row.Cell) []byte {
	if c.Kind == row.Null {
		return append(dst, r.null)
	}
	start := len(dst)
	switch {
	case r.free && r.equality:
		dst = appendLoose(dst, b, c, r.weak)
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

// appendWeak appends the key of a text in a column that was declared to hold something
// else, and for which no source has a type: that of what it can be read as, else its
// own. Nothing is converted; the text is printed as it is.
func appendWeak(dst []byte, b *row.Batch, c row.Cell, weak row.Kind, fold bool) []byte {
	switch weak {
	case row.Timestamp:
		if m, ok := row.ParseMoment(b.Bytes(c)); ok { // SQLite's own functions take all for UTC
			return b.AppendKey(dst, row.Cell{Kind: row.TimestampTZ, Bits: uint64(m.Micros - m.Offset)})
		}
	case row.Time:
		var lent row.Batch
		if read, ok := readTime(&lent, b.Bytes(c), c); ok {
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

// keyOf gives the key of rows that are ordered so.
func keyOf(ranks []rank) KeyFunc {
	return func(dst []byte, b *row.Batch, i int) []byte {
		cells := b.Row(i)
		for r := range ranks {
			dst = ranks[r].appendKey(dst, b, cells[ranks[r].at])
		}
		return dst
	}
}
