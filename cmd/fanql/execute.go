// The parts of a run that all commands share: files, signals, the terminal, and the
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
	"github.com/fanql/fanql/sources/option"
)

// execute runs the plan, after it has checked that the files can be written. It returns
// the exit status as an error, which needs no further message.
func (a *app) execute(ctx context.Context, p *run.Plan, o *queryOptions, c *config.Config) error {
	a.warn(c)
	a.warnOf(p.Warnings)
	outputs := []run.NamedFile{
		{What: "-o", Path: p.OneFile()},
		{What: "--report", Path: o.report},
		{What: "--profile", Path: o.profile},
		{What: "--manifest", Path: o.manifest},
		{What: "--state", Path: o.state},
	}
	inputs := append(p.Inputs, run.NamedFile{What: "the query", Path: o.file}, run.NamedFile{What: "the report of --retry-from", Path: o.retryFrom})
	if saved, ok := c.Query(o.name); ok {
		inputs = append(inputs, run.NamedFile{What: "the query", Path: saved.File})
	}
	if err := run.Collisions(outputs, inputs); err != nil {
		return err
	}
	warnings, err := a.create(ctx, p)
	a.warnOf(warnings)
	if err != nil {
		return inUse(err)
	}
	stop, err := a.profile(ctx, o.profile)
	if err != nil {
		return errors.Join(err, p.Discard())
	}
	return errors.Join(a.runPlan(ctx, p, o), stop())
}

// create opens the files of the plan. A signal ends the wait for another run's files.
func (a *app) create(ctx context.Context, p *run.Plan) (warnings []string, err error) {
	if !p.Exports() {
		return p.Create(ctx)
	}
	ctx, _, stop := a.untilSignal(ctx, p.Progress, func() { _ = p.Discard() })
	defer stop()
	warnings, err = p.Create(ctx)
	if i := run.Interrupted(ctx); i != nil {
		err = &statusError{i.ExitStatus(), errors.Join(fmt.Errorf("%w before a query was sent", i), p.Discard())}
	}
	return warnings, err
}

// plan finds the sources that the request's patterns and lists stand for, and plans the
// run. If a signal ended the search, it returns that as the reason.
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
	return newPlan(r)
}

// newPlan plans the run. Its errors name options that a saved query sets by the keys of the
// saved query.
func newPlan(r *run.Request) (*run.Plan, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(rarely))
	p, err := run.New(*r)
	return p, option.Spelled(err, r.Spelling)
}

// excluding adds the exclusions of other selectors.
func excluding(selectors, others []string) []string {
	all := slices.Clone(selectors)
	for _, sel := range others {
		if strings.HasPrefix(sel, "!") {
			all = append(all, sel)
		}
	}
	return all
}

// find returns the config with the results of those discoveries that one of the choices of
// sources may need. It also returns the time when the discovery began, or zero if none was
// needed.
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
	if p.Printed() {
		process.WatchReader(ctx, a.stdout, func() { cancel(run.ErrReaderGone) })
	}
	ending := func() {}
	if memory := p.Memory(); memory > 0 {
		var restore func()
		ending, restore = a.boundMemory(memory, p.Targets)
		defer restore()
	}
	h := a.host(o.quiet || o.progress == "json" || o.progress == "none" || !p.ToFile() && process.Piped(a.stdout))
	if o.progress == "json" {
		h.Progress = a.stderr
	}
	h.Ending = ending
	h.Runaway = func() {
		a.leave(p.Progress, drop)
		a.exit(exitcode.None) // the engine does not stop
	}
	end := func() {}
	if p.Printed() {
		end = a.page(p.HeaderLines(), cancel)
		h.Err.Busy = a.pager.Load().Running
	}
	v, err := p.Execute(ctx, h)
	end()
	a.watch.verdict(v, o.require != "")
	if invalid, ok := errors.AsType[*run.InvalidError](err); ok {
		return invalid // an error of usage: nothing was fetched
	}
	if err != nil {
		return &statusError{max(v.Exit(), exitcode.None), err}
	}
	return exit(v.Exit())
}

const (
	// headroom is the program's memory beyond that for staged rows.
	headroom = 12 << 20
	// waiting is the additional memory for a server, from its connection until its rows
	// arrive: the goroutine, the connection, and the means to cancel. For thousands of
	// servers it is as much as the rows may take. If it were not added, the garbage
	// collector would run all the time.
	waiting = 24 << 10
	// heap is the part of headroom that is on the heap, and heapOfWaiting the part of
	// waiting. The rest is stacks, and memory of the runtime.
	heap          = 4 << 20
	heapOfWaiting = 10 << 10
	// rarely is the percentage (GOGC) of the garbage collector while sources are planned.
	// Nearly everything that is allocated then stays in use, so collecting is useless; it
	// took a sixth of the CPU time.
	rarely = 1000
)

// boundMemory sets the garbage collector's memory limit to the memory for staged rows and
// the program's own, until restore is called. Staged rows live long: by default the
// collector would let the memory double before it runs. With many servers, the collector
// first runs when the heap exceeds the part that the servers may take; after the call of
// ending, it runs only when the limit is reached.
func (a *app) boundMemory(memory int64, targets run.Targets) (ending, restore func()) {
	servers := targets.Servers()
	before := debug.SetMemoryLimit(memory + headroom + int64(servers)*waiting)
	if servers < run.ManyServers {
		return func() {}, func() { debug.SetMemoryLimit(before) }
	}
	ending, stop := process.HeapGoal(heap + uint64(servers)*heapOfWaiting)
	return ending, func() {
		debug.SetMemoryLimit(before)
		stop()
	}
}

// host returns this process's resources for a run; quiet means without a live line.
func (a *app) host(quiet bool) run.Host {
	h := run.Host{
		Out:         run.Stream{Plain: a.stdout, Styled: jobLog(styledWriter(a.stdout)), Color: a.color(a.stdout)},
		Err:         run.Stream{Plain: a.stderr, Styled: styledWriter(a.stderr), Color: a.color(a.stderr)},
		MemoryLimit: process.MemoryLimit("/"),
	}
	h.Out.Width, _ = output.Terminal(a.stdout)
	h.Err.Width, _ = output.Terminal(a.stderr)
	h.Err.Live = h.Err.Width > 0 && !quiet && a.getenv("TERM") != "dumb"
	if a.watch != nil {
		if _, redrawn := a.watch.shown.(*frames); redrawn {
			h.Err.Live, h.Err.Width = false, h.Out.Width
		}
	}
	return h
}

// say prints to stdout; if that fails, there is no answer.
func (a *app) say(format string, args ...any) error {
	if _, err := fmt.Fprintf(a.stdout, format, args...); err != nil {
		return &statusError{exitcode.None, err}
	}
	return nil
}
