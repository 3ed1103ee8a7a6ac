// A run of checks on one page: asked, judged, shown, told to whoever wants to know.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/report"
)

// check runs the plan. It returns the exit status as an error, having said all there
// is to say.
func (a *app) check(ctx context.Context, cancel context.CancelCauseFunc, p *checkPlan) error {
	if p.file == nil {
		watchReader(ctx, a.stdout, cancel)
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(p.Options.Memory + headroom))
	live := a.live(p.quiet || p.file == nil && piped(a.stdout), p.Options.Board)
	r := checks.Run(ctx, &p.Plan)
	live.Stop()
	interrupted := 0
	if e := interruption(ctx); e != nil {
		interrupted = e.status()
		text := e.Error()
		r.Error = &text
	}
	r.Conclude(interrupted)

	gone := errors.Is(context.Cause(ctx), errReaderGone)
	var err error
	switch {
	case interrupted != 0:
		err = p.forgo(a, r)
	default:
		err = p.write(a, r, gone)
	}
	if interrupted == 0 && !gone && r.ExitStatus != report.ExitComplete {
		a.onFailure(ctx, p.config, r)
	}
	switch {
	case gone || readerGone(err):
		return exit(max(r.ExitStatus, report.ExitNone))
	case err != nil:
		return &statusError{max(r.ExitStatus, report.ExitNone), err}
	}
	return exit(r.ExitStatus)
}

// forgo shows the report of an interrupted run, which replaces no file.
func (p *checkPlan) forgo(a *app, r *checks.Report) error {
	if p.file == nil {
		return errors.Join(p.drop(), p.print(a, r))
	}
	fmt.Fprintln(a.stderr, checkformat.Summary(r)+": an interrupted run replaces no file")
	return errors.Join(p.drop(), p.tell(a, r, nil))
}

// write shows the report, on stdout or in files.
func (p *checkPlan) write(a *app, r *checks.Report, gone bool) (err error) {
	well := r.Verdict == checks.Passed && r.Error == nil
	if p.report != nil {
		json, _ := checkformat.Formats.ByName("json")
		err = json.Write(p.report, r, checkformat.Options{})
		if err != nil {
			err = errors.Join(err, p.report.Discard())
		} else {
			err = p.report.Commit()
		}
	}
	switch {
	case p.file != nil:
		written := p.format.Write(p.file, r, checkformat.Options{Previous: p.previous(), TAP: p.tap})
		if written != nil {
			err = errors.Join(err, written, p.file.Discard())
			return errors.Join(err, p.tell(a, r, err))
		}
		if err = errors.Join(err, p.file.Commit()); err == nil && (!p.quiet || !well) {
			fmt.Fprintln(a.stderr, checkformat.Summary(r))
		}
		return errors.Join(err, p.tell(a, r, err))
	case gone:
		return err
	}
	if a.plugin != nil {
		return errors.Join(err, p.tell(a, r, err))
	}
	return errors.Join(err, p.print(a, r))
}

// tell gives a plugin's reader the line, which may stand in a file as well. Where the
// report could not be written, the reader is told of that instead, unless there is
// something worse.
func (p *checkPlan) tell(a *app, r *checks.Report, err error) error {
	if a.plugin == nil || err != nil && r.ExitStatus != report.ExitNo {
		return nil
	}
	return a.plugin.tell(a, r)
}

func (p *checkPlan) print(a *app, r *checks.Report) error {
	if a.plugin != nil {
		return a.plugin.tell(a, r)
	}
	o := checkformat.Options{Quiet: p.quiet, Color: a.color(a.stdout), TAP: p.tap}
	o.Width, o.Terminal = terminal(a.stdout)
	w := a.stdout
	if p.format.ForPeople() {
		w = jobLog(styledWriter(w))
	}
	return p.format.Write(w, r, o)
}

// previous is the text of the file that the report will replace.
func (p *checkPlan) previous() []byte {
	if p.file.Direct() {
		return nil
	}
	text, err := os.ReadFile(p.path)
	if err != nil { // there is none
		return nil
	}
	return text
}
