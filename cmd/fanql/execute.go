// What every command does around a run: its files, signals, the terminal, and the
// exit status.

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/config"
)

// execute runs the plan, once it is known that its files can be written. It returns the
// exit status as an error, having said all there is to say.
func (a *app) execute(ctx context.Context, p *run.Plan, o *queryOptions, c *config.Config) error {
	a.warn(c)
	a.warnOf(p.Warnings)
	outputs := []run.NamedFile{{What: "-o", Path: o.output}, {What: "--report", Path: o.report}, {What: "--profile", Path: o.profile}}
	inputs := append(p.Inputs, run.NamedFile{What: "the query", Path: o.file})
	if saved, ok := c.Query(o.name); ok {
		inputs = append(inputs, run.NamedFile{What: "the query", Path: saved.File})
	}
	if err := run.Collisions(outputs, inputs); err != nil {
		return err
	}
	warnings, err := p.Create(ctx)
	if err != nil {
		return err
	}
	a.warnOf(warnings)
	stop, err := a.profile(ctx, o.profile)
	if err != nil {
		return errors.Join(err, p.Discard())
	}
	return errors.Join(a.runPlan(ctx, p, o), stop())
}

// plan finds the sources that the request's patterns and lists stand for, and plans the
// run. It says why it has nothing to run itself where a signal ended the search.
func (a *app) plan(ctx context.Context, r *run.Request) (*run.Plan, error) {
	choices := [][]string{r.Sources}
	for _, t := range r.Tables {
		if len(t.Sources) > 0 {
			choices = append(choices, excluding(t.Sources, r.Sources))
		}
	}
	var err error
	if r.Config, r.Started, err = a.find(ctx, r.Config, r.Limits, r.Quiet, choices...); err != nil {
		return nil, err
	}
	return run.New(*r)
}

// excluding adds what other selectors exclude.
func excluding(selectors, others []string) []string {
	all := slices.Clone(selectors)
	for _, sel := range others {
		if strings.HasPrefix(sel, "!") {
			all = append(all, sel)
		}
	}
	return all
}

// find returns the config with what its patterns and lists stand for, as far as one of the
// choices of sources may mean it, and when that began: zero where there was nothing to
// find.
func (a *app) find(ctx context.Context, c *config.Config, l run.Limits, quiet bool, choices ...[]string) (*config.Config, time.Time, error) {
	s, err := run.NewSearch(c, a.getenv, l, choices...)
	if s == nil || err != nil {
		return c, time.Time{}, err
	}
	started := time.Now()
	ctx, _, stop := a.untilSignal(ctx, s.Progress, func() {})
	defer stop()
	found, err := s.Run(ctx, a.host(quiet), started)
	if i, ended := errors.AsType[run.Interruption](err); ended {
		return nil, started, &statusError{i.ExitStatus(), fmt.Errorf("%w while sources were being found: no query was sent", i)}
	}
	return found, started, err
}

// runPlan runs the plan under the signals of the process.
func (a *app) runPlan(ctx context.Context, p *run.Plan, o *queryOptions) error {
	drop := func() { _ = p.Discard() }
	ctx, cancel, stop := a.untilSignal(ctx, p.Progress, drop)
	defer stop()
	if !p.ToFile() {
		process.WatchReader(ctx, a.stdout, func() { cancel(run.ErrReaderGone) })
	}
	if memory := p.Memory(); memory > 0 {
		defer a.boundMemory(memory, p.Targets)()
	}
	h := a.host(o.quiet || !p.ToFile() && process.Piped(a.stdout))
	h.Runaway = func() {
		a.leave(p.Progress, drop)
		a.exit(exitcode.None) // the engine does not stop
	}
	v, err := p.Execute(ctx, h)
	if invalid, ok := errors.AsType[*run.InvalidError](err); ok {
		return invalid // of usage: nothing was fetched
	}
	if err != nil {
		return &statusError{max(v.Exit(), exitcode.None), err}
	}
	return exit(v.Exit())
}

const (
	// headroom is what the program may take beyond the memory for staged rows.
	headroom = 24 << 20
	// waiting is what a server may take beyond that, from its connection on until its
	// rows come: its goroutine, the connection, and what cancels it. Of thousands it is
	// as much as rows may take, and the collector would look for it without end.
	waiting = 24 << 10
)

// boundMemory has the collector keep to the memory for staged rows and what else is
// taken, until the function that it returns is called. Staged rows live long: by its own
// rule the collector would let twice as much stand before it looks.
func (a *app) boundMemory(memory int64, targets run.Targets) (restore func()) {
	before := debug.SetMemoryLimit(memory + headroom + int64(targets.Servers())*waiting)
	return func() { debug.SetMemoryLimit(before) }
}

// host is what this process gives a run; quiet is without a live line.
func (a *app) host(quiet bool) run.Host {
	h := run.Host{
		Out:         run.Stream{Plain: a.stdout, Styled: jobLog(styledWriter(a.stdout)), Color: a.color(a.stdout)},
		Err:         run.Stream{Plain: a.stderr, Styled: styledWriter(a.stderr), Color: a.color(a.stderr)},
		MemoryLimit: process.MemoryLimit("/"),
	}
	h.Out.Width, _ = output.Terminal(a.stdout)
	h.Err.Width, _ = output.Terminal(a.stderr)
	h.Err.Live = h.Err.Width > 0 && !quiet && a.getenv("TERM") != "dumb"
	return h
}

// say prints to stdout; that it cannot is an answer not given.
func (a *app) say(format string, args ...any) error {
	if _, err := fmt.Fprintf(a.stdout, format, args...); err != nil {
		return &statusError{exitcode.None, err}
	}
	return nil
}
