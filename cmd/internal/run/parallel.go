// A result that wants every source, written into a file while they run: each row
// is written once, and is held back no longer than its source runs. If a source fails,
// nothing of it is used.

package run

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

const (
	// logMemory is how much of the rows that may be written once more stays in memory,
	// where that is no more than an eighth of what may be taken.
	logMemory = 8 << 20
	// mostWaiting is how many bytes of a source's rows wait for the columns of the others
	// before they are written under those that are known.
	mostWaiting = 16 << 20
)

// export is one such result. Each source's rows are encoded on its own goroutine. The
// columns are known for sure when every source has shown its own, or has ended without:
// until then rows are logged, and written under the columns that have been shown so far
// as soon as some source has ended, or they have become many. What was written so is
// written once more if a source that shows its columns later changes how.
type export struct {
	barrier  *columns.SchemaBarrier
	segments *output.Segments
	log      *query.Log
	inputs   []input
	ended    atomic.Bool // some source has ended well
	cancel   context.CancelCauseFunc
}

// An input is what one source has given. Its goroutine uses it until the source
// has ended; the lock is for a driver that was left behind in the middle of a
// write and must not go on with it.
type input struct {
	mu         sync.Mutex
	closed     bool
	schema     *row.Schema // as its source has shown it; nil before
	logged     int64       // bytes
	early      *columns.Projection
	said       []string            // what early had to say
	projection *columns.Projection // once every source has shown its columns
}

func parallel(ctx context.Context, x *execution) error {
	memory := int64(logMemory)
	if limit := x.options.Memory; limit > 0 {
		memory = min(memory, limit/8)
	}
	e := &export{
		barrier:  columns.NewSchemaBarrier(x.run.Columns(), nil),
		segments: output.NewSegments(x.plan.file, x.encoder, len(x.tasks)),
		log:      query.NewBudget(x.options.Memory, len(x.tasks), x.options.TempDir).Log(len(x.tasks), memory),
		inputs:   make([]input, len(x.tasks)),
		cancel:   x.cancel,
	}
	defer e.log.Close()
	e.segments.Compress(x.plan.style.Compression)
	o := x.options
	o.Sink, o.Revocable = func(i int) row.Emit { return e.sink(i, x.run.Notes) }, true
	o.PipeSink = len(x.tasks) < runtime.GOMAXPROCS(0)
	o.Ended = func(out query.Outcome) {
		x.options.Ended(out)
		e.barrier.Report(out.Index, nil) // it counts only if none was given
		if out.State == query.OK {
			e.end(out.Index, x.run.Notes)
		} else {
			e.discard(out.Index)
		}
	}
	var kept []int
	for a := range query.Dispatch(ctx, x.tasks, o) {
		if a.Outcome.State == query.OK {
			kept = append(kept, a.Outcome.Index)
		}
	}
	e.close()
	if err, ok := errors.AsType[*outputError](context.Cause(ctx)); ok {
		return errors.Join(err.err, e.segments.Close())
	}
	for _, i := range kept {
		if _, err := e.barrier.Projection(i, e.inputs[i].schema); err != nil {
			x.run.Notes.Refuse(i, err)
		}
	}
	if ctx.Err() != nil || !x.verdict.Met() { // nothing of it will be used
		return e.segments.Close()
	}
	return e.finish(x.run.Notes)
}

// sink returns the function that takes the rows of source i in one attempt; those
// of an earlier one are void.
func (e *export) sink(i int, notes merge.Notes) row.Emit {
	l := &e.inputs[i]
	broken := e.restart(i)
	return func(b *row.Batch) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if err := l.refuse(b, broken); err != nil {
			b.Release()
			return err
		}
		if l.schema == nil {
			l.schema = b.Schema
			e.barrier.Report(i, b.Schema)
		}
		if err := e.conform(i, notes); err != nil {
			b.Release()
			return err
		}
		if l.projection == nil {
			return e.foresee(i, b)
		}
		return e.write(i, l.projection, b)
	}
}

// restart drops what an input has of an earlier attempt. The columns stay, which the
// result was made for.
func (e *export) restart(i int) error {
	l := &e.inputs[i]
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return query.ErrUnwanted
	}
	e.log.Forget(i)
	l.logged, l.early, l.said = 0, nil, nil
	return e.written(e.segments.Restart(i))
}

// refuse says why an input takes no batch.
func (l *input) refuse(b *row.Batch, broken error) error {
	switch {
	case broken != nil:
		return broken
	case l.closed:
		return query.ErrUnwanted
	case l.schema != nil && l.schema != b.Schema && !slices.Equal(l.schema.Columns, b.Schema.Columns):
		return errors.New("queried once more, it gave other columns: run the query once more")
	}
	return nil
}

// foresee logs rows of an input while some source has not shown its columns, and writes
// them too if that seems right.
func (e *export) foresee(i int, b *row.Batch) error {
	l := &e.inputs[i]
	if err := e.log.Add(i, b); err != nil {
		b.Release()
		return err
	}
	first := l.logged == 0
	l.logged += int64(b.Size()) + 1 // rows without columns have no size
	switch {
	case l.early != nil:
		return e.write(i, l.early, b)
	case !e.ended.Load() && l.logged < mostWaiting:
	case !e.begin(i):
	case first:
		return e.write(i, l.early, b)
	default: // this batch is among those of the log
		b.Release()
		return e.relate(i, l.early)
	}
	b.Release()
	return nil
}

// begin finds how an input's rows fit into the columns that are known so far, if that can
// be.
func (e *export) begin(i int) bool {
	l := &e.inputs[i]
	l.early = e.barrier.Early(i, l.schema, func(warning string) { l.said = append(l.said, warning) })
	return l.early != nil
}

// relate writes what was logged of an input.
func (e *export) relate(i int, p *columns.Projection) error {
	return e.log.Each(i, func(b *row.Batch) error { return e.write(i, p, b) })
}

// conform brings what an input has given to the columns of the result, once those are
// known.
func (e *export) conform(i int, notes merge.Notes) (err error) {
	l := &e.inputs[i]
	if l.projection != nil || l.schema == nil {
		return nil
	}
	p, err := e.barrier.Projection(i, l.schema)
	if p == nil {
		return err
	}
	l.projection = p
	switch {
	case l.early == nil:
		err = e.relate(i, p)
	case p.Continues(l.early):
		for _, warning := range l.said {
			notes.Note(i, warning)
		}
	default:
		if err = e.written(e.segments.Restart(i)); err == nil {
			err = e.relate(i, p)
		}
	}
	e.log.Forget(i)
	l.early, l.said = nil, nil
	return err
}

// end writes the rows of a source that has ended well, as far as they wait.
func (e *export) end(i int, notes merge.Notes) {
	l := &e.inputs[i]
	l.mu.Lock()
	defer l.mu.Unlock()
	err := e.conform(i, notes)
	if err == nil && l.projection == nil {
		if l.early == nil && e.begin(i) {
			err = e.relate(i, l.early)
		}
		e.ended.Store(true)
		if l.early == nil { // it waits for the columns of all
			return
		}
	}
	if err == nil {
		err = e.written(e.segments.Done(i))
	}
	if _, ok := errors.AsType[*outputError](err); err != nil && !ok {
		notes.Refuse(i, err)
	}
}

// discard ends an input and drops what was held back and never released.
func (e *export) discard(i int) {
	l := &e.inputs[i]
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	e.log.Forget(i)
}

// An outputError is the cause of a run whose result could not be written.
type outputError struct{ err error }

func (e *outputError) Error() string { return e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// written ends the run where the result cannot be written: that is no source's failure.
func (e *export) written(err error) error { return endRun(e.cancel, err) }

// endRun ends a run with the error of its output, if there is one.
func endRun(cancel context.CancelCauseFunc, err error) error {
	if err != nil {
		err = &outputError{err}
		cancel(err)
	}
	return err
}

func (e *export) write(i int, p *columns.Projection, b *row.Batch) error {
	b = p.Apply(b)
	defer b.Release()
	return e.written(e.segments.Rows(i, b))
}

// close ends all inputs: a driver that was left behind writes nothing any more.
func (e *export) close() {
	for i := range e.inputs {
		l := &e.inputs[i]
		l.mu.Lock()
		l.closed = true
		l.mu.Unlock()
	}
}

// finish joins the rows of all sources.
func (e *export) finish(notes merge.Notes) error {
	for i := range e.inputs {
		err := e.conform(i, notes)
		if err == nil {
			err = e.written(e.segments.Done(i))
		}
		if err == nil {
			continue
		}
		if _, ok := errors.AsType[*outputError](err); !ok {
			notes.Refuse(i, err) // its temporary file failed: there is no whole any more
			err = nil
		}
		return errors.Join(err, e.segments.Close())
	}
	return e.segments.Finish(e.barrier.Schema())
}
