// fanql check list, and --dry-run: what there is to check, and what would be sent.

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/row"
)

func (a *app) checkListCommand() *cobra.Command {
	o, format := &checkOptions{}, &queryOptions{}
	cmd := &cobra.Command{
		Use:     "list [FILE...]",
		Short:   "List the checks of the config, or of files",
		Long:    `List the checks with what they expect. They are read as for a run, and no database is asked.`,
		Example: "  fanql check list\n  fanql check list nightly.yaml --only tag:hourly --json",
		RunE:    func(_ *cobra.Command, args []string) error { return a.listChecks(o, format, args) },
	}
	o.onlyFlag(a, cmd)
	formatFlag(cmd, format)
	return cmd
}

func (a *app) listChecks(o *checkOptions, format *queryOptions, args []string) error {
	f, err := format.chosenFormat()
	if err != nil {
		return err
	}
	c, err := a.load()
	if err != nil {
		return err
	}
	all, err := a.readChecks(c, args)
	if err != nil {
		return err
	}
	if all, err = wanted(all, o.only); err != nil {
		return err
	}
	read, err := expect(all, time.Now())
	if err != nil {
		return firstError(err)
	}
	t := newListing(row.Column{Name: "check", Type: row.Text}, row.Column{Name: "severity", Type: row.Text}, row.Column{Name: "sources", Type: row.Text},
		row.Column{Name: "expects", Type: row.Text}, row.Column{Name: "tags", Type: row.Text}, row.Column{Name: "describe", Type: row.Text})
	for _, e := range read {
		sources := strings.Join(e.Sources, ", ")
		if sources == "" {
			sources = "all"
		}
		for _, cell := range []string{e.Name, e.Severity, sources, strings.Join(e.words(), "; "), strings.Join(e.Tags, ", "), e.Describe} {
			t.text(cell)
		}
		t.end()
	}
	return a.print(f, t)
}

// words are the expectations of a check, also those that compare.
func (e expected) words() (words []string) {
	for _, x := range e.expectations {
		words = append(words, x.String())
	}
	if e.agree != nil {
		words = append(words, checks.Agree(*e.agree, e.Agree.Baseline.Value).String())
	}
	if e.unchanged != nil {
		words = append(words, checks.Unchanged(*e.unchanged, e.Unchanged.File.Value, 0).String())
	}
	return words
}

func (a *app) completeChecks(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	c, err := a.load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	for _, check := range c.Checks {
		words = append(words, check.Name)
		for _, tag := range check.Tags {
			words = append(words, "tag:"+tag)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

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
	var kind config.Kind
	place := ""
	for _, s := range p.opened {
		if s.Name() == m.Name {
			kind, place = s.Kind, s.Place()
		}
	}
	fmt.Fprintf(b, "-- %s at %s: %s %s\n", c.Name, m.Name, kind, shown(place))
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
