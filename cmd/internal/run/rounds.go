// The rounds in which the fragments of a federated statement are sent: fragments that need
// the keys of others are in the second one.

package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// rounds are the dispatches that fetch the rows.
type rounds struct {
	x        *execution
	l        *looker
	parts    []federate.Part
	retry    bool
	outcomes map[int]query.Outcome // of the sources that have ended well so far
	between  *between              // set if there are two rounds
}

func waits(fragment *federate.Fragment) bool { return fragment.Waits() }

func first(fragment *federate.Fragment) bool { return !fragment.Waits() }

// requestAll sends the sources all fragments.
func (r *rounds) requestAll(ctx context.Context) {
	x, f := r.x, r.x.plan.federation
	if !slices.ContainsFunc(f.fragments, waits) {
		r.request(ctx, nil)
		return
	}
	r.between = newBetween(f.plan)
	if r.haveRoom() {
		for i := range x.plan.Targets {
			if _, in := r.l.answered[i]; in && len(f.of(i, nil)) > 0 {
				r.between.expect(i)
			}
		}
		r.between.hold = true
		r.request(ctx, nil)
	} else {
		r.request(ctx, first)
	}
	if r.retry || x.verdict.Hopeless() {
		return
	}
	r.between.restrict()
	if r.between.wrong != nil {
		x.run.Notes.Note(0, r.between.wrong.Error())
	}
	late := r.between.late
	if r.between.hold {
		if len(late) == 0 {
			return
		}
		for _, source := range slices.Sorted(maps.Keys(late)) {
			x.run.Notes.Note(source, fmt.Sprintf("its tables were read at two times: others had not given their rows %v later, in which it was to keep its transaction open", mostHeld))
		}
		r.between.only, r.between.hold = late, false
	}
	x.plan.Progress.Begin("fetching what meets it")
	r.request(ctx, waits)
}

// request sends the sources that have not failed some of their fragments. If which is nil,
// it sends all fragments: those that need keys follow when all sources have sent the rows
// of the others.
func (r *rounds) request(ctx context.Context, which func(*federate.Fragment) bool) {
	x, f := r.x, r.x.plan.federation
	var tasks []query.Task
	var index []int
	owns := map[int][]*federate.Fragment{}
	shown := make([]int, len(x.plan.Targets)) // requests before those for fragments
	for i, t := range x.plan.Targets {
		own := f.of(i, which)
		if _, in := r.l.answered[i]; !in || len(own) == 0 || !r.between.wants(i) {
			continue
		}
		b := &bundle{Source: x.source(i), connectTimeout: t.Task.ConnectTimeout, together: t.copies == nil}
		begin := own
		if r.between.holds() {
			waiting := f.of(i, waits)
			begin = f.of(i, first)
			own = append(slices.Clip(begin), waiting...)
			if len(waiting) > 0 {
				b.more = func(ctx context.Context) ([]driver.Request, error) {
					if begun, err := r.between.meet(ctx, i, len(begin) > 0); !begun || err != nil {
						return nil, err
					}
					return requests(t, waiting), nil
				}
			}
		}
		b.requests = requests(t, begin)
		if r.l.assumed.is(i) {
			shown[i], b.requests = 1, append([]driver.Request{r.l.assumed.request(t)}, b.requests...)
		}
		b.begun = func() { r.between.begin(i) }
		b.take = func(n int, batch *row.Batch) (bool, error) {
			if n -= shown[i]; n < 0 {
				return false, r.l.assumed.check(i, batch)
			}
			err := own[n].Read(batch)
			if err == nil && !own[n].Waits() {
				r.between.collect(i, own[n], batch)
			}
			return err == nil, err
		}
		b.placed = func(n int, err error) error {
			if n -= shown[i]; n < 0 {
				return err
			}
			return f.logical.placed(i, own[n].Logical(), err)
		}
		task := t.Task
		task.Source = b
		tasks, index, owns[i] = append(tasks, task), append(index, i), own
	}
	if len(tasks) == 0 {
		return
	}
	o := x.options
	o.Timeout, o.Progress = 0, x.plan.Progress.Continue(tasks)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.Ended = func(outcome query.Outcome) {
		if r.ended(index[outcome.Index], outcome); r.l.assumed.failed() {
			cancel()
		}
	}
	for a := range query.Dispatch(ctx, tasks, o) {
		if a.Outcome.State != query.OK {
			continue
		}
		b, source := tasks[a.Outcome.Index].Source.(*bundle), index[a.Outcome.Index]
		r.parts = append(r.parts, federate.Part{Source: source, Rows: a.Rows, Fragment: func(s *row.Schema) *federate.Fragment {
			return owns[source][b.of[s]-shown[source]]
		}})
	}
}

// requests returns a target's requests for fragments.
func requests(t Target, fragments []*federate.Fragment) (all []driver.Request) {
	for _, fragment := range fragments {
		all = append(all, t.request(catalog.Fixed(fragment.SQL)))
	}
	return all
}

// haveRoom reports whether all remaining sources can run at the same time. Otherwise a
// source that keeps its transaction open could block others that wait for their turn.
func (r *rounds) haveRoom() bool {
	return r.x.plan.Targets.haveRoom(func(i int) bool { _, in := r.l.answered[i]; return in }, func(l *query.Limit) int { return l.Most })
}

// haveRoom reports whether the chosen targets can run at the same time. Room returns how
// many of them a limit accepts.
func (t Targets) haveRoom(in func(int) bool, room func(*query.Limit) int) bool {
	places := map[*query.Limit]int{}
	for i := range t {
		if !in(i) {
			continue
		}
		for _, l := range t[i].Task.Limits {
			if places[l]++; l.Until == 0 && places[l] > room(l) {
				return false
			}
		}
	}
	return true
}

// ended records how a source has ended a round. The rows of a source that failed are
// dropped.
func (r *rounds) ended(source int, o query.Outcome) {
	x := r.x
	o.Index = source
	r.between.leave(source, o.State == query.OK)
	if a := r.l.assumed; a.failed() || a != nil && errors.Is(o.Err, errAssumed) {
		a.wrong = true // all rows so far are invalid
		return
	}
	before, both := r.outcomes[source]
	if both {
		o.Rows, o.Bytes = o.Rows+before.Rows, o.Bytes+before.Bytes
	}
	switch {
	case o.State == query.OK:
		r.outcomes[source] = o
	case x.plan.federation.pushed(source) && federate.OfValue(o.Err):
		r.retry = true
		x.run.Notes.Note(source, "was asked for its rows, since it ended the work on them with an error: "+o.Err.Error())
	default:
		o.Discarded += before.Rows
		delete(r.l.answered, source)
		delete(r.outcomes, source)
		r.parts = slices.DeleteFunc(r.parts, func(p federate.Part) bool {
			if p.Source == source {
				p.Rows.Discard()
			}
			return p.Source == source
		})
		x.options.Ended(o)
	}
}

// end sets the outcomes of the sources that ended well.
func (r *rounds) end() {
	if r.retry {
		return
	}
	for _, source := range slices.Sorted(maps.Keys(r.outcomes)) {
		r.x.options.Ended(r.outcomes[source])
	}
}
