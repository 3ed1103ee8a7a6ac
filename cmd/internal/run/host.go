// The environment of a run: the process that executes it, the reader of its output, and
// interruptions.

package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/fanql/fanql/query"
)

// A Host has what the process provides to a run.
type Host struct {
	// Out gets the result if the request names no file. Err gets the summary, and all other
	// text for people.
	Out, Err Stream
	// Progress, if set, gets the run's progress as lines of JSON, one in each write; see
	// [report.ProgressLine].
	Progress io.Writer
	// MemoryLimit is how much memory the process may take, in bytes; 0 is no limit.
	MemoryLimit int64
	// Runaway is called, on a goroutine of its own, if the engine of a reduce does not stop
	// and takes more memory than it may. It must end the process. If it is nil, the engine
	// keeps running.
	Runaway func()
	// Ending, if set, is called once, on a goroutine of its own, when the running sources
	// are cancelled.
	Ending func()
}

// A Stream is a destination of text.
type Stream struct {
	// Plain gets text for programs. Styled gets text for people, which may have fanql's own
	// colors; nil means Plain.
	Plain, Styled io.Writer
	// Width is the width of the terminal in columns; 0 is no terminal.
	Width int
	// Color says that colors may be used. Live says that a line that changes during the run
	// may be shown there.
	Color, Live bool
	// Busy reports whether another program, such as a pager, uses the terminal now: then
	// the line is not shown. Nil means that none does.
	Busy func() bool
}

func (s Stream) styled() io.Writer {
	if s.Styled != nil {
		return s.Styled
	}
	return s.Plain
}

// ErrReaderGone is the cause of the end of a run whose reader of Out has left. The reader
// wants no more rows, so the sources that still ran were not needed.
var ErrReaderGone = fmt.Errorf("%w: the reader of the output has left", query.ErrNotNeeded)

// ReaderGone reports whether an error of a write, or the cause of a context, says that the
// reader has left. A reader that closes a socket with unread data resets it.
func ReaderGone(err error) bool {
	return errors.Is(err, ErrReaderGone) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// An Interruption is the cause of a context that a signal or the like has ended.
type Interruption interface {
	error
	// ExitStatus returns the exit status of a process that ends for this reason.
	ExitStatus() int
}

// Interrupted returns the interruption that ended a context, or nil.
func Interrupted(ctx context.Context) Interruption {
	i, _ := errors.AsType[Interruption](context.Cause(ctx))
	return i
}
