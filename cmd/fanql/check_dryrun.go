// fanql check --dry-run: what would be sent to which source, and how the servers
// respond.

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

// dryRunChecks lets every server prepare its statements, and shows them with the
// servers' responses. For the exit status, a statement that cannot be prepared counts
// as a check that cannot be evaluated.
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
		text, whole := p.Explained(i)
		if whole && (!quiet || c.Verdict != checks.Passed) {
			fmt.Fprintf(&b, "-- %s over all sources\n", shown(c.Name))
			for line := range strings.Lines(text) {
				b.WriteString(shown(strings.TrimSuffix(line, "\n")) + "\n")
			}
			for _, s := range c.Sources {
				if s.Error != nil {
					fmt.Fprintf(&b, "--   %s: %s\n", shown(s.Source), shown(checkformat.SourceError(s)))
				}
			}
			if c.Verdict == checks.Passed {
				b.WriteString("--   prepared\n")
			}
		}
		for n, s := range c.Sources {
			if whole || s.Verdict == checks.Passed && quiet {
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
	if err := a.show(b.String()); err != nil {
		return err
	}
	return exit(r.ExitStatus)
}
