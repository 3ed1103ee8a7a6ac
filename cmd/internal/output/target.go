// The destination of a result.

package output

import (
	"errors"
	"io"
	"sync/atomic"
)

// A Target receives one result. The result is complete when Commit has returned nil. Before
// that, and after Discard, the file with the target's name is unchanged, unless the target
// is written directly, as stdout and a pipe are. If both Commit and Discard are called, the
// first call counts, so Discard can be deferred.
//
// A [File] is a Target. [Standard] and [Compressed] return others. Several files of one
// result are a [Set].
type Target interface {
	io.Writer
	Commit() error
	Discard() error
}

// Put writes a complete result to a target and commits it. If that fails, it discards it.
func Put(t Target, write func(io.Writer) error) error {
	if err := write(t); err != nil {
		return errors.Join(err, t.Discard())
	}
	return t.Commit()
}

// Standard returns a target that is written directly, such as stdout. Its output cannot be
// undone.
func Standard(w io.Writer) Target { return standard{w} }

type standard struct{ io.Writer }

func (standard) Commit() error  { return nil }
func (standard) Discard() error { return nil }

// A Codec returns a writer that encodes its input and writes it to w. Its Close writes the
// end of the encoded data, and does not close w.
type Codec func(w io.Writer) (io.WriteCloser, error)

// Compressed returns a target that encodes the result with a codec and writes it to t.
func Compressed(t Target, c Codec) (Target, error) {
	w, err := c(t)
	if err != nil {
		return nil, errors.Join(err, t.Discard())
	}
	return &compressed{WriteCloser: w, to: t}, nil
}

type compressed struct {
	io.WriteCloser
	to    Target
	ended atomic.Bool
}

func (c *compressed) Commit() error {
	if c.ended.Swap(true) {
		return nil
	}
	if err := c.Close(); err != nil {
		return errors.Join(err, c.to.Discard())
	}
	return c.to.Commit()
}

func (c *compressed) Discard() error {
	c.ended.Store(true)
	return c.to.Discard()
}
