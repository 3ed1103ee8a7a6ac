// Checks that rows are in order.

package sorted

import (
	"bytes"
	"fmt"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// An OrderError is the error for a row whose key is less than that of the row before it.
type OrderError struct {
	Row int64 // its number in the source, from 1
}

func (e *OrderError) Error() string { return e.Spell(nil) }

// Spell is Error, with the names of options as the spelling gives them.
func (e *OrderError) Spell(s option.Spelling) string {
	return fmt.Sprintf("row %d is out of order: it comes before row %d in %s; without %s it is put in its place", e.Row, e.Row-1, s.Name("order-by"), s.Name("sorted"))
}

// Check returns an *[OrderError] unless the rows of a stage are in order, or the stage's
// own error. The rows stay in the stage.
func Check(rows *query.Stage, key KeyFunc) error {
	var k KeyedBatch
	var a Ascent
	return rows.Scan(func(b *row.Batch) error {
		k.fill(b, By(key))
		return a.Check(&k)
	})
}

// An Ascent checks that the keys of a source ascend, batch by batch. The zero value has
// seen no keys.
type Ascent struct {
	rows int64
	last []byte
}

// Check returns an *[OrderError] unless the keys of the batch continue the order of those
// before.
func (a *Ascent) Check(k *KeyedBatch) error {
	last := a.last
	for i := range k.Batch.Rows() {
		key := k.Key(i)
		if a.rows++; a.rows > 1 && bytes.Compare(key, last) < 0 {
			return &OrderError{a.rows}
		}
		last = key
	}
	a.last = append(a.last[:0], last...)
	return nil
}
