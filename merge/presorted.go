// Sources that should come in order: are they?

package merge

import (
	"bytes"
	"fmt"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// inOrderAlready refuses the arrivals whose rows are not in order, and gives the
// others. No row has been used by then.
func (c *Columns) inOrderAlready(all []query.Arrival, ranks []rank) (good []query.Arrival) {
	for _, a := range all {
		p := c.Projection(a.Outcome.Index, a.Schema)
		if err := inOrder(a.Rows, func(dst []byte, b *row.Batch, i int) []byte {
			for r := range ranks {
				dst = p.appendKey(dst, b, i, &ranks[r])
			}
			return dst
		}); err != nil {
			a.Rows.Discard()
			c.run.Notes.Refuse(a.Outcome.Index, err)
			continue
		}
		good = append(good, a)
	}
	return good
}

// inOrder looks through a stage: an error names the first row that stands below
// the one before it.
func inOrder(rows *query.Stage, key KeyFunc) error {
	var k keyedBatch
	var a ascent
	return rows.Scan(func(b *row.Batch) error {
		k.fill(b, key)
		return a.check(&k)
	})
}

// An ascent is the keys of a source as far as they have been seen.
type ascent struct {
	rows int64
	last []byte
}

// check wants the keys to go on where those before have ended.
func (a *ascent) check(k *keyedBatch) error {
	last := a.last
	for i := range k.batch.Rows() {
		key := k.key(i)
		if a.rows++; a.rows > 1 && bytes.Compare(key, last) < 0 {
			return fmt.Errorf("row %d is out of order: it comes before row %d in --order-by; without --sorted it is put in its place", a.rows, a.rows-1)
		}
		last = key
	}
	a.last = append(a.last[:0], last...)
	return nil
}
