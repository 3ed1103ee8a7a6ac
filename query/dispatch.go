// Dispatch: the goroutines that carry rows, two for each source, and a third, of
// Pipe's, where they are taken apart. One runs the driver; one waits for it, for
// the end of its time and then no longer than the grace, so that no driver call is
// ever waited for without a bound.

package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// Servers that have not taken their query when another source has ended may be
// dead. They get this part of Options.Settle from dispatch on, or this part more of
// what the other took, whichever is longer.
const (
	connectingShare = 6
	connectingMore  = 20
)

// Dispatch asks all sources at once when the result is ranged over, and yields
// one arrival for each in the order in which they end. Every source has ended,
// or is abandoned, within Timeout + Grace, or within Grace of ctx's end.
//
// Leaving the range early cancels what still runs, and returns when it has
// ended. While the range's body works the sources go on: they wait for nobody.
func Dispatch(ctx context.Context, asks []Task, o Options) iter.Seq[Arrival] {
	return func(yield func(Arrival) bool) {
		d, ended, cancel := begin(ctx, asks, o)
		defer cancel(ErrUnwanted)
		wanted, settled := true, d.Settle == 0
		for taken := 0; taken < len(asks); {
			batch := []Arrival{<-ended}
			if !settled && batch[0].Outcome.State == OK {
				settled = true
				batch = d.reorder(batch, taken, asks, ended)
			}
			taken += len(batch)
			for _, a := range batch {
				if d.Ended != nil {
					d.Ended(a.Outcome)
				}
				if wanted {
					wanted = yield(a)
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

// reorder waits a moment for others and gives all that came, in source order. So
// many arrivals were taken before the batch.
func (d *dispatch) reorder(batch []Arrival, taken int, asks []Task, ended <-chan Arrival) []Arrival {
	took := d.Progress.Elapsed()
	more := (took / connectingMore).Truncate(time.Millisecond) // as often as others are looked at
	connected := max(d.Settle/connectingShare, took+more)
	late, look := time.NewTimer(d.Settle), time.NewTicker(time.Millisecond)
	defer late.Stop()
	defer look.Stop()
	for waiting := true; waiting && taken+len(batch) < cap(ended) && d.expects(asks, connected); {
		select {
		case a := <-ended:
			batch = append(batch, a)
		case <-late.C:
			waiting = false
		case <-look.C:
		}
	}
	for taken+len(batch) < d.Progress.over() { // what has ended by now is about to be in the channel
		batch = append(batch, <-ended)
	}
	slices.SortFunc(batch, func(a, b Arrival) int { return cmp.Compare(a.Outcome.Index, b.Outcome.Index) })
	return batch
}

// expects reports whether a source that has not ended may do so soon: a file, one
// that waits for its turn or has taken its query, and up to a time any other.
func (d *dispatch) expects(asks []Task, connected time.Duration) bool {
	all := d.Progress.Elapsed() < connected
	for i := range asks {
		e := &d.Progress.entries[i]
		phase := e.progress.Phase()
		if State(e.state.Load()) == Running && (all || asks[i].Local || phase == driver.Waiting || phase >= driver.Query) {
			return true
		}
	}
	return false
}

// begin asks all sources. Each sends one arrival, for which there is room; cancel
// is called when none is wanted any more, at the latest after the last.
func begin(ctx context.Context, asks []Task, o Options) (d *dispatch, ended <-chan Arrival, cancel context.CancelCauseFunc) {
	d = &dispatch{Options: o, staging: NewBudget(o.Memory, len(asks), o.TempDir)}
	if d.Grace == 0 {
		d.Grace = DefaultGrace
	}
	if d.Progress == nil {
		d.Progress = NewProgress(asks)
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
	arrivals := make(chan Arrival, len(asks))
	var line *admission
	line = newAdmission(asks, func(i int, waited bool) {
		if waited {
			d.Progress.entries[i].waited.Store(d.Progress.since())
		}
		go func() {
			end := d.supervise(ctx, i, asks[i])
			line.leave(i)
			arrivals <- end
		}()
	}, func(i int, err error) { arrivals <- d.unasked(i, err) })
	line.begin(ctx)
	return d, arrivals, cancel
}

type dispatch struct {
	Options
	begun   time.Time
	staging *Budget
}

// supervise runs one source to its end, which comes at the latest when the
// grace after its time is over.
func (d *dispatch) supervise(ctx context.Context, i int, a Task) Arrival {
	if a.Timeout > 0 {
		var stop context.CancelFunc
		from := d.begun
		if a.OnTurn {
			from = time.Now()
		}
		ctx, stop = context.WithDeadlineCause(ctx, from.Add(a.Timeout), a.ownTimeout())
		defer stop()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(ErrUnwanted)

	done := make(chan Arrival, 1)
	go func() { done <- d.run(ctx, cancel, i, a) }()
	var end Arrival
	select {
	case end = <-done:
	case <-ctx.Done():
		grace := time.NewTimer(d.Grace)
		defer grace.Stop()
		select {
		case end = <-done:
		case <-grace.C:
			end.Outcome = d.outcome(i, context.Cause(ctx), true)
			end.Outcome.Abandoned, end.Outcome.Cancel = true, driver.Unknown
		}
	}
	d.Progress.entries[i].left.Store(end.Outcome.Abandoned)
	d.Progress.entries[i].state.Store(uint32(end.Outcome.State))
	return end
}

// run asks the source, again where that may help, and judges how it ended. What
// it touches is its own until it returns, also when nobody waits for it any more.
func (d *dispatch) run(ctx context.Context, cancel context.CancelCauseFunc, i int, a Task) Arrival {
	e := &d.Progress.entries[i]
	for {
		e.attempts.Add(1)
		connected := d.connecting(cancel, e, a.ConnectTimeout)
		end, err := d.attempt(ctx, cancel, i, a)
		connected()
		pause, again := d.retry(e, err)
		if !again || !sleep(ctx, pause) {
			return end
		}
		e.lost.Add(e.rows.Swap(0))
		e.asked.Store(0)
		e.firstRow.Store(0)
	}
}

// connecting ends a source whose query is not sent in time. The function that it
// returns takes that back, and is called at the end of an attempt at the latest.
func (d *dispatch) connecting(cancel context.CancelCauseFunc, e *entry, limit time.Duration) (connected func()) {
	connected = func() {}
	if limit > 0 {
		t := time.AfterFunc(limit, func() { cancel(&TimeoutError{What: "connect timeout", After: limit}) })
		connected = func() { t.Stop() }
	}
	e.progress.Entered = func(p driver.Phase) {
		if p >= driver.Query {
			connected()
			e.asked.CompareAndSwap(0, d.Progress.since())
		}
	}
	return connected
}

// stalling ends a source that gives nothing for too long once its query is sent.
// The time that emit takes is ours and does not count.
func (d *dispatch) stalling(cancel context.CancelCauseFunc, e *entry, emit row.Emit) (_ row.Emit, stop func()) {
	t := time.AfterFunc(d.Stall, func() { cancel(&TimeoutError{What: "no data", After: d.Stall}) })
	t.Stop()
	entered := e.progress.Entered
	e.progress.Entered = func(p driver.Phase) {
		entered(p)
		if p == driver.Query {
			t.Reset(d.Stall)
		}
	}
	return func(b *row.Batch) error {
		t.Stop()
		defer t.Reset(d.Stall)
		return emit(b)
	}, func() { t.Stop() }
}

// attempt asks the source once. The error is what the source said, if it did not
// end well in its time.
func (d *dispatch) attempt(ctx context.Context, cancel context.CancelCauseFunc, i int, a Task) (end Arrival, _ error) {
	e := &d.Progress.entries[i]
	var schema *row.Schema
	stage := d.staging.Stage()
	take := stage.Add
	if d.Sink != nil {
		take = d.Sink(i)
	}
	shape := func(b *row.Batch) *row.Batch { return b }
	if d.Shape != nil {
		shape = d.Shape(i)
	}
	emit := func(b *row.Batch) error {
		if ctx.Err() != nil { // what comes after a cancel is not to be trusted
			b.Release()
			return context.Cause(ctx)
		}
		if schema == nil {
			schema = b.Schema
			e.firstRow.Store(d.Progress.since())
		}
		e.rows.Add(int64(b.Rows()))
		e.bytes.Add(int64(b.Size()))
		return take(shape(b))
	}
	if d.Stall > 0 {
		var stop func()
		emit, stop = d.stalling(cancel, e, emit)
		defer stop()
	}
	q := a.Request
	// A driver that uses all of its grace must still be back before it is
	// given up: only what is stuck is to be called abandoned.
	q.Grace = d.Grace - d.Grace/8
	if a.ConnectTimeout > 0 {
		q.ConnectBy = time.Now().Add(a.ConnectTimeout)
	}
	answer, err := driver.Answer{}, error(nil)
	run := func() (err error) {
		defer func() {
			if r := recover(); r != nil { // a driver's panic is that source's failure
				err = fmt.Errorf("the driver panicked: %v", r)
			}
		}()
		answer, err = a.Source.Run(ctx, q, &e.progress, emit)
		return err
	}
	if d.Sink != nil && d.Apart && a.Local {
		err = Pipe(take, func(give row.Emit) error { take = give; return run() })
	} else {
		err = run()
	}
	if err == nil && schema == nil {
		err = ErrNoRowSet
	}
	if err == nil {
		err = stage.Seal(ctx)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Now().After(deadline) {
		<-ctx.Done() // on a busy machine its timer may be late
	}
	cause := context.Cause(ctx) // asked once: ctx may end at any moment
	if cause != nil {
		err = cause // whatever the driver made of it
	}
	end.Outcome = d.outcome(i, err, cause != nil)
	end.Outcome.Warnings = answer.Warnings
	if cause != nil {
		end.Outcome.Cancel = answer.Cancel
	}
	if end.Outcome.State != OK {
		stage.Discard()
		return end, err
	}
	end.Schema = schema
	if d.Sink == nil {
		end.Rows = stage
	}
	return end, nil
}

// unasked is the end of a source that waited for its turn in vain.
func (d *dispatch) unasked(i int, err error) (end Arrival) {
	end.Outcome = d.outcome(i, err, true)
	if end.Outcome.State == Timeout {
		end.Outcome.State = Skipped
	}
	d.Progress.entries[i].state.Store(uint32(end.Outcome.State))
	return end
}

// outcome states how source i ended by now; err is nil if it ended well. Ours is
// whether err is our own reason to end it.
func (d *dispatch) outcome(i int, err error, ours bool) Outcome {
	e := &d.Progress.entries[i]
	o := Outcome{
		Index: i, Source: e.name, State: OK, Err: err, Attempts: int(e.attempts.Load()), Discarded: e.lost.Load(),
		Rows: e.rows.Load(), Bytes: e.bytes.Load(),
		Waited: time.Duration(e.waited.Load()), Asked: time.Duration(e.asked.Load()), FirstRow: time.Duration(e.firstRow.Load()), Total: d.Progress.Elapsed(),
		Server: e.progress.Server(),
	}
	if err == nil {
		return o
	}
	o.Discarded, o.Rows = o.Discarded+o.Rows, 0
	o.Phase = e.progress.Phase()
	o.State = Failed
	if f, ok := errors.AsType[*driver.Error](err); ok {
		o.Phase = f.Phase
	}
	if ours {
		o.State = Canceled
	}
	if _, late := errors.AsType[*TimeoutError](err); late {
		o.State = Timeout // also of a source that says of itself that its time was over before
	}
	return o
}
