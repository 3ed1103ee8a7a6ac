// Reading several ordered sequences as one.

package merge

import "github.com/fanql/fanql/sources/row"

// A Cursor goes through rows in the order of their keys. Batch, Row and Key are
// the current row after Next has reported true, and valid until the next Next.
type Cursor struct {
	Batch *row.Batch
	Row   int // its index in Batch
	Key   []byte

	key    KeyFunc
	inputs []input
	tree   *losers
	begun  bool
	err    error
}

// newCursor merges inputs; of rows of equal key those of the lower input come
// first. It owns the inputs.
func newCursor(inputs []input, key KeyFunc) *Cursor {
	return &Cursor{key: key, inputs: inputs, tree: newLosers(len(inputs))}
}

// Next moves to the next row and reports whether there is one. After the last,
// or an error, nothing is held any more.
func (c *Cursor) Next() bool {
	switch {
	case c.begun && c.tree.over():
		return false
	case c.begun:
		if !c.advance(c.tree.winner()) {
			return false
		}
		c.tree.replay()
	default:
		c.begun = true
		for i := range c.inputs {
			if !c.advance(i) {
				return false
			}
		}
		c.tree.play()
	}
	if c.tree.over() {
		c.close()
		return false
	}
	l := &c.inputs[c.tree.winner()]
	c.Batch, c.Row, c.Key = l.batch, l.row, l.key
	return true
}

// advance moves an input on; it reports false after an error.
func (c *Cursor) advance(i int) bool {
	l := &c.inputs[i]
	more, err := l.next(c.key)
	switch {
	case err != nil:
		c.close()
		c.err = err
		return false
	case more:
		c.tree.set(i, l.key)
	default:
		c.tree.end(i)
		l.close()
	}
	return true
}

// Err is what kept the cursor from going through all rows.
func (c *Cursor) Err() error { return c.err }

// close drops what is left.
func (c *Cursor) close() {
	for i := range c.inputs {
		c.inputs[i].close()
		c.tree.end(i)
	}
	c.Batch, c.Key = nil, nil
	c.begun = true
}
