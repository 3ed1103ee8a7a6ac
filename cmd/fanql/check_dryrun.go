// fanql check --dry-run: what would be sent where, and what the servers say to it.

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
)

// dryRunChecks has every server prepare what would be sent to it, and shows it with
// what the servers said. The exit status is that of a run in which what cannot be
// prepared cannot be evaluated.
func (a *app) dryRunChecks(ctx context.Context, p *checkPlan) error {
	board := query.NewBoard(p.Asks)
	ctx, _, stop := a.untilSignal(ctx, board, func() {})
	defer stop()
	for i := range p.Asks {
		p.Asks[i].Question.Prepare = true
	}
	p.Options.Board = board
	r := checks.Prepare(ctx, &p.Plan)
	interrupted := 0
	if e := interruption(ctx); e != nil {
		interrupted = e.status()
	}
	r.Conclude(interrupted)
	shown := output.Sanitize
	if _, ok := terminal(a.stdout); !ok {
		shown = func(s string) string { return s }
	}
	var b strings.Builder
	for i, c := range r.Checks {
		for n, s := range c.Sources {
			if s.Verdict == checks.Passed && p.quiet {
				continue
			}
			p.sent(&b, p.Checks[i], n, shown)
			switch {
			case s.Error != nil:
				fmt.Fprintf(&b, "--   %s\n", shown(checkformat.SourceError(s)))
			default:
				b.WriteString("--   prepared\n")
			}
		}
	}
	line := fmt.Sprintf("prepared: %d of %d checks; nothing was run", r.Counts.Passed, r.Counts.Total())
	if r.Counts.Passed < r.Counts.Total() || !p.quiet {
		fmt.Fprintln(a.stderr, line)
	}
	if err := a.say("%s", b.String()); err != nil {
		return err
	}
	return exit(r.ExitStatus)
}

// sent shows what a source of a check gets.
func (p *checkPlan) sent(b *strings.Builder, c checks.Spec, n int, shown func(string) string) {
	m := c.Sources[n]
	q := p.Asks[m.Ask].Question
	s := p.on[m.Ask]
	fmt.Fprintf(b, "-- %s at %s: %s %s\n", c.Name, m.Name, s.Kind, shown(s.Place()))
	for line := range strings.SplitSeq(strings.TrimSpace(q.SQL), "\n") {
		b.WriteString(shown(line) + "\n")
	}
	for i, arg := range q.Args {
		value := arg.Value
		if arg.Null {
			value = "NULL"
		}
		fmt.Fprintf(b, "--   %d = %s (%s)\n", i+1, shown(value), arg.Type)
	}
}
