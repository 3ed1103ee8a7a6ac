// Where a result goes.

package output

import (
	"errors"
	"io"
	"sync/atomic"
)

// A Target takes one result. It is there, in full, when Commit has returned nil;
// before that, and after Discard, what the target's name stood for is as it was,
// unless it is written directly, as stdout and a pipe are. Of Commit and Discard the
// first one counts, so that Discard can be deferred.
//
// A [File] is one. [Standard] and [Compressed] make others, and whoever writes a result
// needs to know none of them. Several files of one result are a [Set].
type Target interface {
	io.Writer
	Commit() error
	Discard() error
}

// Put writes a whole result to a target, and discards it where that fails.
func Put(t Target, write func(io.Writer) error) error {
	if err := write(t); err != nil {
		return errors.Join(err, t.Discard())
	}
	return t.Commit()
}

// Standard gives the target that is written directly, such as stdout: nothing of it
// can be taken back.
func Standard(w io.Writer) Target { return standard{w} }

type standard struct{ io.Writer }

func (standard) Commit() error  { return nil }
func (standard) Discard() error { return nil }

// A Codec gives the writer that turns what it is given into what w gets. Its Close
// writes what has to stand at the end, and does not close w.
type Codec func(w io.Writer) (io.WriteCloser, error)

// Compressed gives the target whose result goes through a codec into another one.
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
