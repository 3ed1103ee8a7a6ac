// --watch: a run that is repeated, until the user or a condition ends it.

package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/process"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/cmd/internal/watching"
	"github.com/fanql/fanql/query"
)

// watchFlags are the flags for repeated runs, as given.
type watchFlags struct {
	every     time.Duration
	until     string
	watched   bool
	condition *watching.Condition // nil is none
}

func (o *watchFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.DurationVar(&o.every, "watch", 0, "run again every `DURATION`, until Ctrl-C: a terminal is redrawn in place, with changes marked, and a pipe gets one result after the other (fanql help watch)")
	f.StringVar(&o.until, "until", "", "with --watch, end when `EXPRESSION` is true of each row, or, with sum, count, min, max or distinct, of all rows together (fanql help watch)")
}

// unwatched are the flags that make sense for one run only, or for files that each round
// would replace.
var unwatched = []string{
	"output", "compress", "rows-per-file", "manifest", "lock-wait", "state", "watermark", "since-initial", "overlap", "state-force",
	"retry-from", "stream", "stall-timeout", "dry-run", "explain", "profile", "progress",
}

// check checks the flags of a command.
func (o *watchFlags) check(cmd *cobra.Command) (err error) {
	flags := cmd.Flags()
	if o.watched = flags.Changed("watch"); !o.watched {
		if flags.Changed("until") {
			return errors.New("--until goes with --watch DURATION, which repeats the run")
		}
		return nil
	}
	if o.every < watching.Least {
		return fmt.Errorf("--watch %s: give at least %s", flags.Lookup("watch").Value, watching.Least)
	}
	for _, name := range unwatched {
		f := flags.Lookup(name)
		if f == nil || !f.Changed || name == "output" && f.Value.String() == "-" {
			continue
		}
		said := "--" + name
		if name == "output" {
			said = "-o"
		}
		return fmt.Errorf("--watch shows each round on the terminal or sends it to a pipe: it does not go with %s", said)
	}
	if flags.Changed("until") {
		if o.condition, err = watching.ParseCondition(o.until); err != nil {
			err = wrongCondition(err)
		}
	}
	return err
}

func wrongCondition(err error) error { return fmt.Errorf("--until: %w", err) }

// A watch repeats a run, and shows its rounds.
type watch struct {
	*app
	flags *watchFlags
	quiet bool
	shown rounds // how they are shown

	n        int // the number of the round, from 1
	began    time.Time
	judge    *watching.Judge // evaluates the condition for this round; nil is none
	answered []string        // the sources that are in the round's answer
	unjudged string          // why the condition is not evaluated for the round; empty if it is evaluated
	underway atomic.Pointer[underway]
	warnings map[string]bool
	fatal    error // ends the watch with this error, instead of the last round's status
}

// underway is the part of a round that a signal ends.
type underway struct {
	progress *query.Progress
	drop     func()
}

// rounds show the results of the rounds.
type rounds interface {
	// open is called before the first round, and close after the last one. Close may be
	// called more than once.
	open(ctx context.Context)
	close() error
	// begin is called before each round, and over, which it returns, when the round has
	// ended. Then end is called with a message about the condition, which may be empty.
	begin() (over func())
	end(condition string) error
	// interrupted is called instead of end if the user has ended the watch in a round.
	interrupted()
}

// repeat runs rounds until the user, the condition, the reader of the output, or an error
// of usage ends them. A round without an answer is shown and does not end the watch.
func (w *watch) repeat(ctx context.Context, round func(ctx context.Context) error) error {
	ctx, cancel, stop := w.catching(ctx, func() {
		_ = w.shown.close()
		if u := w.underway.Load(); u != nil {
			w.leave(u.progress, u.drop)
		} else {
			w.leave(query.NewProgress(nil), func() {})
		}
	})
	defer stop()
	w.app.watch = w
	w.noPager = true
	process.WatchReader(ctx, w.stdout, func() { cancel(run.ErrReaderGone) })
	w.shown.open(ctx)
	var last error
	watching.Rounds(ctx, w.flags.every, func(n int) bool {
		w.n, w.began, w.answered, w.unjudged, w.judge = n, time.Now(), nil, "there is no answer", nil
		if w.flags.condition != nil {
			w.judge = w.flags.condition.Judge(w.began)
		}
		over := w.shown.begin()
		last = round(ctx)
		over()
		return w.ended(ctx, last)
	})
	err := w.shown.close()
	interruption := run.Interrupted(ctx)
	switch {
	case w.fatal != nil:
		return w.fatal
	case interruption != nil && w.quiet:
		return exit(interruption.ExitStatus())
	case interruption != nil:
		return &statusError{interruption.ExitStatus(), fmt.Errorf("%w after %s", interruption, plural(w.n, "round"))}
	case err != nil && !run.ReaderGone(err):
		return &statusError{exitcode.None, err}
	}
	status, _ := statusOf(last)
	return exit(status)
}

// ended shows how a round ended, and reports whether there is to be another one.
func (w *watch) ended(ctx context.Context, err error) (more bool) {
	status, err := statusOf(err)
	if _, wrong := errors.AsType[*watching.InvalidCondition](err); wrong || status == exitcode.Usage && w.n == 1 {
		w.fatal = err
		return false
	}
	if ctx.Err() != nil {
		w.shown.interrupted()
		return false
	}
	_ = w.complain(err) // the watch continues
	met, said := w.condition()
	if w.fatal = w.shown.end(said); w.fatal != nil {
		w.fatal = &statusError{exitcode.None, w.fatal}
		return false
	}
	return !met
}

// condition evaluates the condition for the round. It also returns a message about it.
func (w *watch) condition() (met bool, said string) {
	if w.judge == nil {
		return false, ""
	}
	met, err := w.judge.End()
	said = "not yet"
	switch {
	case w.unjudged != "":
		met, said = false, "not judged: "+w.unjudged
	case err != nil:
		met, said = false, "cannot be judged: "+err.Error()
	case met:
		said = "true"
	}
	return met, said
}

// warned reports whether an earlier round has printed a warning where it can still be read.
func (w *watch) warned(warning string) (before bool) {
	if w == nil {
		return false
	}
	if _, redrawn := w.shown.(*frames); redrawn {
		return false
	}
	if w.warnings == nil {
		w.warnings = map[string]bool{}
	}
	before = w.warnings[warning]
	w.warnings[warning] = true
	return before
}

// statusOf returns the exit status of a round that returned an error, and the error to
// print, which may be nil.
func statusOf(err error) (int, error) {
	if s, ok := errors.AsType[*statusError](err); ok {
		return s.status, s.err
	}
	if err != nil {
		return exitcode.Usage, err
	}
	return exitcode.Complete, nil
}

// nested is [app.untilSignal] for a part of a round: the watch itself catches signals.
func (w *watch) nested(ctx context.Context, progress *query.Progress, drop func()) (_ context.Context, cancel context.CancelCauseFunc, stop func()) {
	ctx, cancel = context.WithCancelCause(ctx)
	w.underway.Store(&underway{progress, drop})
	w.tidy = func() { w.leave(progress, drop) }
	return ctx, cancel, func() {
		w.underway.Store(nil)
		w.tidy = nil
		cancel(nil)
	}
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
