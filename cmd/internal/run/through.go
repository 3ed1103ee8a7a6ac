// One source into a file of a format that needs types: its columns are those of the result,
// so its rows are written while it runs and do not wait.

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
	"github.com/fanql/fanql/sources/row"
)

// single is such a result. The lock is for a driver that was abandoned in the middle of a
// write and must not continue it.
type single struct {
	x *execution

	mu     sync.Mutex
	closed bool
	schema *row.Schema // the columns of the attempt; nil before its first rows
	merged *columns.Result
	rows   *columns.Projection
	out    output.Writer
}

func through(ctx context.Context, x *execution) error {
	s := &single{x: x}
	o := x.options
	o.Sink, o.Revocable, o.PipeSink = s.attempt, true, runtime.GOMAXPROCS(0) > 1
	ended := false
	for a := range query.Dispatch(ctx, x.tasks, o) {
		ended = a.Outcome.State == query.OK
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if err, ok := errors.AsType[*outputError](context.Cause(ctx)); ok {
		return err.err
	}
	if !ended || ctx.Err() != nil || !x.verdict.Met() { // the file will not be used
		return nil
	}
	s.merged.Note()
	return s.out.Close()
}

// attempt returns the function that receives the rows of one attempt. Rows of an earlier
// attempt are dropped.
func (s *single) attempt(int) row.Emit {
	s.mu.Lock()
	defer s.mu.Unlock()
	var broken error
	if s.out != nil {
		broken = errors.Join(discard(s.out), s.x.plan.file.Rewind())
	}
	s.schema, s.merged, s.rows = nil, columns.New(s.x.run.Columns()), nil
	s.x.notes = nil
	s.out = s.x.format(s.x.plan.file)
	return func(b *row.Batch) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.closed {
			b.Release()
			return query.ErrUnwanted
		}
		if err := s.admit(b.Schema); err != nil {
			b.Release()
			return err
		}
		b = s.rows.Apply(b)
		defer b.Release()
		return s.written(errors.Join(broken, s.out.Write(b)))
	}
}

// admit sets the columns of the result when the first rows arrive.
func (s *single) admit(schema *row.Schema) error {
	switch {
	case s.schema == nil:
		if err := s.merged.Admit(0, schema); err != nil {
			return err
		}
		s.schema, s.rows = schema, s.merged.Projection(0, schema)
	case s.schema != schema && !slices.Equal(s.schema.Columns, schema.Columns):
		return errors.New("queried once more, it gave other columns: run the query once more")
	}
	return nil
}

// written ends the run if the result cannot be written, because that is not a failure of
// the source.
func (s *single) written(err error) error {
	if err != nil {
		err = &outputError{err}
	}
	return s.x.fail(err)
}
