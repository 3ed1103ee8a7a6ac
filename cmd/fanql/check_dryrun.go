// fanql check --dry-run: what would be sent where, and what the servers say to it.

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
)

// dryRunChecks has every server prepare what would be sent to it, and shows it with
// what the servers said. The exit status is that of a run in which what cannot be
// prepared cannot be evaluated.
func (a *app) dryRunChecks(ctx context.Context, p *checks.Plan, quiet bool) error {
	ctx, _, stop := a.untilSignal(ctx, p.Options.Progress, func() {})
	defer stop()
	if err := p.Translate(ctx); err != nil {
		return err
	}
	r := checks.Prepare(ctx, p)
	interrupted := 0
	if e := run.Interrupted(ctx); e != nil {
		interrupted = e.ExitStatus()
	}
	r.Conclude(interrupted)
	shown := output.Sanitize
	if _, ok := output.Terminal(a.stdout); !ok {
		shown = func(s string) string { return s }
	}
	var b strings.Builder
	for i, c := range r.Checks {
		for n, s := range c.Sources {
			if s.Verdict == checks.Passed && quiet {
				continue
			}
			b.WriteString(p.Targets[p.Checks[i].Sources[n].Target].Sent(c.Name+" at "+s.Source, "", shown))
			switch {
			case s.Error != nil:
				fmt.Fprintf(&b, "--   %s\n", shown(checkformat.SourceError(s)))
			default:
				b.WriteString("--   prepared\n")
			}
		}
	}
	line := fmt.Sprintf("prepared: %d of %d checks; nothing was run", r.Counts.Passed, r.Counts.Total())
	if r.Counts.Passed < r.Counts.Total() || !quiet {
		fmt.Fprintln(a.stderr, line)
	}
	if err := a.say("%s", b.String()); err != nil {
		return err
	}
	return exit(r.ExitStatus)
}
