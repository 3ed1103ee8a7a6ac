// The report of a run of checks: shown, written into files, and passed to other
// programs.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/notify"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/config"
)

// A checkOutput is the destination of a run's report.
type checkOutput struct {
	*app
	config  *config.Config
	format  checkformat.Format
	tap     int  // the version of TAP
	only    bool // only some of the checks were chosen
	quiet   bool
	path    string        // the path of file; its suffix says whether the file is compressed
	file    *output.File  // nil is stdout
	report  *output.File  // nil is none
	reports string        // the path of report
	history *remembering  // nil is none
	past    []history.Run // the earlier runs that the format shows

	channels []notify.Channel
}

// create checks, before anything is sent, that the files can be written.
func (o *checkOutput) create(ctx context.Context, given *checkOptions, limit time.Duration) (err error) {
	ctx, stop := run.Opening(ctx, limit)
	defer stop()
	if given.output != "" && given.output != "-" {
		o.path = given.output
		if o.file, err = output.CreateFor(ctx, "-o", o.path); err != nil {
			return err
		}
		if _, err := o.previous(); err != nil {
			return errors.Join(err, o.discard())
		}
	}
	if given.report != "" {
		o.reports = given.report
		if o.report, err = output.CreateFor(ctx, "--report", given.report); err != nil {
			return errors.Join(err, o.discard())
		}
	}
	return nil
}

// discard removes everything written so far.
func (o *checkOutput) discard() (err error) {
	for _, f := range []*output.File{o.file, o.report} {
		if f != nil {
			err = errors.Join(err, f.Discard())
		}
	}
	return err
}

// run runs the plan and reports the result. It returns the exit status as an error,
// which needs no further message.
func (o *checkOutput) run(ctx context.Context, cancel context.CancelCauseFunc, p *checks.Plan) error {
	if o.file == nil {
		process.WatchReader(ctx, o.stdout, func() { cancel(run.ErrReaderGone) })
	}
	ending, restore := o.boundMemory(p.Options.Memory, p.Targets)
	defer restore()
	p.Options.Ending = ending
	if err := p.Translate(ctx); err != nil {
		return errors.Join(err, o.discard())
	}
	var live *report.Live
	if h := o.host(o.quiet || o.file == nil && process.Piped(o.stdout)); h.Err.Live {
		live = report.StartLive(h.Err.Styled, p.Options.Progress, report.LiveOptions{Width: h.Err.Width})
	}
	r := checks.Run(ctx, p)
	live.Stop()
	interrupted := 0
	if e := run.Interrupted(ctx); e != nil {
		interrupted = e.ExitStatus()
		text := e.Error()
		r.Error = &text
	}
	r.Conclude(interrupted)

	if o.format.Past {
		o.past = o.history.past(ctx, r)
	}
	gone := errors.Is(context.Cause(ctx), run.ErrReaderGone)
	var err error
	switch {
	case interrupted != 0:
		err = o.forgo(r)
	default:
		err = o.write(ctx, r, gone)
	}
	o.history.keep(ctx, p.Remembered(r), o.deciding(p, r, interrupted))
	if interrupted == 0 && !gone && r.ExitStatus != exitcode.Complete && !quietened(r) {
		o.tellProgram(ctx, r)
	}
	if interrupted == 0 {
		o.deliver(ctx, r)
		o.beat(ctx, r)
	}
	switch {
	case gone || run.ReaderGone(err):
		return exit(max(r.ExitStatus, exitcode.None))
	case err != nil:
		return &statusError{max(r.ExitStatus, exitcode.None), err}
	}
	return exit(r.ExitStatus)
}

// forgo shows the report of an interrupted run, which replaces no file.
func (o *checkOutput) forgo(r *checks.Report) error {
	if o.file == nil {
		return errors.Join(o.discard(), o.print(r))
	}
	fmt.Fprintln(o.stderr, checkformat.Summary(r)+": an interrupted run replaces no file")
	return errors.Join(o.discard(), o.tell(r, nil))
}

// write shows the report, on stdout or in files.
func (o *checkOutput) write(ctx context.Context, r *checks.Report, gone bool) (err error) {
	well := r.Verdict == checks.Passed && r.Error == nil
	if o.report != nil {
		json, _ := checkformat.Formats.ByName("json")
		err = output.Put(o.report, func(w io.Writer) error {
			return compression.Pack(w, o.reports, func(w io.Writer) error { return json.Write(w, r, checkformat.Options{}) })
		})
	}
	switch {
	case o.file != nil:
		if err = errors.Join(err, o.replace(ctx, r)); err == nil && (!o.quiet || !well) {
			fmt.Fprintln(o.stderr, checkformat.Summary(r))
		}
		return errors.Join(err, o.tell(r, err))
	case gone:
		return err
	}
	if o.plugin != nil {
		return errors.Join(err, o.tell(r, err))
	}
	return errors.Join(err, o.print(r))
}

// replace writes the report and gives it the file's name. A lock ensures that no other run
// reads and merges the file at the same time.
func (o *checkOutput) replace(ctx context.Context, r *checks.Report) (err error) {
	if o.keeps() {
		unlock, held := lockChange(ctx, o.path)
		if held != nil {
			return errors.Join(fmt.Errorf("-o %s: %w", output.Sanitize(o.path), held), o.file.Discard())
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	previous, err := o.previous()
	if err == nil {
		err = compression.Pack(o.file, o.path, func(w io.Writer) error {
			return o.format.Write(w, r, checkformat.Options{Previous: previous, Partial: o.only, TAP: o.tap, Past: o.past})
		})
	}
	if err != nil {
		return errors.Join(err, o.file.Discard())
	}
	return o.file.Commit()
}

// keeps reports whether the report keeps a part of the file that it replaces.
func (o *checkOutput) keeps() bool {
	return o.only && o.format.Keeps != nil && !o.file.Direct()
}

// tell prints the line for the monitoring system, even if the report also goes to a file.
// If the report could not be written, it prints that error instead, unless a check failed.
func (o *checkOutput) tell(r *checks.Report, err error) error {
	if o.plugin == nil || err != nil && r.ExitStatus != exitcode.No {
		return nil
	}
	return o.plugin.tell(o.app, r)
}

func (o *checkOutput) print(r *checks.Report) error {
	if o.plugin != nil {
		return o.plugin.tell(o.app, r)
	}
	style := checkformat.Options{Quiet: o.quiet, Color: o.color(o.stdout), TAP: o.tap, Past: o.past}
	style.Width, style.Terminal = output.Terminal(o.stdout)
	w := o.stdout
	if o.format.ForPeople() {
		w = jobLog(styledWriter(w))
	}
	if o.watch != nil {
		return o.watch.report(r, w, func(w io.Writer, shown checkformat.Options) error {
			style := style
			if style.Changed = shown.Changed; shown.Width > 0 {
				style.Width = shown.Width
			}
			return o.format.Write(w, r, style)
		})
	}
	return o.paged(0, func() error { return o.format.Write(w, r, style) })
}

// previous returns the text of the file that the report will replace, or nil if there is no
// file. If a part of the file has to be kept, it is an error if the file cannot be read or
// is not of the format.
func (o *checkOutput) previous() ([]byte, error) {
	if o.file.Direct() {
		return nil, nil
	}
	text, err := compression.ReadFile(o.path)
	if errors.Is(err, fs.ErrNotExist) || !o.keeps() {
		return text, nil
	}
	if err == nil {
		err = o.format.Keeps(text)
	}
	if err != nil {
		return nil, fmt.Errorf("-o %s: %w: with --only it keeps what the file has of other checks: remove the file, or leave out --only", output.Sanitize(o.path), err)
	}
	return text, nil
}

// tellProgram passes the report to the program of on_failure, if there is one. A
// failure of the program is reported on stderr: the verdict does not change.
func (o *checkOutput) tellProgram(ctx context.Context, r *checks.Report) {
	if o.config.OnFailure == nil {
		return
	}
	var text bytes.Buffer
	json, _ := checkformat.Formats.ByName("json")
	err := json.Write(&text, r, checkformat.Options{})
	if err == nil {
		err = notify.Program(ctx, o.config, &text, o.rawStderr())
	}
	if err != nil {
		fmt.Fprintf(o.stderr, "fanql: on_failure: %s: %s\n", output.Sanitize(o.config.OnFailure.Command[0]), output.Sanitize(err.Error()))
	}
}
