// What follows the look-up of a statement over all sources: their rows are fetched, and
// the rest of the work is done here.

package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/row"
)

// An InvalidError is a statement that cannot be run on any data: nothing was fetched.
type InvalidError struct{ Err error }

func (e *InvalidError) Error() string { return e.Err.Error() }
func (e *InvalidError) Unwrap() error { return e.Err }

// federated answers one statement over the tables of all sources.
func federated(ctx context.Context, x *execution) error {
	v, p := x.verdict, x.plan
	v.Federated = true
	looking, fetching, ctx, stop := p.steps(ctx)
	defer stop()
	l, err := x.lookUp(looking)
	if errors.Is(err, errNotWanted) {
		return nil
	}
	if err != nil {
		return x.unplanned(l, err)
	}
	parts, again := x.fetch(fetching, l)
	if again {
		for _, part := range parts {
			part.Rows.Discard()
		}
		if err := p.federation.gather(); err != nil {
			return err
		}
		parts, _ = x.fetch(fetching, l)
	}
	v.Elapsed = p.Progress.Elapsed()
	if !v.Met() {
		for _, part := range parts {
			part.Rows.Discard()
		}
		return nil
	}
	p.Progress.Begin("finishing")
	err = x.finishFederated(ctx, parts)
	v.Elapsed = p.Progress.Elapsed()
	return x.fail(err)
}

// unplanned is the end of a run without a plan.
func (x *execution) unplanned(l *looker, err error) error {
	for _, source := range slices.Sorted(maps.Keys(l.answered)) {
		l.end(source)
	}
	if _, ok := errors.AsType[*federate.Invalid](err); ok {
		return &InvalidError{err}
	}
	return err
}

// fetch asks each source for its part of the statement. A source that none of the
// tables is of has ended well. Again says that a server had an error of a value in work
// that DuckDB may have none in: then all are to be asked for their rows.
func (x *execution) fetch(ctx context.Context, l *looker) (parts []federate.Part, again bool) {
	f := x.plan.federation
	x.plan.Progress.Begin("fetching")
	var tasks []query.Task
	var index []int
	for i, t := range x.plan.Targets {
		if _, in := l.answered[i]; !in {
			continue
		}
		b := &bundle{Source: t.Task.Source, connectTimeout: t.Task.ConnectTimeout}
		var own []*federate.Fragment
		for _, fragment := range f.fragments {
			if fragment.Source == i {
				own = append(own, fragment)
				b.requests = append(b.requests, t.request(catalog.Fixed(fragment.SQL)))
			}
		}
		if len(own) == 0 {
			l.end(i)
			continue
		}
		b.take = func(n int, batch *row.Batch) error { return own[n].Read(batch) }
		task := t.Task
		task.Source = b
		tasks, index = append(tasks, task), append(index, i)
	}
	o := x.options
	o.Timeout, o.Progress = 0, x.plan.Progress.Continue(tasks)
	o.Ended = func(outcome query.Outcome) {
		outcome.Index = index[outcome.Index]
		if f.pushed(outcome.Index) && federate.OfValue(outcome.Err) {
			again = true
			x.run.Notes.Note(outcome.Index, "was asked for its rows, since it ended the work on them with an error: "+outcome.Err.Error())
			return
		}
		x.options.Ended(outcome)
	}
	for a := range query.Dispatch(ctx, tasks, o) {
		if a.Outcome.State != query.OK {
			continue
		}
		b := tasks[a.Outcome.Index].Source.(*bundle)
		source := index[a.Outcome.Index]
		parts = append(parts, federate.Part{Source: source, Rows: a.Rows, Fragment: func(s *row.Schema) *federate.Fragment {
			return f.of(source, b.of[s])
		}})
	}
	slices.SortFunc(parts, func(a, b federate.Part) int { return cmp.Compare(a.Source, b.Source) })
	return parts, again
}

// pushed reports whether a source does more than give columns of its tables.
func (f *federation) pushed(source int) bool {
	return slices.ContainsFunc(f.fragments, func(fragment *federate.Fragment) bool { return fragment.Source == source && fragment.Pushed })
}

// gather plans anew: all rows are fetched, and all work is done here.
func (f *federation) gather() (err error) {
	f.fragments, err = f.plan.Gather()
	return err
}

// of gives the n-th fragment of a source.
func (f *federation) of(source, n int) *federate.Fragment {
	for _, fragment := range f.fragments {
		if fragment.Source != source {
			continue
		}
		if n == 0 {
			return fragment
		}
		n--
	}
	return nil
}

// finishFederated loads the rows and writes the answer. The engine's work is watched:
// see [engineWatch].
func (x *execution) finishFederated(ctx context.Context, parts []federate.Part) error {
	v, p := x.verdict, x.plan
	f := p.federation
	ctx, interrupt := context.WithCancelCause(ctx)
	defer interrupt(nil)
	out := x.writer()
	watch := newWatch(ceilingOf(p.request.Memory, x.host.MemoryLimit), p.request.Spelling.Name(OptionMemory))
	close(watch.begun)
	result := query.NewBudget(p.options.Memory, 1, "").Stage()
	defer result.Discard()
	err := watch.run(ctx, interrupt, func() error {
		err := f.plan.Load(ctx, parts)
		if err == nil {
			err = f.plan.Query(ctx, result.Add)
		}
		if err == nil {
			err = result.Seal(ctx)
		}
		if err = stopped(ctx, err); err != nil {
			return enough(err, p.request.Spelling)
		}
		return result.Each(func(b *row.Batch) error {
			defer b.Release()
			if err := watch.answer(); err != nil {
				return err
			}
			v.ResultRows += int64(b.Rows())
			return out.Write(b)
		})
	})
	switch {
	case watch.stage.Load() == givenUp:
		f.givenUp = true
		err = errors.Join(err, f.plan.Remove())
		if x.host.Runaway != nil {
			go watch.leaveBeyond(x.host.Runaway)
		}
	case err == nil:
		err = errors.Join(out.Close(), f.plan.Close())
	default:
		err = errors.Join(err, f.plan.Close())
	}
	return err
}

// stopped gives the reason for which the work here was ended, where ctx is done, and
// else the error as it is.
func stopped(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if cause == nil || err == nil {
		return err
	}
	if late, ok := errors.AsType[*query.TimeoutError](cause); ok {
		return fmt.Errorf("the work on the fetched rows %w", late)
	}
	return fmt.Errorf("the work on the fetched rows was stopped: %w", cause)
}

// steps gives the contexts of the look-up, of fetching and of the work here. Where the
// answer counts without the sources that are late, none of these steps takes all of the
// time.
func (p *Plan) steps(ctx context.Context) (looking, fetching, finishing context.Context, stop func()) {
	fetching, finishing, stopLate := p.deadlines(ctx)
	limit := p.options.Timeout
	switch {
	case limit == 0:
		return ctx, ctx, ctx, stopLate
	case p.require.Of(len(p.Targets)) == len(p.Targets):
		return finishing, finishing, finishing, stopLate
	}
	s := p.request.Spelling
	looking, stopLooking := context.WithTimeoutCause(fetching, limit/2, &query.TimeoutError{
		What: fmt.Sprintf("the rest of %s is for the rows of those that answered", s.Name(OptionTimeout)), After: limit / 2,
	})
	return looking, fetching, finishing, func() { stopLooking(); stopLate() }
}
