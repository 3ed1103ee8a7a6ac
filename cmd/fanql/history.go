// fanql history: what earlier runs of checks found.

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/usage"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// historyOptions are the flags of fanql history, as given.
type historyOptions struct {
	queryOptions   // only the format is used
	file, since    string
	checks, member []string
	ascii          bool
}

func (a *app) historyCommand() *cobra.Command {
	o := &historyOptions{}
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show what earlier runs of checks found",
		Long: `Show the history that fanql check keeps if the config has history: FILE, or with
--history FILE: for each check and source a strip of verdicts (p passed, W warned,
F failed, E could not be evaluated) and one of its numbers or, if the answers have
none, of its durations, with the newest run at the right.

Without --since there is one place for each of the last runs, as many as fit. With
it, all runs since then are shown, and a place can stand for several: it has the
worst of their verdicts and the mean of their numbers. The least number of a strip
is the lowest bar (or 1), the greatest the highest (or 8); a dot is no number.

The exit status is 0, or 2 if there is no history or nothing in it matches.`,
		Example: "  fanql history\n  fanql history --check orders-fresh --since 7d\n  fanql history --check 'orders-*' -s eu --json\n  fanql history compare",
		Args:    usage.UnknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.showHistory(cmd.Context(), o) },
	}
	f := cmd.Flags()
	cmd.PersistentFlags().StringVar(&o.file, "history", "", "read `FILE`; default history: of the config")
	f.StringArrayVar(&o.checks, "check", nil, "show `CHECK` only: a name, or a glob over names; repeatable")
	f.StringArrayVarP(&o.member, "source", "s", nil, "show `SOURCE` only: a name, or a glob over names; repeatable")
	f.StringVar(&o.since, "since", "", "show all runs since `TIME`: 7d, 36h, 2026-11-01 or 2026-11-01T08:30Z; a date is in UTC")
	f.BoolVar(&o.ascii, "ascii", false, "draw with digits; the default if LC_ALL, LC_CTYPE or LANG is C or POSIX")
	must(cmd.RegisterFlagCompletionFunc("check", a.completeChecks))
	formatFlag(cmd, &o.queryOptions)
	f.SortFlags = false
	cmd.AddCommand(a.historyRunsCommand(o), a.historyCompareCommand(o), a.historyPruneCommand(o))
	return cmd
}

// readHistory opens the history for reading, and calls do with it.
func (a *app) readHistory(ctx context.Context, o *historyOptions, do func(*history.Store) error) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	f := a.historyFile(c, o.file)
	if f == nil {
		return errNoHistory
	}
	s, err := history.Read(ctx, f.path)
	if err != nil {
		return f.fault(err)
	}
	return errors.Join(do(s), s.Close())
}

// mostPlaces bounds the number of places of a strip, and narrowStrip is their number if the
// width of the output is not known.
const (
	mostPlaces  = 60
	narrowStrip = 40
	leastPlaces = 8
)

func (a *app) showHistory(ctx context.Context, o *historyOptions) error {
	format, err := a.listingFormat(&o.queryOptions)
	if err != nil {
		return err
	}
	filter := history.Filter{Last: mostPlaces}
	if o.since != "" {
		if filter.Since, err = instantBefore(o.since, time.Now()); err != nil {
			return fmt.Errorf("--since %w", err)
		}
		filter.Last = 0
	}
	return a.readHistory(ctx, o, func(s *history.Store) error {
		known, members, err := s.Names(ctx)
		if err != nil {
			return err
		}
		if filter.Check, err = chosenNames("--check", "check", o.checks, known); err != nil {
			return err
		}
		if filter.Source, err = chosenNames("--source", "source", o.member, members); err != nil {
			return err
		}
		series, err := s.Series(ctx, filter)
		if err != nil {
			return err
		}
		if len(series) == 0 {
			return errors.New("there is no such run in the history: fanql history runs lists them")
		}
		width, _ := output.Terminal(a.stdout)
		lines := stripLines(series)
		return a.print(format, stripListing(lines, o.since == "", placesFor(lines, width), o.ascii || a.plainLocale()))
	})
}

// chosenNames returns a filter for names; nil if none are given. A selector without a
// match is an error.
func chosenNames(flag, what string, selectors, known []string) (func(string) bool, error) {
	if len(selectors) == 0 {
		return nil, nil
	}
	for _, sel := range selectors {
		if slices.ContainsFunc(known, func(name string) bool { return checks.Named(sel, name) }) {
			continue
		}
		if near, ok := nearest.Name(sel, known); ok {
			return nil, fmt.Errorf("%s %q: the history has no such %s: did you mean %q?", flag, sel, what, near)
		}
		return nil, fmt.Errorf("%s %q: the history has no such %s: there are %s", flag, sel, what, run.List(known))
	}
	return func(name string) bool {
		return slices.ContainsFunc(selectors, func(sel string) bool { return checks.Named(sel, name) })
	}, nil
}

// instantBefore reads an instant, or a duration before now.
func instantBefore(text string, now time.Time) (time.Time, error) {
	if t, err := config.ParseInstant(text); err == nil {
		return t, nil
	}
	age, err := config.ParseAge(text)
	if err != nil || age == 0 {
		return time.Time{}, fmt.Errorf("%q: write a time such as 7d or 36h, or a date such as 2026-11-01", text)
	}
	return now.Add(-age), nil
}

// plainLocale reports whether the locale has only ASCII characters.
func (a *app) plainLocale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := a.getenv(name); value != "" {
			return value == "C" || value == "POSIX"
		}
	}
	return false
}

// A stripLine is a line of the listing: a series, and one of its numbers or its durations.
type stripLine struct {
	history.Series
	of     string
	values []float64
	last   string
}

func stripLines(all []history.Series) (lines []stripLine) {
	for _, s := range all {
		var columns []string
		for _, p := range slices.Backward(s.Points) {
			for _, n := range p.Numbers {
				if !slices.Contains(columns, n.Column) {
					columns = append(columns, n.Column)
				}
			}
		}
		for _, c := range columns {
			l := stripLine{Series: s, of: c}
			for _, p := range s.Points {
				value, text := math.NaN(), ""
				if i := slices.IndexFunc(p.Numbers, func(n history.Number) bool { return n.Column == c }); i >= 0 && p.Numbers[i].Value != nil {
					text = *p.Numbers[i].Value
					if f, err := strconv.ParseFloat(text, 64); err == nil {
						value = f
					}
				}
				l.values, l.last = append(l.values, value), text
			}
			lines = append(lines, l)
		}
		if len(columns) == 0 {
			l := stripLine{Series: s, of: "duration"}
			for _, p := range s.Points {
				l.values, l.last = append(l.values, p.Lasted.Seconds()), fmt.Sprintf("%.3f s", p.Lasted.Seconds())
			}
			lines = append(lines, l)
		}
	}
	return lines
}

// placesFor returns how many places each of the two strips can have next to the other
// columns.
func placesFor(lines []stripLine, width int) int {
	if width == 0 {
		return narrowStrip
	}
	columns := [5]int{len("check"), len("source"), len("of"), len("last"), len("runs")}
	for _, l := range lines {
		for i, cell := range []string{l.Check, l.Source, l.of, l.last, strconv.Itoa(len(l.Points))} {
			columns[i] = max(columns[i], runewidth.StringWidth(output.Sanitize(cell)))
		}
	}
	room := width - 7*2 - 6 // a blank on both sides of each cell, and a line between two cells
	for _, c := range columns {
		room -= c
	}
	return min(max(room/2, leastPlaces), mostPlaces)
}

// stripListing is the listing. Newest says that only the newest points are shown, as many
// as there are places.
func stripListing(lines []stripLine, newest bool, places int, ascii bool) *listing {
	t := newListing(row.Column{Name: "check", Type: row.Text}, row.Column{Name: "source", Type: row.Text}, row.Column{Name: "verdicts", Type: row.Text},
		row.Column{Name: "of", Type: row.Text}, row.Column{Name: "values", Type: row.Text}, row.Column{Name: "last", Type: row.Text}, row.Column{Name: "runs", Type: row.Int})
	for _, l := range lines {
		points, values := l.Points, l.values
		if cut := len(points) - places; newest && cut > 0 {
			points, values = points[cut:], values[cut:]
		}
		for _, cell := range []string{l.Check, l.Source, history.Verdicts(points, places), l.of, history.Bars(values, places, ascii), l.last} {
			t.text(strings.TrimSpace(cell))
		}
		t.b.Int(int64(len(points)))
		t.end()
	}
	return t
}
