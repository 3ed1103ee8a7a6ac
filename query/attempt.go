// One attempt: a source is queried once, and the result is judged.

package query

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// stalling returns an emit that ends a source which delivers nothing for Options.Stall once
// its query is sent. The time in emit is ours and does not count.
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

// attempt queries the source once and returns how it ended. The error is nil if it ended
// well.
func (d *dispatch) attempt(ctx context.Context, cancel context.CancelCauseFunc, i int, a *Task) (*Arrival, error) {
	t := &taking{entry: &d.Progress.entries[i], elapsed: d.Progress.since, stage: d.budget.Stage()}
	t.into = t.stage.Add
	if d.Sink != nil {
		t.into = d.Sink(i)
	}
	if d.Shape != nil {
		t.shape = d.Shape(i)
	}
	emit := func(b *row.Batch) error { return t.take(ctx, b) }
	if d.Stall > 0 {
		var stop func()
		emit, stop = d.stalling(cancel, t.entry, emit)
		defer stop()
	}
	var err error
	if d.Sink != nil && d.PipeSink && a.Local {
		err = Pipe(t.into, func(give row.Emit) error { t.into = give; return d.runDriver(ctx, i, a, t, emit) })
	} else {
		err = d.runDriver(ctx, i, a, t, emit)
	}
	return d.judge(ctx, i, t, err)
}

// taking is the state of one attempt: where its rows go, and what is known of them.
type taking struct {
	entry   *entry
	elapsed func() int64
	stage   *Stage
	schema  *row.Schema // nil until there is a batch
	into    row.Emit
	shape   func(*row.Batch) *row.Batch // nil leaves batches as they are
	answer  driver.Answer
}

// take takes a batch from the driver, unless ctx has ended.
func (t *taking) take(ctx context.Context, b *row.Batch) error {
	if ctx.Err() != nil { // rows that arrive after a cancel cannot be trusted
		b.Release()
		return context.Cause(ctx)
	}
	if t.schema == nil {
		t.schema = b.Schema
		t.entry.firstRow.Store(t.elapsed())
	}
	t.entry.rows.Add(int64(b.Rows()))
	t.entry.bytes.Add(int64(b.Size()))
	if t.shape != nil {
		b = t.shape(b)
	}
	return t.into(b)
}

// runDriver runs the driver, and turns its panic into an error.
func (d *dispatch) runDriver(ctx context.Context, i int, a *Task, t *taking, emit row.Emit) (err error) {
	defer func() {
		if r := recover(); r != nil { // a driver's panic is that source's failure
			err = fmt.Errorf("a fault of fanql: please report it at https://github.com/fanql/fanql/issues: the driver panicked: %v", r)
		}
	}()
	t.answer, err = a.Source.Run(ctx, d.request(i, a), &t.entry.progress, emit)
	return err
}

// request returns the request for the driver.
func (d *dispatch) request(i int, a *Task) driver.Request {
	q := a.Request
	q.AwaitPeerClose = q.AwaitPeerClose || d.line.crowded(i) // so that the server has a free connection for the next source
	// A driver that uses all of its grace must still return before it is abandoned. Only a
	// driver that is stuck is to be reported as abandoned.
	q.Grace = d.Grace - d.Grace/8
	if a.ConnectTimeout > 0 {
		q.ConnectBy = time.Now().Add(a.ConnectTimeout)
	}
	return q
}

// judge decides how an attempt ended. The given error is the driver's.
func (d *dispatch) judge(ctx context.Context, i int, t *taking, err error) (*Arrival, error) {
	if err == nil && t.schema == nil {
		err = ErrNoRowSet
	}
	if err == nil {
		err = t.stage.Seal(ctx)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Now().After(deadline) {
		<-ctx.Done() // the context's timer may be late on a busy machine
	}
	cause := context.Cause(ctx) // read once: ctx may end at any moment
	// The cause replaces the driver's error, unless that one says more about the cause.
	if cause != nil && (!errors.Is(err, cause) || err.Error() == cause.Error()) {
		err = cause
	}
	end := &Arrival{Outcome: d.outcome(i, err, cause != nil)}
	end.Outcome.Warnings = t.answer.Warnings
	if cause != nil {
		end.Outcome.Cancel = t.answer.Cancel
	}
	if end.Outcome.State != OK {
		t.stage.Discard()
		return end, err
	}
	end.Schema = t.schema
	if d.Sink == nil {
		end.Rows = t.stage
	}
	return end, nil
}

// outcome returns how source i ended; err is nil if it ended well. If ours is set, err is
// our own reason to end it.
func (d *dispatch) outcome(i int, err error, ours bool) Outcome {
	e := &d.Progress.entries[i]
	o := Outcome{
		Index: i, Source: e.name, State: OK, Err: err, Attempts: int(e.attempts.Load()), Discarded: e.lost.Load(),
		Rows: e.rows.Load(), Bytes: e.bytes.Load(),
		Waited: time.Duration(e.waited.Load()), Asked: time.Duration(e.queryAt.Load()), FirstRow: time.Duration(e.firstRow.Load()), Total: d.Progress.Elapsed(),
		Server: e.progress.Server(), FirstErr: e.firstErr.Load(),
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
		o.State = Timeout // also if the source itself reported the timeout first
	}
	return o
}
