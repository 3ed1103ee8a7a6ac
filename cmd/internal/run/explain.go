// The explanation of a statement over all sources: what would be sent to each, and what
// fanql would compute itself. Names are looked up, and no row is fetched.

package run

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
)

// Explain returns the plan of a statement over all sources. Shown sanitizes each line for
// its destination. A source that cannot be looked up is named in the plan, and the verdict
// has its outcome.
func (p *Plan) Explain(ctx context.Context, h Host, shown func(string) string) (string, report.Verdict, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	v := p.verdict()
	x := p.begin(h, cancel, &v)
	ctx, _, _, stop := p.steps(ctx)
	defer stop()
	l, err := x.lookUp(ctx, nil)
	for i := range p.Targets {
		l.end(i)
	}
	x.live.Stop()
	if i := Interrupted(ctx); i != nil {
		v.Interrupted = i.ExitStatus()
	}
	if err != nil && !errors.Is(err, errNotWanted) {
		return "", v, option.Spelled(err, p.request.Spelling)
	}
	var b strings.Builder
	line := func(format string, args ...any) {
		for text := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
			b.WriteString(shown(text) + "\n")
		}
	}
	for i, t := range p.Targets {
		switch o := v.Outcomes[i]; {
		case o.State != query.OK:
			line("-- %s: %s: %s", t.Name(), o.State, report.Detail(o))
		default:
			line("-- %s: %s %s", t.Name(), t.Opened.Kind, t.Opened.Place())
		}
		for _, warning := range v.Outcomes[i].Warnings {
			line("--   %s", warning)
		}
		for _, f := range p.federation.fragments {
			if f.Source != i {
				continue
			}
			line("%s;", f.SQL)
			if place := p.federation.logical.place(i, f.Logical()); place != "" {
				line("--   %s", place)
			}
			if f.Waits() {
				line("--   only rows that can meet those of the tables fetched before, if these have few keys")
			}
			for _, why := range f.Why {
				line("--   %s", why)
			}
		}
	}
	if err == nil {
		for _, why := range p.federation.plan.Reasons() {
			line("-- %s", why)
		}
		line("-- here:\n%s;", p.federation.plan.Final())
	}
	return b.String(), v, nil
}
