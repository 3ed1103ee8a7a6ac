// After the look-up for a statement over all sources: the rows are fetched, and DuckDB
// does the rest of the work.

package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/sources/row"
)

// An InvalidError is a statement that is invalid for any data; nothing was fetched.
type InvalidError struct{ Err error }

func (e *InvalidError) Error() string { return e.Err.Error() }
func (e *InvalidError) Unwrap() error { return e.Err }

// federated runs one statement over the tables of all sources.
func federated(ctx context.Context, x *execution) error {
	v, p := x.verdict, x.plan
	v.Federated = true
	looking, fetching, ctx, stop := p.steps(ctx)
	defer stop()
	x.hold(fetching)
	defer func() { x.held.Close() }()
	a := x.assume()
	l, err := x.lookUp(looking, a)
	var parts []federate.Part
	var retry bool
	if a != nil && !errors.Is(err, errNotWanted) {
		if a.wrong = a.wrong || err != nil || !a.fits(p.federation); !a.wrong {
			parts, retry = x.fetch(fetching, l)
		}
		if a.wrong = a.wrong || retry; a.wrong {
			for _, part := range parts {
				part.Rows.Discard()
			}
			if err := p.federation.renew(); err != nil {
				return err
			}
			a = nil
			l, err = x.lookUp(looking, nil)
		}
	}
	if errors.Is(err, errNotWanted) {
		return nil
	}
	if err != nil {
		return x.unplanned(l, err)
	}
	if a == nil {
		parts, retry = x.fetch(fetching, l)
	} else {
		for _, note := range a.notes {
			note()
		}
	}
	if retry {
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

// unplanned ends a run whose statement could not be planned.
func (x *execution) unplanned(l *looker, err error) error {
	for _, source := range slices.Sorted(maps.Keys(l.answered)) {
		l.end(source)
	}
	if _, ok := errors.AsType[*federate.Invalid](err); ok {
		return &InvalidError{err}
	}
	return err
}

// fetch sends each source its part of the statement, in two rounds if some parts need keys
// of others. A source without any of the tables has ended well. retry means that a server
// returned an error about a value, which DuckDB might not have. Then all sources have to
// send their rows.
func (x *execution) fetch(ctx context.Context, l *looker) (parts []federate.Part, retry bool) {
	f := x.plan.federation
	r := &rounds{x: x, l: l, outcomes: map[int]query.Outcome{}}
	x.plan.Progress.Begin("fetching")
	x.held.Last()
	for i := range x.plan.Targets {
		if _, in := l.answered[i]; in && len(f.of(i, nil)) == 0 {
			l.end(i)
		}
	}
	r.requestAll(ctx)
	if !l.assumed.failed() {
		r.end()
	}
	x.verdict.Sent = f.sent(len(x.plan.Targets))
	slices.SortStableFunc(r.parts, func(a, b federate.Part) int { return cmp.Compare(a.Source, b.Source) })
	return r.parts, r.retry
}

// hold keeps the sessions of the look-up for the rows, if all sources can have one at the
// same time.
func (x *execution) hold(ctx context.Context) {
	all := x.plan.Targets
	opened := func(i int) bool { return all[i].Opened.Err == nil }
	if !all.haveRoom(opened, func(l *query.Limit) int {
		if l.Overflow != nil {
			return l.Most + l.Overflow.Most
		}
		return l.Most
	}) {
		return
	}
	x.held, x.sources = query.NewHold(ctx, mostHeld), make([]query.Source, len(all))
	for i, t := range all {
		if opened(i) && t.copies == nil { // each of several copies has sessions of its own
			x.sources[i] = x.held.Source(t.Task.Source)
		}
	}
}

// source returns the source of a target, with its session if that is kept.
func (x *execution) source(i int) query.Source {
	if x.held != nil && x.sources[i] != nil {
		return x.sources[i]
	}
	return x.plan.Targets[i].Task.Source
}

// pushed reports whether a source does more than return columns of its tables.
func (f *federation) pushed(source int) bool {
	return slices.ContainsFunc(f.fragments, func(fragment *federate.Fragment) bool { return fragment.Source == source && fragment.Pushed })
}

// gather plans again: all rows are fetched, and DuckDB does all work.
func (f *federation) gather() (err error) {
	f.fragments, err = f.plan.Gather()
	return err
}

// sent returns what the sources were sent, for the report.
func (f *federation) sent(sources int) [][]report.Sent {
	all := make([][]report.Sent, sources)
	for i := range all {
		all[i] = []report.Sent{}
	}
	for _, fragment := range f.fragments {
		all[fragment.Source] = append(all[fragment.Source], report.Sent{SQL: fragment.SQL, Here: append([]string{}, fragment.Why...)})
	}
	return all
}

// of returns a source's fragments; which may be nil for all of them.
func (f *federation) of(source int, which func(*federate.Fragment) bool) (own []*federate.Fragment) {
	for _, fragment := range f.fragments {
		if fragment.Source == source && (which == nil || which(fragment)) {
			own = append(own, fragment)
		}
	}
	return own
}

// finishFederated loads the rows and writes the result. The engine is watched while it
// runs: see [engineWatch].
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

// stopped returns the reason why the work on the fetched rows was ended, if ctx is done,
// and otherwise err.
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

// steps returns the contexts of the look-up, of fetching and of the work on the rows. If
// the result counts without late sources, none of these steps may take all of the time.
func (p *Plan) steps(ctx context.Context) (looking, fetching, finishing context.Context, stop func()) {
	fetching, finishing, stopLate := p.deadlines(ctx)
	limit := p.left()
	switch {
	case p.options.Timeout == 0:
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
