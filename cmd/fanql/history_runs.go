// fanql history runs, compare and prune: the runs themselves.

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/row"
)

func (a *app) historyRunsCommand(o *historyOptions) *cobra.Command {
	format, since, most := &queryOptions{}, "", 20
	cmd := &cobra.Command{
		Use:     "runs",
		Short:   "List the runs of the history, with their ids",
		Long:    `List the newest runs with their ids, oldest first, and the number of checks by verdict.`,
		Example: "  fanql history runs\n  fanql history runs --since 2026-11-01 -n 0 --csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := a.listingFormat(format)
			if err != nil {
				return err
			}
			var from time.Time
			if since != "" {
				if from, err = instantBefore(since, time.Now()); err != nil {
					return fmt.Errorf("--since %w", err)
				}
			}
			if most < 0 {
				return fmt.Errorf("-n %d: it cannot be negative; leave it out for the usual number", most)
			}
			return a.readHistory(cmd.Context(), o, func(s *history.Store) error {
				list, err := s.Runs(cmd.Context(), from, most)
				if err != nil {
					return err
				}
				return a.print(f, runListing(list))
			})
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "list runs since `TIME`: 7d, 36h, 2026-11-01; a date is in UTC")
	cmd.Flags().IntVarP(&most, "limit", "n", most, "list at most `N` runs; 0 is all")
	formatFlag(cmd, format)
	return cmd
}

func runListing(list []history.Summary) *listing {
	t := newListing(row.Column{Name: "run", Type: row.Int}, row.Column{Name: "started", Type: row.TimestampTZ}, row.Column{Name: "seconds", Type: row.Decimal},
		row.Column{Name: "verdict", Type: row.Text}, row.Column{Name: "passed", Type: row.Int}, row.Column{Name: "warned", Type: row.Int},
		row.Column{Name: "failed", Type: row.Int}, row.Column{Name: "error", Type: row.Int}, row.Column{Name: "name", Type: row.Text},
		row.Column{Name: "config", Type: row.Text}, row.Column{Name: "fanql", Type: row.Text}, row.Column{Name: "ended_early", Type: row.Text})
	for _, r := range list {
		t.b.Int(r.ID)
		t.b.Timestamp(r.Started.UnixMicro(), true)
		t.b.Decimal(fmt.Appendf(nil, "%.3f", r.Ended.Sub(r.Started).Seconds()))
		t.text(r.Verdict)
		for _, v := range []checks.Verdict{checks.Passed, checks.Warned, checks.Failed, checks.Error} {
			t.b.Int(int64(r.Counts[string(v)]))
		}
		t.text(r.Name)
		t.text(r.Config[:min(len(r.Config), 8)])
		t.text(r.Fanql)
		t.text(r.Error)
		t.end()
	}
	return t
}

func (a *app) historyCompareCommand(o *historyOptions) *cobra.Command {
	format := &queryOptions{}
	cmd := &cobra.Command{
		Use:   "compare [RUN RUN]",
		Short: "Show what changed from one run to another",
		Long: `Show which verdicts and numbers changed from one run to another, and which checks have
another text or expectation. The runs are those with the given ids; without ids, they
are the last run and the one before it that has the same name.

The exit status is 0, whatever changed.`,
		Example: "  fanql history compare\n  fanql history compare 41 57 --csv",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return errors.New("give two runs, or none for the last two: fanql history runs lists them")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := a.listingFormat(format)
			if err != nil {
				return err
			}
			return a.readHistory(cmd.Context(), o, func(s *history.Store) error {
				before, after, err := comparedRuns(cmd.Context(), s, args)
				if err != nil {
					return err
				}
				return a.print(f, changeListing(history.Compare(before, after)))
			})
		},
	}
	formatFlag(cmd, format)
	return cmd
}

// comparedRuns returns the two runs with the given ids. Without ids it returns the last run
// and the run before it that has the same name.
func comparedRuns(ctx context.Context, s *history.Store, args []string) (before, after history.Run, err error) {
	var ids [2]int64
	for i, arg := range args {
		if ids[i], err = strconv.ParseInt(arg, 10, 64); err != nil {
			return before, after, fmt.Errorf("run %q: it is a number: fanql history runs lists them", arg)
		}
	}
	if len(args) == 0 {
		if ids, err = lastTwo(ctx, s); err != nil {
			return before, after, err
		}
	}
	for i, r := range []*history.Run{&before, &after} {
		if *r, err = s.Run(ctx, ids[i]); errors.Is(err, history.ErrNoRun) {
			return before, after, fmt.Errorf("run %d: %w: fanql history runs lists them", ids[i], err)
		} else if err != nil {
			return before, after, err
		}
	}
	return before, after, nil
}

func lastTwo(ctx context.Context, s *history.Store) (ids [2]int64, err error) {
	list, err := s.Runs(ctx, time.Time{}, 0)
	if err != nil {
		return ids, err
	}
	for i := len(list) - 2; i >= 0; i-- {
		last := list[len(list)-1]
		if list[i].Name == last.Name {
			return [2]int64{list[i].ID, last.ID}, nil
		}
	}
	return ids, errors.New("there are no two runs of the same name to compare: fanql history runs lists them")
}

func changeListing(list []history.Change) *listing {
	t := newListing(row.Column{Name: "check", Type: row.Text}, row.Column{Name: "source", Type: row.Text}, row.Column{Name: "what", Type: row.Text},
		row.Column{Name: "before", Type: row.Text}, row.Column{Name: "after", Type: row.Text}, row.Column{Name: "by", Type: row.Text})
	for _, c := range list {
		for _, cell := range []string{c.Check, c.Source, c.What, c.Before, c.After, c.By} {
			t.text(cell)
		}
		t.end()
	}
	return t
}

func (a *app) historyPruneCommand(o *historyOptions) *cobra.Command {
	keep := ""
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove old runs from the history",
		Long: `Remove the runs that are older than --keep, or than keep: of the config, and free their
space. It works in short steps, and checks can run at the same time. fanql check also
removes old runs, a few at a time, if the config has keep:.`,
		Example: "  fanql history prune --keep 30d",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.pruneHistory(cmd.Context(), o, keep) },
	}
	cmd.Flags().StringVar(&keep, "keep", "", "keep the runs of the last `TIME`, such as 90d; default keep: of the config")
	return cmd
}

// prunedInStep is how many runs a transaction of fanql history prune removes.
const prunedInStep = 20

func (a *app) pruneHistory(ctx context.Context, o *historyOptions, keep string) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	var age time.Duration
	switch {
	case keep != "":
		if age, err = config.ParseKeep(keep); err == nil && age == 0 {
			err = errors.New("--keep 0 keeps all, and nothing would be removed: give a time such as 90d")
		}
		if err != nil {
			return fmt.Errorf("--keep: %w", err)
		}
	case c.History != nil && c.History.Keep != nil && *c.History.Keep > 0:
		age = *c.History.Keep
	default:
		return errors.New("nothing says which runs are old: give --keep TIME, or write keep: 90d below history: in the config")
	}
	f := a.historyFile(c, o.file)
	if f == nil {
		return errNoHistory
	}
	if s, err := history.Read(ctx, f.path); err != nil { // Read creates no file
		return f.fault(err)
	} else if err := s.Close(); err != nil {
		return f.fault(err)
	}
	s, err := history.Open(ctx, f.path)
	if err != nil {
		return f.fault(err)
	}
	removed, err := pruned(ctx, s, time.Now().Add(-age))
	if err = errors.Join(err, s.Close()); err != nil {
		return &statusError{exitcode.None, f.fault(err)}
	}
	return a.say("removed %d runs that are older than %s\n", removed, ageText(keep, age))
}

func pruned(ctx context.Context, s *history.Store, before time.Time) (removed int, err error) {
	for n := math.MaxInt; n > 0 && err == nil; removed += n {
		if n, err = s.Prune(ctx, before, prunedInStep); err != nil {
			return removed, err
		}
	}
	return removed, s.Shrink(ctx)
}

// ageText is an age as it was written, or in hours.
func ageText(written string, age time.Duration) string {
	switch {
	case written != "":
		return written
	case age%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", age/(24*time.Hour))
	}
	return age.String()
}
