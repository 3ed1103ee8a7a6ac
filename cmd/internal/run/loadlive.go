// A load that begins while the sources still send their rows. It commits after all of them
// have ended well, so the result does not depend on when it began.

package run

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/fanql/fanql/cmd/internal/loading"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// enoughToBegin is how many bytes of rows must wait before a load begins. With fewer there
// is nothing to gain, and the target would wait for slow sources.
const enoughToBegin = 4 << 20

// loadsLive reports whether the load may begin before it is known how the sources end. The
// conditions are: every source has to end well; the target is a server, whose table other
// sessions can read during the load; the load blocks no other session until it commits, as
// deleting a table's rows would; and the server does not limit its time.
func (x *execution) loadsLive() bool {
	p, l := x.plan, x.plan.load
	return (l.Mode == load.Append || l.Mode == load.Upsert) && l.target.Kind != nil && !l.target.Kind.OfFiles() && !l.table.Prompt &&
		p.need() == len(x.tasks) && p.merge.plain()
}

// errNotLoaded is the cause of the end of sources whose rows cannot be loaded.
var errNotLoaded = fmt.Errorf("%w: the load has failed", query.ErrNotNeeded)

// A liveLoad is such a load. It keeps the rows until its end, so that it can begin again.
// It is rolled back if a source is retried after some of its rows were sent, or if the
// target is lost while it waits for a source.
type liveLoad struct {
	x       *execution
	relay   *query.Relay
	refused map[int]error // sources whose columns do not fit
	ours    bool          // the error is an error of the load, and not of a source
}

// loadLive loads the rows while the sources send them.
func (x *execution) loadLive(ctx, later context.Context) error {
	l := &liveLoad{x: x, refused: map[int]error{}}
	l.relay = query.NewRelay(query.NewBudget(x.options.Memory, len(x.tasks), x.options.TempDir), len(x.tasks))
	defer l.relay.Close()
	o := x.options
	o.Sink, o.Revocable = l.relay.Sink, true
	err := query.Parallel(2, func(part int) error {
		if part == 1 {
			return l.run(later)
		}
		for a := range query.Dispatch(ctx, x.tasks, o) {
			l.relay.End(a.Outcome)
		}
		x.plan.Progress.Begin("loading")
		return nil
	})
	for i, why := range l.refused {
		x.run.Notes.Refuse(i, why)
	}
	x.verdict.Elapsed = x.plan.Progress.Elapsed()
	switch {
	case err == nil || l.ours:
		return err
	case !x.verdict.Met() || Interrupted(ctx) != nil: // the outcomes have the reasons
		return nil
	}
	return x.loadFailed(ctx, later, err)
}

// run loads the rows, at the second attempt after all sources have ended.
func (l *liveLoad) run(later context.Context) error {
	err := l.relay.Wait(later, enoughToBegin)
	if err != nil {
		return err
	}
	for {
		ended, well := l.relay.Ended()
		if ended && !well {
			return query.ErrNotWell
		}
		err := l.once(later)
		if err != nil && !ended && later.Err() == nil && retriable(err) {
			if err := l.relay.Wait(later, math.MaxInt64); err != nil {
				return err
			}
			l.x.verdict.Load.Warnings = nil
			continue
		}
		if err != nil && later.Err() == nil && !errors.Is(err, query.ErrNotWell) {
			l.ours = true
			l.x.noteUnknown(err)
			l.x.cancel(errNotLoaded) // the sources did not fail
		}
		return err
	}
}

// retriable reports whether a load that began while sources were running, and failed, may
// succeed once they have ended: some of its rows were invalid, or the target was lost or had
// no free connection.
func retriable(err error) bool {
	if errors.Is(err, query.ErrRestarted) {
		return true
	}
	lost, ok := errors.AsType[*driver.Error](err)
	return ok && lost.Retry != driver.Never
}

// once loads all rows.
func (l *liveLoad) once(later context.Context) error {
	x := l.x
	merged := columns.New(x.run.Columns())
	for i := range x.tasks {
		if err := merged.Admit(i, l.relay.Schema(i)); err != nil {
			l.refused[i] = err
		}
	}
	if len(l.refused) > 0 { // nothing is loaded; the outcomes are known when all sources have ended
		if err := l.relay.Wait(later, math.MaxInt64); err != nil {
			return err
		}
		return query.ErrNotWell
	}
	merged.Note()
	return x.loadRows(later, merged.Schema(), nil, func(emit row.Emit) error {
		for i := range x.tasks {
			p := merged.Projection(i, l.relay.Schema(i))
			err := l.relay.Each(later, i, func(b *row.Batch) error { return emit(p.Apply(b)) })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// refusedRows reports whether the rows themselves, or a failure of their sources, ended a
// load. Such an error needs no further explanation.
func refusedRows(err error) bool {
	_, value := errors.AsType[*loading.ValueError](err)
	return value || errors.Is(err, errUnmet) || errors.Is(err, query.ErrNotWell) || errors.Is(err, query.ErrRestarted)
}
