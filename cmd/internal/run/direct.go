// A file for each source, written while the sources run: each on its own goroutine.

package run

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/row"
)

// How many files may be open at once, each with its buffers; compressed files have larger
// ones. If there are more sources, their rows are staged.
const (
	mostOpen       = 64
	mostCompressed = 8
)

// writesDirectly reports whether each source can write its own file while it runs. Files
// with parts cannot be written in this way, because complete parts would have to be removed
// if a source is retried.
func (x *execution) writesDirectly() bool {
	e := x.plan.exporting
	most := mostOpen
	if x.plan.style.Compression != compression.None {
		most = mostCompressed
	}
	return e.splits() && x.encodable && x.plan.request.Export.RowsPerFile == 0 && len(x.tasks) <= most &&
		!slices.ContainsFunc(e.set.Groups(), func(sources []int) bool { return len(sources) > 1 })
}

// An ownFile is the file of a source. Its goroutine uses it until the source has ended; the
// lock is for a driver that was abandoned in the middle of a write.
type ownFile struct {
	mu      sync.Mutex
	closed  bool
	schema  *row.Schema // the source's own; nil before its first batch
	columns *columns.Result
	project *columns.Projection
	file    *output.File // nil before the first batch
	out     output.Writer
	rows    int64
}

// direct writes a file for each source while it runs.
func direct(ctx context.Context, x *execution) error {
	files := make([]ownFile, len(x.tasks))
	o := x.options
	o.Sink, o.Revocable = func(i int) row.Emit { return x.sink(&files[i], i) }, true
	o.PipeSink = len(x.tasks) < runtime.GOMAXPROCS(0)
	for a := range query.Dispatch(ctx, x.tasks, o) {
		i := a.Outcome.Index
		if err := x.endFile(&files[i], i, a.Outcome.State == query.OK); err != nil {
			return x.fail(err)
		}
	}
	if err, ok := errors.AsType[*outputError](context.Cause(ctx)); ok {
		return err.err
	}
	return nil
}

// sink returns the function that receives the rows of a source in one attempt. Rows of an
// earlier attempt are dropped.
func (x *execution) sink(f *ownFile, i int) row.Emit {
	f.mu.Lock()
	defer f.mu.Unlock()
	broken := f.restart()
	return func(b *row.Batch) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		err := broken
		switch {
		case err != nil:
		case f.closed:
			err = query.ErrUnwanted
		case f.schema != b.Schema:
			err = x.begins(f, i, b.Schema)
		}
		if err != nil {
			b.Release()
			return err
		}
		f.rows += int64(b.Rows())
		b = f.project.Apply(b)
		defer b.Release()
		return x.written(f.out.Write(b))
	}
}

// restart drops the rows of an earlier attempt.
func (f *ownFile) restart() (err error) {
	if f.file != nil {
		err = f.file.Discard()
	}
	f.schema, f.columns, f.project, f.file, f.out, f.rows = nil, nil, nil, nil, nil, 0
	return err
}

// begins sets the columns of a source, and opens its file.
func (x *execution) begins(f *ownFile, i int, s *row.Schema) (err error) {
	if f.schema != nil && !slices.Equal(f.schema.Columns, s.Columns) {
		return errors.New("its columns changed while its rows were read: run the query once more")
	}
	if f.schema = s; f.out != nil {
		f.project = f.columns.Projection(i, s)
		return nil
	}
	p := x.plan
	f.columns = columns.New(x.run.Columns())
	if err := f.columns.Admit(i, s); err != nil {
		return err
	}
	f.project = f.columns.Projection(i, s)
	if f.file, err = x.create(p.exporting.set.Group(i), 1); err != nil {
		return x.written(err)
	}
	f.out = p.request.Format.New(f.file, p.style)
	return nil
}

// create begins a file of the export.
func (x *execution) create(group, part int) (*output.File, error) {
	set := x.plan.exporting.set
	f, err := set.Create(group, part)
	if err == nil && f.Warning() != "" {
		x.run.Notes.Note(set.Groups()[group][0], f.Warning())
	}
	return f, err
}

// endFile completes the file of a source that has ended well, and drops it otherwise.
func (x *execution) endFile(f *ownFile, i int, well bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if !well || f.out == nil {
		return f.restart()
	}
	if err := f.out.Close(); err != nil {
		return err
	}
	f.columns.Note()
	e := x.plan.exporting
	return e.stageLater(f.file, []string{e.labels[i].Source}, 0, f.rows)
}

// written ends the run if a file cannot be written, because that is not a failure of the
// source.
func (x *execution) written(err error) error { return endRun(x.cancel, err) }
