// What surrounds a run: the process that executes it, the reader of its output, and
// whoever interrupts it.

package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/fanql/fanql/query"
)

// A Host is what the process that executes a run gives it.
type Host struct {
	// Out takes the result if the request names no file. Err takes the summary, and
	// everything else that people read.
	Out, Err Stream
	// Progress, if set, takes the run's progress as lines of JSON, one in each write; see
	// [report.ProgressLine].
	Progress io.Writer
	// MemoryLimit is how much memory the process may take, in bytes; 0 is no limit.
	MemoryLimit int64
	// Runaway is called, on a goroutine of its own, where the engine of a reduce does
	// not stop and takes more memory than it may: the process is to leave. Nil is to
	// let it run.
	Runaway func()
	// Ending, if set, is called once, on a goroutine of its own, when the sources that still
	// run are told to end.
	Ending func()
}

// A Stream is where text goes.
type Stream struct {
	// Plain takes what programs read. Styled takes what people read, which may have
	// colors of its own; nil is Plain.
	Plain, Styled io.Writer
	// Width is that of a terminal in columns; 0 is no terminal.
	Width int
	// Color says that colors are wanted. Live says that a line may be shown there that
	// changes while the run goes on.
	Color, Live bool
	// Busy reports whether another program, such as a pager, uses the terminal now: then
	// the line is not shown. Nil is never.
	Busy func() bool
}

func (s Stream) styled() io.Writer {
	if s.Styled != nil {
		return s.Styled
	}
	return s.Plain
}

// ErrReaderGone is the cause of the end of a run whose reader of Out has left. It
// wants no more rows: what still ran was not needed.
var ErrReaderGone = fmt.Errorf("%w: the reader of the output has left", query.ErrNotNeeded)

// ReaderGone reports whether an error of a write, or the cause of a context, is a
// reader that has left. One that leaves a socket with something unread resets it.
func ReaderGone(err error) bool {
	return errors.Is(err, ErrReaderGone) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// An Interruption is the cause of a context that somebody ended, such as by a signal.
type Interruption interface {
	error
	// ExitStatus is that of a process which ends for this reason.
	ExitStatus() int
}

// Interrupted gives the interruption that ended a context, or nil.
func Interrupted(ctx context.Context) Interruption {
	i, _ := errors.AsType[Interruption](context.Cause(ctx))
	return i
}
