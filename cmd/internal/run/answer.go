// A run as a part of a larger one: its rows go to a function, and its result is data.

package run

import (
	"context"
	"time"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// Answer is like Execute for a plan with one answer over all sources, a reduce or a
// statement over all of them. It writes no output and no summary. Emit gets the rows of the
// answer and owns each batch; it is not called if the requirement is not met. The end of
// ctx is the deadline. The error is a fault of the statement, or the reason why there is no
// answer although enough sources ended well.
func (p *Plan) Answer(ctx context.Context, emit row.Emit) (report.Verdict, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p.deadlineOf(ctx)
	if err := p.Translate(ctx); err != nil {
		return p.verdict(), option.Spelled(err, p.request.Spelling)
	}
	v := p.verdict()
	x := p.begin(Host{}, cancel, &v)
	x.out = handOn{emit}
	move := reduced
	if p.federation != nil {
		move = federated
	}
	err := move(ctx, x)
	return v, option.Spelled(err, p.request.Spelling)
}

// deadlineOf divides the time until the deadline of ctx among the steps of the run, if the
// answer counts without late sources.
func (p *Plan) deadlineOf(ctx context.Context) {
	at, ok := ctx.Deadline()
	if !ok || p.require.Of(len(p.Targets)) == len(p.Targets) {
		return
	}
	p.request.Started = time.Time{}
	p.options.Timeout, p.options.Since = max(time.Until(at), time.Millisecond), time.Time{}
}

// handOn passes copies of borrowed batches to emit, which owns them.
type handOn struct{ emit row.Emit }

// Write passes a copy of the batch to emit.
func (h handOn) Write(b *row.Batch) error {
	own := row.NewBatch(b.Schema)
	own.Append(b)
	return h.emit(own)
}

// Flush does nothing, because each batch has been passed on.
func (handOn) Flush() error { return nil }

// Close does nothing either.
func (handOn) Close() error { return nil }

// Prepare lets the servers prepare the texts that they would be sent, and fetches no rows.
// It is for plans without a statement over all sources.
func (p *Plan) Prepare(ctx context.Context) (report.Verdict, error) {
	if err := p.Translate(ctx); err != nil {
		return p.verdict(), option.Spelled(err, p.request.Spelling)
	}
	tasks := p.Targets.Tasks()
	for i := range tasks {
		tasks[i].Request.Prepare = true
	}
	v := p.verdict()
	ends := &deciding{Summary: v.Summary, spelling: p.request.Spelling, decided: func() {}}
	o := p.options
	o.Progress, o.Ended = p.Progress, ends.Ended
	for a := range query.Dispatch(ctx, tasks, o) {
		if a.Rows != nil {
			a.Rows.Discard()
		}
	}
	return v, nil
}
