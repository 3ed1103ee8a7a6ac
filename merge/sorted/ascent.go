// Checks that rows are in order.

package sorted

import (
	"bytes"
	"fmt"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// An OrderError is the error for a row that sorts before the one before it.
type OrderError struct {
	Row int64 // from 1
}

func (e *OrderError) Error() string { return e.Spell(nil) }

// Spell is Error with the options' names from the spelling.
func (e *OrderError) Spell(s option.Spelling) string {
	return fmt.Sprintf("row %d is out of order: it comes before row %d in %s; without %s it is put in its place", e.Row, e.Row-1, s.Name("order-by"), s.Name("sorted"))
}

// Check checks the rows of a stage, which stay there. Its error is an [OrderError], or
// that of the stage.
func Check(rows *query.Stage, key KeyFunc) error {
	var k KeyedBatch
	var a Ascent
	return rows.Scan(func(b *row.Batch) error {
		k.fill(b, By(key))
		return a.Check(&k)
	})
}

// An Ascent checks the keys of a source in their order. The zero value has seen none.
type Ascent struct {
	rows int64
	last []byte
}

// Check checks that the keys continue the order of those before.
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
