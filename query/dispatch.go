// Dispatch: the goroutines that carry rows. There is one for each source and, with Pipe,
// another that processes its rows. Dispatch runs the driver. It waits for the driver until
// the source's time is over, and then no longer than the grace. So no wait for a driver is
// unbounded.

package query

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// A server that has not taken its query when another source has ended may be dead. Dispatch
// waits for it until Options.Coalesce / connectingShare has passed since dispatch, or until
// the time of the other source and 1 / connectingMore of it has passed, whichever is later.
const (
	connectingShare = 6
	connectingMore  = 20
)

// Dispatch queries all sources at once when the result is ranged over, and yields one
// arrival for each in the order in which they end. Every source has ended, or is
// abandoned, within Timeout + Grace, or within Grace of ctx's end.
//
// Leaving the range early cancels the sources that still run, and returns when they
// have ended. While the body of the range works, the sources continue: they never wait
// for it.
func Dispatch(ctx context.Context, tasks []Task, o Options) iter.Seq[Arrival] {
	return func(yield func(Arrival) bool) {
		d, ended, cancel := begin(ctx, tasks, o)
		defer cancel(ErrUnwanted)
		wanted, coalesced := true, d.Coalesce == 0
		for taken := 0; taken < len(tasks); {
			batch := []*Arrival{<-ended}
			if !coalesced && batch[0].Outcome.State == OK {
				coalesced = true
				batch = d.reorder(batch, taken, tasks, ended)
			}
			taken += len(batch)
			for k, a := range batch {
				a.More = k < len(batch)-1 || len(ended) > 0
				if d.Ended != nil {
					d.Ended(a.Outcome)
				}
				if wanted {
					wanted = yield(*a)
				} else if a.Rows != nil {
					a.Rows.Discard()
				}
				if !wanted {
					cancel(ErrUnwanted)
				}
			}
		}
	}
}

// reorder waits briefly for further arrivals. It returns all that have arrived, in source
// order. The number of arrivals before the batch is taken.
func (d *dispatch) reorder(batch []*Arrival, taken int, tasks []Task, ended <-chan *Arrival) []*Arrival {
	took := d.Progress.Elapsed()
	more := (took / connectingMore).Truncate(time.Millisecond) // as often as others are checked
	connected := max(d.Coalesce/connectingShare, took+more)
	late, look := time.NewTimer(d.Coalesce), time.NewTicker(time.Millisecond)
	defer late.Stop()
	defer look.Stop()
	who := 0
	for waiting := true; waiting && taken+len(batch) < cap(ended); {
		if who = d.expects(tasks, who, connected); who < 0 {
			break
		}
		select {
		case a := <-ended:
			batch = append(batch, a)
		case <-late.C:
			waiting = false
		case <-look.C:
		}
	}
	for taken+len(batch) < d.Progress.over() { // the arrivals of sources that have ended are about to be in the channel
		batch = append(batch, <-ended)
	}
	slices.SortFunc(batch, func(a, b *Arrival) int { return cmp.Compare(a.Outcome.Index, b.Outcome.Index) })
	return batch
}

// expects returns a source that has not ended and may do so soon, or -1. Such a source is a
// file, waits for its turn, or has taken its query; until the time connected any other
// counts as well. It checks the sources from this index on. So a caller that passes the
// last result makes it check few, however many there are.
func (d *dispatch) expects(tasks []Task, from int, connected time.Duration) int {
	all := d.Progress.Elapsed() < connected
	for n := range tasks {
		i := (from + n) % len(tasks)
		e := &d.Progress.entries[i]
		phase := e.progress.Phase()
		if State(e.state.Load()) == Running && (all || tasks[i].Local || phase == driver.Waiting || phase >= driver.Query) {
			return i
		}
	}
	return -1
}

// begin starts all sources. Each sends one arrival, and the channel has room for all of
// them. The caller must call cancel when it needs no more arrivals, at the latest after the
// last.
func begin(ctx context.Context, tasks []Task, o Options) (d *dispatch, ended <-chan *Arrival, cancel context.CancelCauseFunc) {
	d = &dispatch{Options: o, budget: NewBudget(o.Memory, len(tasks), o.TempDir)}
	if d.Grace == 0 {
		d.Grace = DefaultGrace
	}
	if d.Progress == nil {
		d.Progress = NewProgress(tasks)
	}
	d.begun = time.Now()
	since := d.begun
	if !o.Since.IsZero() {
		since = o.Since
	}
	d.Progress.begin(since)
	ctx, cancel = context.WithCancelCause(ctx)
	if o.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithDeadlineCause(ctx, since.Add(o.Timeout), &TimeoutError{After: o.Timeout})
		context.AfterFunc(ctx, stop)
	}
	if o.Ending != nil {
		context.AfterFunc(ctx, func() {
			if d.Progress.over() < len(tasks) {
				o.Ending()
			}
		})
		// The end of ctx starts a goroutine for each source, perhaps thousands. The sources
		// get a context below this one, so that the goroutine that calls Ending starts
		// before all of those.
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		context.AfterFunc(ctx, stop)
	}
	arrivals := make(chan *Arrival, len(tasks))
	d.running = make([]atomic.Pointer[supervised], len(tasks))
	say := func(end *Arrival) {
		i := end.Outcome.Index
		if end.refused {
			d.line.back(ctx, i, end.Outcome.Err)
			return
		}
		end.note(d.line.leave(i))
		arrivals <- end
	}
	d.line = newAdmission(tasks, func(i int, waited bool) {
		if waited {
			d.Progress.entries[i].waited.Store(d.Progress.since())
		}
		s := &supervised{d: d, i: i, say: say}
		d.running[i].Store(s)
		go s.supervise(ctx, &tasks[i])
	}, func(i int, err error) {
		end := d.notStarted(i, err)
		end.note(d.line.places[i].note)
		arrivals <- end
	})
	d.line.begin(ctx)
	context.AfterFunc(ctx, func() { time.AfterFunc(d.Grace, func() { d.abandonAll(context.Cause(ctx)) }) })
	return d, arrivals, cancel
}

type dispatch struct {
	Options
	begun   time.Time
	budget  *Budget
	line    *admission
	running []atomic.Pointer[supervised] // the last turn of each source
}

// abandonAll ends the sources whose drivers have not returned in the grace after the end of
// the run's time. A source whose own time ended earlier has its own grace, which began
// then.
func (d *dispatch) abandonAll(cause error) {
	for i := range d.running {
		if s := d.running[i].Load(); s != nil && !s.hasGrace() {
			s.abandon(cause)
		}
	}
}

// supervise runs one source and reports once how it ended, at the latest when the grace
// after its time is over. That report then comes from another goroutine, while the
// driver still runs.
//
// Thousands of sources may wait at once, each in this goroutine. So the stack from here
// down to the network read is kept small, and no second goroutine waits for each source:
// the end of the run is watched once for all of them.
func (s *supervised) supervise(ctx context.Context, a *Task) {
	ctx, end := s.d.within(ctx, a)
	defer end(ErrUnwanted)
	cancel := func(cause error) {
		end(cause)
		s.abandonLater(context.Cause(ctx))
	}
	if a.Timeout > 0 {
		defer context.AfterFunc(ctx, func() { s.abandonLater(context.Cause(ctx)) })()
	}
	s.end(s.d.run(ctx, cancel, s.i, a))
}

// within returns the context of a source whose turn has come.
func (d *dispatch) within(ctx context.Context, a *Task) (context.Context, context.CancelCauseFunc) {
	if a.Timeout == 0 {
		return context.WithCancelCause(ctx)
	}
	from := d.begun
	if a.OnTurn {
		from = time.Now()
	}
	ctx, stop := context.WithDeadlineCause(ctx, from.Add(a.Timeout), a.ownTimeout())
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func(cause error) {
		cancel(cause)
		stop()
	}
}

// A supervised source is one that runs.
type supervised struct {
	d    *dispatch
	i    int
	say  func(*Arrival)
	said sync.Once

	mu    sync.Mutex
	over  bool        // it is known how the source ended
	grace *time.Timer // abandons the source when it fires; nil unless the source's time ends before the run's
}

// end reports how the source ended, once.
func (s *supervised) end(how *Arrival) {
	s.mu.Lock()
	s.over = true
	if s.grace != nil {
		s.grace.Stop()
	}
	s.mu.Unlock()
	s.d.running[s.i].CompareAndSwap(s, nil)
	s.said.Do(func() {
		if !how.refused { // a refused source has not ended: it waits for another turn
			s.d.Progress.entries[s.i].left.Store(how.Outcome.Abandoned)
			s.d.Progress.end(s.i, how.Outcome.State)
		}
		s.say(how)
	})
}

// abandonLater ends the source if its driver has not returned after the grace.
func (s *supervised) abandonLater(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.grace != nil {
		return
	}
	s.grace = time.AfterFunc(s.d.Grace, func() { s.abandon(cause) })
}

func (s *supervised) hasGrace() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grace != nil
}

// abandon ends the source although its driver has not returned.
func (s *supervised) abandon(cause error) {
	end := &Arrival{Outcome: s.d.outcome(s.i, cause, true)}
	end.Outcome.Abandoned, end.Outcome.Cancel = true, driver.Unknown
	s.end(end)
}

// run queries the source, retries if that may help, and decides how it ended. It uses only
// the source's own data, since it may still run when the source is abandoned.
func (d *dispatch) run(ctx context.Context, cancel context.CancelCauseFunc, i int, a *Task) *Arrival {
	e := &d.Progress.entries[i]
	for {
		e.attempts.Add(1)
		connected := d.connecting(cancel, i, a.ConnectTimeout)
		end, err := d.attempt(ctx, cancel, i, a)
		connected()
		if refused(a, err) {
			e.attempts.Add(-1)
			e.progress.Enter(driver.Waiting)
			end.refused = true
			return end
		}
		pause, retry := d.retry(e, err)
		if !retry {
			return end
		}
		d.line.rest(i)
		if !sleep(ctx, pause) || !d.line.retake(ctx, i) {
			return end
		}
		if e.firstErr.Load() == nil {
			failed, _ := errors.AsType[*driver.Error](err) // as all errors that are retried
			e.firstErr.Store(failed)
		}
		e.lost.Add(e.rows.Swap(0))
		e.queryAt.Store(0)
		e.firstRow.Store(0)
	}
}

// connecting ends a source whose query is not sent in time. The returned function stops the
// timer. The caller calls it at the end of an attempt at the latest.
func (d *dispatch) connecting(cancel context.CancelCauseFunc, i int, limit time.Duration) (connected func()) {
	e := &d.Progress.entries[i]
	connected = func() {}
	if limit > 0 {
		t := time.AfterFunc(limit, func() { cancel(&TimeoutError{What: "connect timeout", After: limit}) })
		connected = func() { t.Stop() }
	}
	e.progress.Entered = func(p driver.Phase) {
		if p >= driver.Query {
			connected()
			e.queryAt.CompareAndSwap(0, d.Progress.since())
		}
		d.line.reached(i, p)
	}
	return connected
}

// notStarted returns the arrival of a source whose turn did not come in time.
func (d *dispatch) notStarted(i int, err error) *Arrival {
	end := &Arrival{Outcome: d.outcome(i, err, true)}
	end.Outcome.Phase = driver.Waiting
	if end.Outcome.State == Timeout {
		end.Outcome.State = Skipped
	}
	d.Progress.end(i, end.Outcome.State)
	return end
}
