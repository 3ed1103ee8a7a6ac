// Signals, and a reader that goes away: both end a run the way the deadline does.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

// An interrupted error is the cause of a context that a signal ended.
type interrupted struct{ signal os.Signal }

func (e *interrupted) Error() string {
	if e.signal != syscall.SIGINT {
		return "terminated"
	}
	return "interrupted"
}

// ExitStatus is 128 and the signal's number, as shells have it.
func (e *interrupted) ExitStatus() int {
	if number, ok := e.signal.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return exitcode.SIGINT
}

// exitTimeout is how long a run that a signal has ended may take to sum up; a reader
// that does not read could hold it up for good.
const exitTimeout = query.DefaultGrace + 2*time.Second

// sameSignal is how long after the first signal another one counts as the same:
// GNU timeout signals the process and then its group, a terminal's Ctrl-C reaches a
// script and what it started.
const sameSignal = time.Second

// untilSignal returns a context that the first SIGINT, SIGTERM or SIGHUP ends. One
// that comes more than sameSignal later leaves the process at once, after drop has
// removed what is half-written and with the names of the sources where a query may
// still run. The caller calls stop when the run is over.
func (a *app) untilSignal(ctx context.Context, progress *query.Progress, drop func()) (_ context.Context, cancel context.CancelCauseFunc, stop func()) {
	ctx, cancel = context.WithCancelCause(ctx)
	signals := caught()
	a.begun()
	a.tidy = func() { a.leave(progress, drop) }
	over := make(chan struct{})
	go func() {
		defer a.containGoroutine()
		var first *interrupted
		var since time.Time // the first signal's
		var late <-chan time.Time
		for {
			select {
			case s := <-signals:
				if first == nil {
					first, since = &interrupted{s}, time.Now()
					late = time.After(exitTimeout)
					cancel(first)
					continue
				}
				if time.Since(since) < sameSignal {
					continue
				}
			case <-late:
			case <-over:
				return
			}
			a.leave(progress, drop)
			a.exit(a.leftAs(first.ExitStatus())) // nothing else leaves while a driver or a reader hangs
			return
		}
	}()
	return ctx, cancel, func() {
		close(over) // signals are still caught: one more must not change the exit status
		cancel(nil)
	}
}

// caught returns the signals that end a run.
func caught() chan os.Signal {
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as under nohup
			signal.Notify(signals, s)
		}
	}
	return signals
}

// leave tidies up and says what is left behind, as far as that takes no time: a
// reader of stderr that does not read must not keep the process, nor a disk.
func (a *app) leave(progress *query.Progress, drop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer a.containGoroutine()
		drop()
		a.closeConfigs()
		if a.plugin != nil {
			a.plugin.refuse(a, errors.New(strings.TrimPrefix(leaving(progress), "fanql: ")))
		}
		fmt.Fprintln(a.stderr, leaving(progress))
	}()
	select {
	case <-done:
	case <-time.After(250 * time.Millisecond):
	}
}

// leftAs is the exit status of leaving at once, which a plugin's reader has been told
// of.
func (a *app) leftAs(status int) int {
	if a.plugin == nil {
		return status
	}
	if told := a.plugin.status.Load(); told != untold {
		return int(told)
	}
	return a.plugin.format.Refuse(io.Discard, run.ErrReaderGone)
}

// leaving says what leaving at once leaves behind.
func leaving(progress *query.Progress) string {
	var running []string
	for _, s := range progress.Statuses() {
		if s.Abandoned || s.State == query.Running && s.Phase != driver.Waiting {
			running = append(running, output.Sanitize(s.Source))
		}
	}
	if len(running) == 0 {
		return "fanql: left at once"
	}
	return "fanql: left at once; a query may still run on: " + nearest.List(running)
}
