// Reading several ordered sequences as one.

package sorted

import "github.com/fanql/fanql/sources/row"

// A Cursor iterates over rows in the order of their keys. After Next has returned true,
// Batch, Row and Key are the current row. They are valid until the next call of Next or
// Close.
type Cursor struct {
	Batch *row.Batch
	Row   int // its index in Batch
	Key   []byte

	keys   Keys
	inputs []Input
	tree   *losers
	begun  bool
	err    error
}

// Merge returns a cursor over the rows of all inputs in the order of their keys. Of rows
// with equal keys, those of the input with the lower index come first. The cursor owns the
// inputs.
func Merge(inputs []Input, keys Keys) *Cursor {
	return &Cursor{keys: keys, inputs: inputs, tree: newLosers(len(inputs))}
}

// Next moves to the next row and reports whether there is one. After the last row, or an
// error, the cursor has closed all inputs.
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
		c.Close()
		return false
	}
	l := &c.inputs[c.tree.winner()]
	c.Batch, c.Row, c.Key = l.batch, l.row, l.key
	return true
}

// advance moves an input to its next row. It returns false after an error.
func (c *Cursor) advance(i int) bool {
	l := &c.inputs[i]
	more, err := l.next(c.keys)
	switch {
	case err != nil:
		c.Close()
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

// Err returns the error that ended the iteration early, or nil.
func (c *Cursor) Err() error { return c.err }

// Close drops the remaining rows and closes the inputs. It may be called at any time, and
// more than once.
func (c *Cursor) Close() {
	for i := range c.inputs {
		c.inputs[i].close()
		c.tree.end(i)
	}
	c.Batch, c.Key = nil, nil
	c.begun = true
}
