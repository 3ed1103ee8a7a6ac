// Checking whether sources answer, without using their rows.

package run

import (
	"context"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
)

// Ping queries all sources of the plan and drops their rows. The verdict says how each
// answered. A live line is shown during the run if the host allows one.
func (p *Plan) Ping(ctx context.Context, h Host) report.Verdict {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	v := p.verdict()
	x := p.begin(h, cancel, &v)
	for i := range x.tasks {
		q := &x.tasks[i].Request
		q.Locate, q.Verbatim = nil, true // the text is not the user's
	}
	for arrival := range query.Dispatch(ctx, x.tasks, x.options) {
		if arrival.Rows != nil {
			arrival.Rows.Discard()
		}
	}
	x.live.Stop()
	if i := Interrupted(ctx); i != nil {
		v.Interrupted = i.ExitStatus()
	}
	return v
}
