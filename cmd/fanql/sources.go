// fanql sources: the sources, and whether they answer.

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/usage"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

func (a *app) sourcesCommand() *cobra.Command {
	o, discover := &queryOptions{}, false
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "List the databases that can be queried",
		Long: `List the sources of the config, or those that -s chooses: name, kind, host and
database, tags. No database is queried and no secret is shown.

A pattern of databases or schemas, and a list of sources_from, is one line. With
--discover, the sources that they stand for are looked up and listed instead. A server
or list that does not answer is named on stderr, and the exit status is 3, or 1 if
nothing is left to list. It is 2 if nothing matches (fanql help fleets).`,
		Example: "  fanql sources\n  fanql sources -s tag:prod --format json\n  fanql sources --discover --timeout 10s\n  fanql sources add us mysql://reader@us.db/shop",
		Args:    usage.UnknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.targets.changed(cmd)
			return a.listSources(cmd.Context(), o, discover)
		},
	}
	o.targets.register(a, cmd)
	cmd.Flags().BoolVar(&discover, "discover", false, "ask servers, programs and lists for the sources that patterns and sources_from stand for")
	must(cmd.Flags().MarkHidden("time-zone"))
	formatFlag(cmd, o)
	cmd.AddCommand(append(a.sourcesEdits(), a.pingCommand())...)
	return cmd
}

func formatFlag(cmd *cobra.Command, o *queryOptions) {
	cmd.Flags().StringVar(&o.format, "format", "", "print as `FORMAT`: "+run.List(output.Formats.Names()))
	o.formats = map[string]*bool{}
	for _, name := range output.Formats.Names() {
		o.formats[name] = cmd.Flags().BoolP(name, shortFormats[name], false, "short for --format "+name)
	}
	must(cmd.RegisterFlagCompletionFunc("format", fixedCompletion(output.Formats.Names()...)))
}

// listingFormat returns the format of a listing, which goes to stdout.
func (a *app) listingFormat(o *queryOptions) (output.Format, error) {
	var r run.Request
	if _, err := o.chosen(&r); err != nil {
		return r.Format, err
	}
	if _, terminal := output.Terminal(a.stdout); terminal {
		return r.Format, option.Spelled(r.Format.OnTerminal(output.Options{}), flag)
	}
	return r.Format, nil
}

func (a *app) listSources(ctx context.Context, o *queryOptions, discover bool) error {
	format, err := a.listingFormat(o)
	if err != nil {
		return err
	}
	c, err := a.load()
	if err != nil {
		return err
	}
	selectors, err := o.selectors()
	if err != nil {
		return err
	}
	limits, err := o.limits(c.Defaults)
	if err != nil {
		return err
	}
	if discover {
		if c, _, err = a.find(ctx, c, limits, false, selectors); err != nil {
			return err
		}
	}
	chosen, err := c.Resolve(selectors)
	if err != nil {
		return err
	}
	a.warn(c)
	var missing []config.Source
	if discover {
		chosen, missing = found(chosen)
	}
	t := newListing(row.Column{Name: "name", Type: row.Text}, row.Column{Name: "kind", Type: row.Text},
		row.Column{Name: "place", Type: row.Text}, row.Column{Name: "tags", Type: row.Text})
	for _, s := range chosen {
		t.text(s.Name)
		t.text(s.Kind.String())
		t.text(s.Place())
		t.text(strings.Join(s.Tags, ", "))
		t.end()
	}
	if err := a.print(format, t); err != nil {
		return err
	}
	for _, s := range missing {
		fmt.Fprintf(a.stderr, "missing: %s (%s)\n", output.Sanitize(s.Name), output.Sanitize(unfound(s)))
	}
	switch {
	case len(missing) == 0:
		return nil
	case len(chosen) > 0:
		return exit(exitcode.Partial)
	case !slices.ContainsFunc(missing, unanswered):
		return exit(exitcode.Usage)
	}
	return exit(exitcode.None)
}

// unanswered reports whether the discovery of a source failed, as opposed to finding
// nothing.
func unanswered(s config.Source) bool {
	_, none := errors.AsType[config.Nothing](s.Discovery.Err)
	return !none
}

// found separates the sources that were not discovered from the others.
func found(all []config.Source) (there, missing []config.Source) {
	for _, s := range all {
		if s.Discovery != nil {
			missing = append(missing, s)
		} else {
			there = append(there, s)
		}
	}
	return there, missing
}

// unfound returns why the discovery of a source failed.
func unfound(s config.Source) string {
	if e, ok := errors.AsType[*driver.Error](s.Discovery.Err); ok {
		return e.Phase.String() + ": " + e.Error()
	}
	return s.Discovery.Err.Error()
}

func (a *app) pingCommand() *cobra.Command {
	o := &queryOptions{}
	cmd := &cobra.Command{
		Use:   "ping",
		Short: "Check whether all databases answer",
		Long: `Connect to all sources at once, ask each for one row, and show its state, the
server's version, the time until it was connected, and the time from the query
to its answer. The exit status is that of a query.`,
		Example: "  fanql sources ping\n  fanql sources ping -s tag:prod --timeout 2s\n  fanql sources ping --watch 5s --until 'state == \"ok\"'",
		Args:    usage.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.targets.changed(cmd)
			if err := o.check(cmd); err != nil {
				return err
			}
			return a.ping(cmd.Context(), o)
		},
	}
	o.targets.register(a, cmd)
	formatFlag(cmd, o)
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "on stderr, report only what is missing")
	cmd.Flags().StringVar(&o.require, "require", "", "when the answer counts: all, any, N sources or N% (`WHAT`)")
	o.watchFlags.register(cmd)
	return cmd
}

func (a *app) ping(ctx context.Context, o *queryOptions) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	a.warn(c)
	return a.pingOf(ctx, c, o)
}

// pingOf prints how the sources of a config answer.
func (a *app) pingOf(ctx context.Context, c *config.Config, o *queryOptions) error {
	o.pings = true
	r, err := a.requestOf(c, o, []string{"select 1"})
	if err != nil {
		return err
	}
	once := func(ctx context.Context, r run.Request) error { return a.pingOnce(ctx, o, r) }
	if o.watched {
		return a.watchRequest(ctx, o, r, once)
	}
	return once(ctx, r)
}

func (a *app) pingOnce(ctx context.Context, o *queryOptions, r run.Request) error {
	p, err := a.plan(ctx, &r)
	if err != nil {
		return err
	}
	defer p.Close()
	ctx, _, stop := a.untilSignal(ctx, p.Progress, func() {})
	defer stop()
	h := a.host(o.quiet || process.Piped(a.stdout))
	v := p.Ping(ctx, h)
	if o.pinged != nil {
		o.pinged(v.Summary)
	}
	// A reason is too long for a table on a terminal, so the last line has it instead.
	cramped := r.Format.Name == "table" && r.Style.Terminal
	if err := a.watch.pinged(v.Summary); err != nil {
		return err
	}
	v.Failure = a.print(r.Format, pings(v.Summary, !cramped))
	if err := report.Summary(h.Err.Styled, v, report.Style{Quiet: true, WithoutReasons: !cramped && v.Failure == nil}); err != nil {
		return &statusError{exitcode.None, err}
	}
	return exit(v.Exit())
}

// pings lists how each source answered; times are in milliseconds.
func pings(s *query.Summary, detailed bool) *listing {
	columns := []row.Column{
		{Name: "source", Type: row.Text},
		{Name: "state", Type: row.Text},
		{Name: "server", Type: row.Text},
		{Name: "connect_ms", Type: row.Float},
		{Name: "round_trip_ms", Type: row.Float},
		{Name: "detail", Type: row.Text},
	}
	if !detailed {
		columns = columns[:len(columns)-1]
	}
	t := newListing(columns...)
	for _, o := range s.Outcomes {
		t.text(o.Source)
		t.text(o.State.String())
		t.text(o.Server)
		if o.Asked > 0 {
			t.b.Decimal(fmt.Appendf(nil, "%.1f", o.Asked.Seconds()*1e3))
		} else {
			t.b.Null()
		}
		if o.FirstRow > 0 {
			t.b.Decimal(fmt.Appendf(nil, "%.1f", (o.FirstRow-o.Asked).Seconds()*1e3))
		} else {
			t.b.Null()
		}
		if detailed {
			t.text(report.Detail(o))
		}
		t.end()
	}
	return t
}

// A listing is a small result of our own, printed in any format.
type listing struct{ b *row.Batch }

func newListing(columns ...row.Column) *listing {
	return &listing{row.NewBatch(&row.Schema{Columns: columns})}
}

// text appends text, or NULL if it is empty.
func (l *listing) text(s string) {
	if s == "" {
		l.b.Null()
		return
	}
	l.b.TextString(s)
}

func (l *listing) end() { l.b.EndRow() }

func (a *app) print(f output.Format, l *listing) error {
	width, ok := output.Terminal(a.stdout)
	to := a.stdout
	if f.ForPeople() {
		to = jobLog(styledWriter(to))
	}
	style := output.Options{Terminal: ok, Width: width, Color: a.color(a.stdout), NullSet: true}
	w := f.New(to, style)
	return a.paged(f.HeaderLines(style), func() error {
		if err := errors.Join(w.Write(l.b), w.Close()); err != nil {
			return &statusError{exitcode.None, err}
		}
		return nil
	})
}
