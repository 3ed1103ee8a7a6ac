// A reduce: the rows of all sources are gathered, and SQL computes the result.

package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/fanql/fanql/merge/reduce"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// reducing is the part of a plan about a reduce.
type reducing struct {
	sql    string
	memory int64
	tables []reduce.Table
	engine *reduce.Engine
	// givenUp is set if the engine does not stop: then it cannot be closed.
	givenUp bool
}

// rowsTable is the table of all rows if there is one query.
const rowsTable = "rows"

// reducing plans a reduce, if the request has one. Rows are read out of the stages
// while they are loaded, so at worst both are full at once: each gets half of the
// memory.
func (p *Plan) reducing() {
	if r := p.request.Reduce; r != nil {
		p.options.Memory /= 2
		p.reduce = &reducing{sql: r.SQL, memory: p.options.Memory}
	}
}

// oneTable makes a table of the sources of the one query, and a view of each.
func (p *Plan) oneTable(s option.Spelling) error {
	if p.reduce == nil {
		return nil
	}
	names := map[string]string{}
	for _, t := range p.Targets {
		name := t.Name()
		folded := strings.ToLower(name)
		if folded == rowsTable {
			return fmt.Errorf("source %s has the name of the table that %s reads: give it another, as in %s NAME=URL", name, s.Name(OptionReduce), s.Name(OptionAlias))
		}
		if other, ok := names[folded]; ok {
			return fmt.Errorf("sources %s and %s differ in case only, which names in %s do not: rename one, as in %s NAME=URL",
				other, name, s.Name(OptionReduce), s.Name(OptionAlias))
		}
		names[folded] = name
	}
	p.reduce.add(rowsTable, p.Targets)
	p.reduce.tables[0].Views = true
	return nil
}

// add adds a table of the sources, whose tasks come next.
func (r *reducing) add(name string, targets Targets) {
	next := 0
	for _, t := range r.tables {
		next += len(t.Tasks)
	}
	t := reduce.Table{Name: name}
	for i := range targets {
		t.Tasks, t.Sources = append(t.Tasks, next+i), append(t.Sources, targets[i].Name())
	}
	r.tables = append(r.tables, t)
}

// startReduce starts the engine and checks that the SQL parses.
func (p *Plan) startReduce() (err error) {
	if p.reduce == nil {
		return nil
	}
	if p.reduce.engine, err = reduce.Open(reduce.Options{Memory: p.reduce.memory, Called: p.request.Spelling.Name(OptionReduce)}); err != nil {
		return err
	}
	if err := p.reduce.engine.Check(p.reduce.sql); err != nil {
		p.Close()
		return fmt.Errorf("%s: %w", p.request.Spelling.Name(OptionReduce), err)
	}
	return nil
}

// Close closes the engine of a reduce, if there is one. An engine that did not stop may
// have written files since: its folder is removed again.
func (p *Plan) Close() {
	_ = p.exporting.close() // a lock ends with the process at the latest
	p.closeFederation()
	switch {
	case p.reduce == nil || p.reduce.engine == nil:
	case p.reduce.givenUp:
		_ = p.reduce.engine.Remove()
	default:
		_ = p.reduce.engine.Close() // its error is reported where the rows are reduced
	}
}

// reduced gathers the rows of all sources and writes the result of the SQL. The engine
// is watched: see [engineWatch].
func reduced(ctx context.Context, x *execution) error {
	v, p := x.verdict, x.plan
	v.Reduced = true
	gathering, ctx, stop := p.deadlines(ctx)
	defer stop()
	ctx, interrupt := context.WithCancelCause(ctx)
	defer interrupt(nil)
	r := p.reduce
	for i := range r.tables {
		r.tables[i].SourceColumn = x.run.SourceColumn
	}
	out := x.writer()
	watch := newWatch(ceilingOf(p.request.Memory, x.host.MemoryLimit), p.request.Spelling.Name(OptionMemory))
	emit := func(b *row.Batch) error {
		defer b.Release()
		if err := watch.answer(); err != nil {
			return err
		}
		v.ResultRows += int64(b.Rows())
		return out.Write(b)
	}
	if !x.run.ByPlace { // if columns are matched by position, a source's own names do not show which columns the SQL needs
		x.options.Shape = r.engine.Shape
	}
	arrivals := func(yield func(query.Arrival) bool) {
		defer close(watch.begun)
		for arrival := range query.Dispatch(gathering, x.tasks, x.options) {
			if !yield(arrival) {
				return
			}
		}
	}
	err := watch.run(ctx, interrupt, func() error {
		return enough(r.engine.Strategy(ctx, r.sql, r.tables...).Merge(x.run, arrivals, emit), p.request.Spelling)
	})
	switch {
	case watch.stage.Load() == givenUp:
		r.givenUp = true
		err = errors.Join(err, r.engine.Remove())
		if x.host.Runaway != nil {
			go watch.leaveBeyond(x.host.Runaway)
		}
	case err == nil && v.Met():
		err = errors.Join(out.Close(), r.engine.Close())
	default:
		err = errors.Join(err, r.engine.Close())
	}
	v.Elapsed = p.Progress.Elapsed() // the reduce is part of the run
	return x.fail(err)
}

// enough names the option that gives the engine more of the resource that it ran out
// of.
func enough(err error, s option.Spelling) error {
	refused, ok := errors.AsType[*reduce.Error](err)
	switch {
	case ok && refused.OutOfMemory:
		return fmt.Errorf("%w: raise %s", err, s.Name(OptionMemory))
	case ok && refused.OutOfDisk:
		return fmt.Errorf("%w in %s: set TMPDIR to a folder with more room, raise %s, or have the SQL make less of the rows", err, os.TempDir(), s.Name(OptionMemory))
	case ok && refused.NoTempDir:
		return fmt.Errorf("%w: raise %s, or set TMPDIR to a folder that can be written to", err, s.Name(OptionMemory))
	}
	return err
}

// left returns the rest of the deadline, which counts from the search for sources.
func (p *Plan) left() time.Duration {
	if began := p.request.Started; !began.IsZero() {
		return max(p.options.Timeout-time.Since(began), time.Millisecond)
	}
	return p.options.Timeout
}

// deadlines returns the contexts of gathering and of the reduce, which share the one
// deadline. If the answer counts without late sources, gathering ends early enough to
// leave time for the reduce.
func (p *Plan) deadlines(ctx context.Context) (gathering, reducing context.Context, stop func()) {
	if p.options.Timeout == 0 {
		return ctx, ctx, func() {}
	}
	limit := p.left()
	reducing, stopLate := context.WithTimeoutCause(ctx, limit, &query.TimeoutError{After: p.options.Timeout})
	if p.require.Of(len(p.Targets)) == len(p.Targets) {
		return ctx, reducing, stopLate
	}
	later := min(p.options.Timeout/10, time.Second)
	s := p.request.Spelling
	gathering, stopEarly := context.WithTimeoutCause(ctx, max(limit-later, time.Millisecond), &query.TimeoutError{
		What: fmt.Sprintf("the rest of %s is for %s", s.Name(OptionTimeout), p.laterWork(s)), After: p.options.Timeout - later,
	})
	return gathering, reducing, func() { stopEarly(); stopLate() }
}
