// A result that needs every source and is written into a file while they run. Each row is
// written once, and is held back no longer than its source runs. If a source fails, the
// file is not used.

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
	// logMemory is how many bytes of the rows that may have to be rewritten stay in memory,
	// but at most an eighth of the memory budget.
	logMemory = 8 << 20
	// mostWaiting is how many bytes of a source's rows wait for the columns of the others
	// before they are written with the columns known so far.
	mostWaiting = 16 << 20
)

// export is one such result. Each source's rows are encoded on the source's goroutine. The
// columns are final when every source has shown its columns, or has ended without any.
// Until then rows are logged. As soon as some source has ended, or there are many rows,
// they are also written with the columns known so far. They are rewritten if the columns of
// a later source change their form.
type export struct {
	barrier  *columns.SchemaBarrier
	segments *output.Segments
	log      *query.Log
	inputs   []input
	ended    atomic.Bool // some source has ended well
	cancel   context.CancelCauseFunc
}

// An input has the rows of one source. The source's goroutine uses it until the source has
// ended. The lock is for a driver that was abandoned in the middle of a write and must not
// continue it.
type input struct {
	mu         sync.Mutex
	closed     bool
	schema     *row.Schema // the columns that the source has shown; nil before that
	logged     int64       // bytes
	early      *columns.Projection
	said       []string            // the warnings of early
	projection *columns.Projection // set when every source has shown its columns
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
		e.barrier.Report(out.Index, nil) // it counts only if the source has shown none
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
	if ctx.Err() != nil || !x.verdict.Met() { // the file will not be used
		return e.segments.Close()
	}
	return e.finish(x.run.Notes)
}

// sink returns the function that receives the rows of source i in one attempt. Rows of an
// earlier attempt are dropped.
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

// restart drops the rows of an earlier attempt. The columns stay, because the result
// depends on them.
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

// refuse returns why an input cannot accept a batch.
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

// foresee logs rows of an input while some source has not shown its columns. It also writes
// them if that is likely to be useful.
func (e *export) foresee(i int, b *row.Batch) error {
	l := &e.inputs[i]
	if err := e.log.Add(i, b); err != nil {
		b.Release()
		return err
	}
	first := l.logged == 0
	l.logged += int64(b.Size()) + 1 // rows without columns have the size 0
	switch {
	case l.early != nil:
		return e.write(i, l.early, b)
	case !e.ended.Load() && l.logged < mostWaiting:
	case !e.begin(i):
	case first:
		return e.write(i, l.early, b)
	default: // the log contains this batch
		b.Release()
		return e.relate(i, l.early)
	}
	b.Release()
	return nil
}

// begin computes the projection of an input's rows to the columns known so far. It returns
// false if there is none.
func (e *export) begin(i int) bool {
	l := &e.inputs[i]
	l.early = e.barrier.Early(i, l.schema, func(warning string) { l.said = append(l.said, warning) })
	return l.early != nil
}

// relate writes the logged rows of an input.
func (e *export) relate(i int, p *columns.Projection) error {
	return e.log.Each(i, func(b *row.Batch) error { return e.write(i, p, b) })
}

// conform converts the rows of an input to the columns of the result, when those are final.
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

// end writes the waiting rows of a source that has ended well.
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
		if l.early == nil { // it waits for the columns of all sources
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

// discard ends an input and drops the rows that it holds back.
func (e *export) discard(i int) {
	l := &e.inputs[i]
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	e.log.Forget(i)
}

// An outputError is the cause of the end of a run whose result could not be written.
type outputError struct{ err error }

func (e *outputError) Error() string { return e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// written ends the run if the result cannot be written, because that is not a failure of
// the source.
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

// close ends all inputs, so that an abandoned driver can no longer write.
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
			notes.Refuse(i, err) // its temporary file failed, so the result cannot be complete
			err = nil
		}
		return errors.Join(err, e.segments.Close())
	}
	return e.segments.Finish(e.barrier.Schema())
}
