// The destination of a result's rows, and their format.

package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
)

// destination returns the writer for a result that is not written as a file from all
// sources. On a terminal, the writer clears the live line first. If the reader of the
// host's Out has left, a write ends the run.
func (x *execution) destination() io.Writer {
	p := x.plan
	if p.file != nil {
		return p.file
	}
	w := x.host.Out.Plain
	if p.request.Format.ForPeople() {
		w = x.host.Out.styled()
	}
	out := toReader{w, x.cancel}
	if p.style.Terminal {
		return x.live.Over(out)
	}
	return out
}

// writer writes rows to the destination in the format.
func (x *execution) writer() output.Writer {
	if x.out != nil {
		return x.out
	}
	return x.format(x.destination())
}

// format returns a writer of the format. The execution discards it at its end.
func (x *execution) format(to io.Writer) output.Writer {
	p, style := x.plan, x.plan.style
	style.Note = func(column, warning string) {
		note := fmt.Sprintf("column %q: %s", output.Sanitize(column), warning)
		if !slices.Contains(x.notes, note) { // each of several files may report the same
			x.notes = append(x.notes, note)
		}
	}
	style.Tight = func() { x.tight = true }
	w := p.request.Format.New(to, style)
	if p.alone() {
		w = &hiding{Writer: w}
	}
	if p.request.Format.Typed {
		w = &typing{Writer: w, budget: query.NewBudget(p.request.Memory/8, 1, p.options.TempDir)}
	}
	if p.request.Format.Binary {
		x.writers = append(x.writers, w)
	}
	return w
}

// forget discards a writer that is no longer needed.
func (x *execution) forget(w output.Writer) error {
	x.writers = slices.DeleteFunc(x.writers, func(other output.Writer) bool { return other == w })
	return discard(w)
}

// discard frees what the writers hold.
func (x *execution) discard() (err error) {
	for _, w := range x.writers {
		err = errors.Join(err, discard(w))
	}
	return err
}

// toReader writes to a reader such as a pipe. If the reader has left, it ends the run with
// that as the cause, before it returns the error.
type toReader struct {
	w      io.Writer
	cancel context.CancelCauseFunc
}

// Write writes to the reader.
func (t toReader) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if ReaderGone(err) {
		t.cancel(ErrReaderGone)
	}
	return n, err
}
