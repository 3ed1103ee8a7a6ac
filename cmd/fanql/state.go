// fanql state: shows, sets and resets what a state file keeps.

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/usage"
	"github.com/fanql/fanql/sources/row"
)

// stateOptions are the flags of fanql state, as given.
type stateOptions struct {
	queryOptions
	kind     string
	all      bool
	lockWait time.Duration
}

func (a *app) stateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Show and change up to where each source was exported (--state)",
		Long: `Show and change a state file, in which fanql query --state keeps up to where each
source was exported: the largest value of a column that its last export wrote
(fanql help exports).`,
		Example: "  fanql state show orders.state\n  fanql state set orders.state eu 2026-01-31T00:00:00Z\n  fanql state reset orders.state eu",
		Args:    usage.UnknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.stateShowCommand(), a.stateSetCommand(), a.stateResetCommand())
	return cmd
}

func (a *app) stateShowCommand() *cobra.Command {
	o := &stateOptions{}
	cmd := &cobra.Command{
		Use:     "show FILE",
		Short:   "Show up to where each source was exported",
		Example: "  fanql state show orders.state\n  fanql state show orders.state --json",
		Args:    wants(1, 1, "give FILE"),

		ValidArgsFunction: fileThen(cobra.NoFileCompletions, 0),
		RunE:              func(_ *cobra.Command, args []string) error { return a.showState(o, args[0]) },
	}
	formatFlag(cmd, &o.queryOptions)
	return cmd
}

func (a *app) stateSetCommand() *cobra.Command {
	o := &stateOptions{}
	cmd := &cobra.Command{
		Use:   "set FILE SOURCE VALUE",
		Short: "Set up to where a source was exported",
		Long: `Set the value that :since is for a source in the next export. The type is the one
that the state has for it, or else --type. The keys of an overlap are forgotten.`,
		Example: "  fanql state set orders.state eu 2026-01-31T00:00:00Z\n  fanql state set orders.state new 0 --type integer",
		Args:    wants(3, 3, "give FILE SOURCE VALUE"),

		ValidArgsFunction: fileThen(a.completeSourceNames, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeState(cmd.Context(), o, args[0], func(s *exportstate.State) error { return s.Set(args[1], args[2], o.kind, time.Now()) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.kind, "type", "", "the `TYPE` of the value: "+strings.Join(exportstate.Types, ", "))
	f.DurationVar(&o.lockWait, "lock-wait", 0, "wait at most `DURATION` for a run that uses the state")
	must(cmd.RegisterFlagCompletionFunc("type", fixedCompletion(exportstate.Types...)))
	return cmd
}

func (a *app) stateResetCommand() *cobra.Command {
	o := &stateOptions{}
	cmd := &cobra.Command{
		Use:     "reset FILE [SOURCE]...",
		Short:   "Forget up to where sources were exported",
		Long:    "Forget sources: their next export begins with --since-initial.",
		Example: "  fanql state reset orders.state eu us\n  fanql state reset orders.state --all",
		Args:    wants(1, 1<<30, "give FILE and sources"),

		ValidArgsFunction: fileThen(a.completeSourceNames, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeState(cmd.Context(), o, args[0], func(s *exportstate.State) error { return s.Reset(args[1:], o.all) })
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "forget all sources")
	cmd.Flags().DurationVar(&o.lockWait, "lock-wait", 0, "wait at most `DURATION` for a run that uses the state")
	return cmd
}

// wants checks the number of arguments.
func wants(least, most int, hint string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return errors.New(hint)
		}
		return nil
	}
}

// showState prints a state, source by source.
func (a *app) showState(o *stateOptions, path string) error {
	format, err := a.listingFormat(&o.queryOptions)
	if err != nil {
		return err
	}
	s, err := readState(path)
	if err != nil {
		return err
	}
	t := newListing(row.Column{Name: "source", Type: row.Text}, row.Column{Name: "column", Type: row.Text}, row.Column{Name: "since", Type: row.Text},
		row.Column{Name: "type", Type: row.Text}, row.Column{Name: "rows", Type: row.Int}, row.Column{Name: "keys", Type: row.Int}, row.Column{Name: "changed", Type: row.TimestampTZ})
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		m := s.Sources[name]
		t.text(name)
		t.text(s.Watermark)
		t.text(m.Since.Value)
		t.text(m.Since.Type)
		t.b.Int(m.Rows)
		t.b.Int(int64(len(m.Keys)))
		t.b.TimestampText([]byte(m.Changed.UTC().Format(time.RFC3339)), true)
		t.end()
	}
	return a.print(format, t)
}

// readState reads a state file. It is an error if there is none.
func readState(path string) (*exportstate.State, error) {
	s, found, err := exportstate.ReadState(path)
	if err == nil && !found {
		err = errors.New("no such file")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", output.Sanitize(path), err)
	}
	return s, nil
}

// changeState changes a state file while no run uses it.
func (a *app) changeState(ctx context.Context, o *stateOptions, path string, change func(*exportstate.State) error) (err error) {
	if _, err := readState(path); err != nil {
		return err
	}
	tx, repaired, err := exportstate.Begin(ctx, exportstate.Options{Homes: []exportstate.Home{exportstate.HomeOf("the state", path)}, Wait: o.lockWait})
	a.warnOf(repaired)
	if err != nil {
		return inUse(err)
	}
	defer func() { err = errors.Join(err, tx.Close()) }()
	s, err := readState(path)
	if err != nil {
		return err
	}
	if err := change(s); err != nil {
		return fmt.Errorf("%s: %w", output.Sanitize(path), err)
	}
	f, err := output.CreateFor(ctx, "the state", path)
	if err != nil {
		return err
	}
	f.Private()
	text, err := s.JSON()
	if err == nil {
		_, err = f.Write(text)
	}
	if err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}
