// fanql check: its flags, and the run.

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/notify"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/config"
)

// checkOptions are the flags of fanql check, as given.
type checkOptions struct {
	targets
	only, params     []string
	output, format   string
	formats          map[string]*bool // the short forms of --format: --json, --tap, ...
	quiet            bool
	failFast, dryRun bool
	samples          int
	samplesSet       bool
	memory           string
	report, lock     string
	history          string
	runName          string
	tap              int
	watchFlags
}

const checkExample = `  # all checks of fanql.yaml
  fanql check

  # those of a file, without a word when all is well, and never twice at once
  fanql check nightly.yaml -q --timeout 10m --lock /run/lock/fanql-nightly

  # some of them, by name or tag
  fanql check --only 'orders-*' --only tag:hourly

  # with another value for a parameter of their queries
  fanql check -p since=2026-01-01

  # every minute, until all of them pass
  fanql check --watch 1m --until 'verdict == "passed"'

  # what would be sent where, and whether each server takes it
  fanql check --dry-run`

func (a *app) checkCommand() *cobra.Command {
	o := &checkOptions{}
	cmd := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "Check the data of many databases",
		Long: `Run the checks of the config, or of the given files, all at once under one
deadline, and report whether each passed, failed, warned, or could not be evaluated.
A check whose source is missing, late or partial is an error; it never passes.

The exit status is 0 if all passed (or warned), 4 if one failed, 3 if none failed
and one could not be evaluated, 1 if nothing could be evaluated, and 2 if a file
is wrong and nothing was sent. With --nagios it is 0 OK, 1 WARNING, 2 CRITICAL, and
3 UNKNOWN for every end without a verdict, each with one line on stdout.

With a history (fanql help history) numbers are compared with those of earlier runs,
and changes go to webhooks, mail and programs (fanql help alerts).`,
		Example: checkExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changed(cmd)
			if err := o.check(cmd); err != nil {
				return err
			}
			return a.runCheck(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	o.targets.register(a, cmd)
	f.Lookup("source").Usage = "the sources to choose from: `SOURCE` is as in fanql query; a check without sources of its own runs on all of them; default all of the config"
	o.targets.usualPerServer = defaultPerServer
	f.Lookup("per-server").DefValue = strconv.Itoa(defaultPerServer)
	f.Lookup("per-server").Usage = "send at most `N` queries at once to each server (host and port); 0 is no limit"
	o.onlyFlag(a, cmd)
	f.StringArrayVarP(&o.params, "param", "p", nil, "give the checks whose queries have the parameter another value: `NAME=VALUE` or NAME:TYPE=VALUE, as in fanql query")
	f.BoolVar(&o.failFast, "fail-fast", false, "end the run when a check has failed")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be sent where, and let each server prepare it; nothing is run")
	f.IntVar(&o.samples, "samples", checks.DefaultSamples, "show at most `N` failing rows of each source; 0 shows none")
	f.StringVarP(&o.output, "output", "o", "", "write the report to `FILE`, which is replaced only by a complete one")
	f.StringVar(&o.format, "format", "", "print as `FORMAT`: "+run.List(checkformat.Formats.Names())+"; default by the suffix of -o, else text")
	o.formats = map[string]*bool{}
	for _, name := range checkformat.Formats.Names() {
		o.formats[name] = f.BoolP(name, shortFormats[name], false, "short for --format "+name)
	}
	f.IntVar(&o.tap, "tap-version", 13, "write `VERSION` of TAP, 13 or 14; a stock prove refuses 14")
	f.StringVar(&o.runName, "run-name", "", "the `NAME` of the run in the report and in the labels of prometheus; default the name of the config's file, or of its folder if the file is fanql.yaml, and the name of a file of checks")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print nothing if all checks pass, and leave out passed checks otherwise")
	f.StringVar(&o.report, "report", "", "write the report to `FILE` as JSON as well")
	f.StringVar(&o.history, "history", "", "keep what the run found in `FILE`, a SQLite database that is created if it is missing; fanql history shows it; default history: of the config")
	f.StringVar(&o.lock, "lock", "", "hold a lock on `FILE`, and do nothing while another run holds it")
	o.watchFlags.register(cmd)
	memoryFlag(f, &o.memory, "memory for rows that wait to be judged; the rest goes to temporary files (`SIZE`)")
	must(cmd.RegisterFlagCompletionFunc("param", a.completeParams))
	must(cmd.RegisterFlagCompletionFunc("format", fixedCompletion(checkformat.Formats.Names()...)))
	f.SortFlags = false
	cmd.AddCommand(a.checkListCommand())
	return cmd
}

// defaultPerServer is how many queries a server gets at once if neither a flag nor the
// config sets it.
const defaultPerServer = 4

func (o *checkOptions) onlyFlag(a *app, cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&o.only, "only", nil, "run `CHECK` only: a name, a glob over names, tag:NAME, or !EXCLUDED; repeatable")
	must(cmd.RegisterFlagCompletionFunc("only", inLists(a.completeChecks)))
}

// changed records which flags were given, where their values do not show it.
func (o *checkOptions) changed(cmd *cobra.Command) {
	o.samplesSet = cmd.Flags().Changed("samples")
	o.targets.changed(cmd)
}

// runCheck runs the checks.
func (a *app) runCheck(ctx context.Context, o *checkOptions, args []string) error {
	format, err := o.chosenFormat()
	if err != nil {
		return err
	}
	if err := o.suits(format); err != nil {
		return err
	}
	c, err := a.load()
	if err != nil {
		return err
	}
	r, err := a.checkRequest(o, c, args)
	if err != nil {
		return err
	}
	r.History = a.historyFile(c, o.history) != nil
	if o.watched {
		return a.watchChecks(ctx, o, format, func(ctx context.Context) error {
			r.Config, r.Now, r.Started = c, time.Now(), time.Time{}
			return a.runChecks(ctx, o, r, format)
		})
	}
	return a.runChecks(ctx, o, r, format)
}

// runChecks runs the checks of a request.
func (a *app) runChecks(ctx context.Context, o *checkOptions, r checks.Request, format checkformat.Format) error {
	c := r.Config
	choices, err := r.Choices()
	if err != nil {
		return err
	}
	var h *remembering
	if !o.dryRun {
		if h, err = a.openHistory(ctx, c, o.history, r.Limits.Timeout); err != nil {
			return err
		}
		defer h.close()
	}
	if r.Config, r.Started, err = a.find(ctx, c, r.Limits, o.quiet, choices...); err != nil {
		return err
	}
	p, err := checks.New(r)
	if err != nil {
		return err
	}
	if err := notify.CheckProgram(c); err != nil {
		return err
	}
	var channels []notify.Channel
	if !o.dryRun {
		if channels, err = a.channels(c, r.History); err != nil {
			return a.firstOf(err)
		}
	}
	if err := h.recall(ctx, p); err != nil {
		return err
	}
	a.warn(c)
	a.warnOf(p.Warnings)
	if o.dryRun {
		return a.dryRunChecks(ctx, p, o.quiet)
	}
	if o.output == "" && a.stdout == closed {
		return errors.New("stdout is closed: nobody would see the report: give -o FILE")
	}
	outputs := []run.NamedFile{{What: "-o", Path: o.output}, {What: "--report", Path: o.report}, {What: "--lock", Path: o.lock}}
	p.Inputs = append(p.Inputs, h.files()...)
	if err := run.Collisions(outputs, p.Inputs); err != nil {
		return err
	}
	out := &checkOutput{app: a, config: c, format: format, tap: o.tap, quiet: o.quiet, history: h, channels: channels, only: len(o.only) > 0}
	ctx, cancel, stop := a.untilSignal(ctx, p.Options.Progress, func() { _ = out.discard() })
	defer stop()
	if err := out.create(ctx, o, p.Options.Timeout); err != nil {
		return err
	}
	a.warnOf(run.FileWarnings(out.file, out.report))
	unlock, err := lock(o.lock)
	if err != nil {
		return errors.Join(out.discard(), err)
	}
	return errors.Join(out.run(ctx, cancel, p), unlock())
}

// checkRequest checks the flags.
func (a *app) checkRequest(o *checkOptions, c *config.Config, args []string) (r checks.Request, err error) {
	r = checks.Request{
		Config: c, Getenv: a.getenv, Files: args, Only: o.only, Params: o.params,
		FailFast: o.failFast, Run: o.runName, Version: version(), Now: time.Now(), Spelling: flag,
	}
	if r.Sources, err = o.selectors(); err != nil {
		return r, err
	}
	if r.Limits, err = o.targets.limits(c.Defaults); err != nil {
		return r, err
	}
	if r.Memory, err = budgetMemory(o.memory); err != nil {
		return r, err
	}
	switch {
	case o.samples < 0:
		return r, fmt.Errorf("--samples %d: it cannot be negative; 0 shows none", o.samples)
	case o.report == "-":
		return r, errors.New("--report needs a file; --format json prints it")
	case o.samplesSet:
		r.Samples = &o.samples
	}
	return r, nil
}

func (o *checkOptions) chosenFormat() (checkformat.Format, error) {
	return chosenFormat(checkformat.Formats, o.format, o.formats, o.output, "text")
}

// suits refuses flags that cannot be used with the format.
func (o *checkOptions) suits(format checkformat.Format) error {
	switch {
	case o.dryRun && format.Exit != nil:
		return fmt.Errorf("--dry-run checks nothing, and %s needs a verdict: leave one of them out", format.Name)
	case o.tap != 13 && o.tap != 14:
		return fmt.Errorf("--tap-version %d: there are 13 and 14", o.tap)
	case o.tap != 13 && format.Name != "tap":
		return errors.New("--tap-version goes with --format tap")
	}
	return nil
}
