// Where the rows of a result are written, and in which format.

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

// destination is where a result is written that is no file of which every source is to
// be a part; on a terminal it makes way for the live line. A reader of the host's Out
// that has left ends the run.
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
		if !slices.Contains(x.notes, note) { // as of each of several files
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

// forget discards a writer that is not needed any more.
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

// toReader writes what somebody reads. Where the reader has left it ends the run with
// that as the cause, before the error of the write gets anywhere.
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
