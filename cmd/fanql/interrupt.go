// Signals, and a reader that closes the pipe: both end a run like the deadline does.

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

// ExitStatus returns 128 plus the signal's number, as shells do.
func (e *interrupted) ExitStatus() int {
	if number, ok := e.signal.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return exitcode.SIGINT
}

// exitTimeout is how long a run that a signal has ended may take for its summary. Without a
// limit, a reader that does not read could delay it forever.
const exitTimeout = query.DefaultGrace + 2*time.Second

// sameSignal is how long after the first signal another one counts as the same: GNU
// timeout signals the process and then its group, and a terminal's Ctrl-C reaches a
// script and its children.
const sameSignal = time.Second

// untilSignal returns a context that the first SIGINT, SIGTERM or SIGHUP ends. A second
// one, more than sameSignal later, exits the process at once, after drop has removed
// half-written files and the names of sources where a query may still run have been
// printed. The caller calls stop when the run is over.
func (a *app) untilSignal(ctx context.Context, progress *query.Progress, drop func()) (_ context.Context, cancel context.CancelCauseFunc, stop func()) {
	if a.watch != nil {
		return a.watch.nested(ctx, progress, drop)
	}
	return a.catching(ctx, func() { a.leave(progress, drop) })
}

// catching is untilSignal with a given function that cleans up and reports what is left
// behind.
func (a *app) catching(ctx context.Context, leave func()) (_ context.Context, cancel context.CancelCauseFunc, stop func()) {
	ctx, cancel = context.WithCancelCause(ctx)
	signals := caught()
	a.begun()
	a.tidy = leave
	over := make(chan struct{})
	go func() {
		defer a.containGoroutine()
		var first *interrupted
		var since time.Time // the first signal's
		var late <-chan time.Time
		for {
			select {
			case s := <-signals:
				if a.pager.Load().Running() {
					if s == syscall.SIGINT {
						continue // the pager handles Ctrl-C
					}
					a.pager.Load().Terminate()
				}
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
			leave()
			a.exit(a.leftAs(first.ExitStatus())) // nothing else ends the process while a driver or a reader hangs
			return
		}
	}()
	return ctx, cancel, func() {
		close(over) // signals are still caught: another one must not change the exit status
		cancel(nil)
	}
}

// caught returns a channel of the signals that end a run.
func caught() chan os.Signal {
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // nohup has SIGHUP ignored
			signal.Notify(signals, s)
		}
	}
	return signals
}

// leave cleans up and names what is left behind, within a short time: neither a reader of
// stderr that does not read nor a slow disk may hold up the process.
func (a *app) leave(progress *query.Progress, drop func()) {
	done := make(chan struct{})
	a.pager.Load().Terminate()
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

// leftAs returns the exit status for exiting at once. A monitoring system gets the status
// of the printed line, or that of a refusal if no line was printed.
func (a *app) leftAs(status int) int {
	if a.plugin == nil {
		return status
	}
	if printed := a.plugin.status.Load(); printed != unprinted {
		return int(printed)
	}
	return a.plugin.format.Refuse(io.Discard, run.ErrReaderGone)
}

// leaving describes what exiting at once leaves behind.
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
