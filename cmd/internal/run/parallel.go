// A result that wants every source, written into a file while they run: each row
// is written once, and none is staged once every source has shown its columns. If
// a source fails, nothing of it is used.

package run

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// export is one such result. Each source's rows are encoded on its own
// goroutine; until every source has shown its columns they are held back.
type export struct {
	barrier  *columns.SchemaBarrier
	segments *output.Segments
	inputs   []input
	cancel   context.CancelCauseFunc
}

// A input is what one source has given. Its goroutine uses it until the source
// has ended; the lock is for a driver that was left behind in the middle of a
// write and must not go on with it.
type input struct {
	mu         sync.Mutex
	closed     bool
	held       *query.Stage // until every source has shown its columns
	schema     *row.Schema  // as its source has shown it; nil before
	projection *columns.Projection
}

func parallel(ctx context.Context, x *execution) error {
	e := &export{
		barrier:  columns.NewSchemaBarrier(x.run.Columns(), nil),
		segments: output.NewSegments(x.plan.file, x.encoder, len(x.tasks)),
		inputs:   make([]input, len(x.tasks)),
		cancel:   x.cancel,
	}
	budget := query.NewBudget(x.options.Memory, len(x.tasks), "")
	for i := range e.inputs {
		e.inputs[i].held = budget.Stage()
	}
	defer func() {
		for i := range e.inputs {
			e.discard(i)
		}
	}()
	o := x.options
	o.Sink, o.Revocable = e.sink, true
	o.PipeSink = len(x.tasks) < runtime.GOMAXPROCS(0)
	o.Ended = func(out query.Outcome) {
		x.options.Ended(out)
		e.barrier.Report(out.Index, nil) // it counts only if none was given
		if out.State != query.OK {
			e.discard(out.Index)
		}
	}
	var kept []query.Arrival
	for a := range query.Dispatch(ctx, x.tasks, o) {
		if a.Outcome.State == query.OK {
			kept = append(kept, a)
		}
	}
	e.close()
	if err, ok := errors.AsType[*outputError](context.Cause(ctx)); ok {
		return errors.Join(err.err, e.segments.Close())
	}
	for _, a := range kept {
		e.admit(a, x.run.Notes)
	}
	if ctx.Err() != nil || !x.verdict.Met() { // nothing of it will be used
		return e.segments.Close()
	}
	return e.finish(x.run.Notes)
}

// sink returns the function that takes the rows of source i in one attempt; those
// of an earlier one are void.
func (e *export) sink(i int) row.Emit {
	l := &e.inputs[i]
	broken := e.restart(i)
	return func(b *row.Batch) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if err := l.refuse(b, broken); err != nil {
			b.Release()
			return err
		}
		if l.projection == nil {
			l.schema = b.Schema
			e.barrier.Report(i, b.Schema)
			var err error
			if l.projection, err = e.barrier.Projection(i, b.Schema); err != nil {
				b.Release()
				return err
			}
		}
		if l.projection == nil {
			return l.held.Add(b)
		}
		if err := e.release(i); err != nil {
			return err
		}
		return e.write(i, b)
	}
}

// restart drops what a lane has of an earlier attempt. The columns stay, which the
// result was made for.
func (e *export) restart(i int) error {
	l := &e.inputs[i]
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return query.ErrUnwanted
	}
	l.held.Discard()
	l.held = l.held.Budget().Stage()
	if err := e.segments.Restart(i); err != nil {
		err = &outputError{err}
		e.cancel(err)
		return err
	}
	return nil
}

// refuse says why a lane takes no batch.
func (l *input) refuse(b *row.Batch, broken error) error {
	switch {
	case broken != nil:
		return broken
	case l.closed:
		return query.ErrUnwanted
	case l.schema != nil && l.schema != b.Schema && !slices.Equal(l.schema.Columns, b.Schema.Columns):
		return errors.New("asked once more, it gave other columns")
	}
	return nil
}

// release writes what a lane has held back.
func (e *export) release(i int) error {
	held := e.inputs[i].held
	if err := held.Seal(context.Background()); err != nil {
		return err
	}
	return held.Each(func(b *row.Batch) error { return e.write(i, b) })
}

// discard ends a lane and drops what was held back and never released.
func (e *export) discard(i int) {
	l := &e.inputs[i]
	l.mu.Lock()
	l.closed = true
	l.held.Discard()
	l.mu.Unlock()
}

// An outputError is the cause of a run whose result could not be written.
type outputError struct{ err error }

func (e *outputError) Error() string { return e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

func (e *export) write(i int, b *row.Batch) error {
	b = e.inputs[i].projection.Apply(b)
	defer b.Release()
	err := e.segments.Rows(i, b)
	if err != nil { // no source's failure: the result cannot be written at all
		err = &outputError{err}
		e.cancel(err)
	}
	return err
}

// close ends all lanes: a driver that was left behind writes nothing any more.
func (e *export) close() {
	for i := range e.inputs {
		l := &e.inputs[i]
		l.mu.Lock()
		l.closed = true
		l.mu.Unlock()
	}
}

// admit finds how the rows that a lane still holds back fit into the result, or
// refuses the source.
func (e *export) admit(a query.Arrival, notes merge.Notes) {
	l := &e.inputs[a.Outcome.Index]
	if l.projection != nil {
		return
	}
	var err error
	if l.projection, err = e.barrier.Projection(a.Outcome.Index, a.Schema); err != nil {
		notes.Refuse(a.Outcome.Index, err)
	}
}

// finish joins the rows of all sources.
func (e *export) finish(notes merge.Notes) error {
	for i := range e.inputs {
		if err := e.release(i); err != nil {
			if _, ok := errors.AsType[*outputError](err); ok {
				return errors.Join(err, e.segments.Close())
			}
			notes.Refuse(i, err) // its temporary file failed: there is no whole any more
			return e.segments.Close()
		}
	}
	return e.segments.Finish(e.barrier.Schema())
}
