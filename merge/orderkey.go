// An order made keys of rows.

package merge

import "github.com/fanql/fanql/sources/row"

// A rank is a term of an order whose column has been found.
type rank struct {
	at         int
	descending bool
	fold       bool
	null       byte // the key of NULL: below all others, or above
}

// Keys of NULL. Those of values begin with neither, inverted or not.
const (
	nullFirst = 0x00
	nullLast  = 0xff
)

// ranks finds the columns of the order.
func (o Order) ranks(s *row.Schema) ([]rank, error) {
	var all []rank
	for _, t := range o {
		at, err := t.find(s)
		if err != nil {
			return nil, err
		}
		r := rank{at: at, descending: t.Descending, fold: t.Fold, null: nullLast}
		if t.NullsFirst {
			r.null = nullFirst
		}
		all = append(all, r)
	}
	return all, nil
}

// appendKey appends the key of a cell of b.
func (r *rank) appendKey(dst []byte, b *row.Batch, c row.Cell) []byte {
	if c.Kind == row.Null {
		return append(dst, r.null)
	}
	start := len(dst)
	if r.fold {
		dst = b.AppendFoldedKey(dst, c)
	} else {
		dst = b.AppendKey(dst, c)
	}
	if r.descending {
		row.Invert(dst[start:])
	}
	return dst
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
