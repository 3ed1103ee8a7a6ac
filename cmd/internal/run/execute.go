// A whole run on one page: the preparation, the mode that moves the rows, and the summary
// at the end.

package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/option"
)

// modes are tried in this order; the first one that fits is used.
var modes = []struct {
	move func(context.Context, *execution) error
	fits func(*execution) bool
}{
	{loaded, func(x *execution) bool { return x.plan.load != nil }},
	{federated, func(x *execution) bool { return x.plan.federation != nil }},
	{reduced, func(x *execution) bool { return x.plan.reduce != nil }},
	{catalogued, func(x *execution) bool { return x.plan.catalogue != nil }},
	{stream, func(x *execution) bool { return x.plan.request.Stream }},
	{direct, func(x *execution) bool { return x.writesDirectly() }},
	{split, func(x *execution) bool { return x.plan.exporting.splits() }},
	{parallel, func(x *execution) bool {
		return x.whole && x.encodable && x.plan.merge.SourceOrder && x.plan.merge.plain()
	}},
	{through, func(x *execution) bool {
		return x.whole && x.plan.request.Format.Binary && len(x.tasks) == 1 && x.plan.merge.plain()
	}},
	{ordered, func(x *execution) bool { return x.whole && x.plan.merge.asTheyRun() }},
	{gather, func(*execution) bool { return true }},
}

// An execution is the state of a run that all modes share.
type execution struct {
	plan    *Plan
	host    Host
	tasks   []query.Task
	options query.Options
	run     merge.Run
	cancel  context.CancelCauseFunc
	live    *report.Live
	lines   *report.ProgressLog
	verdict *report.Verdict
	// held has the sessions of a statement over all sources; nil if none are kept.
	held    *query.Hold
	sources []query.Source // the sources with these sessions; nil for a source without one
	out     output.Writer  // receives the rows of the result; nil means the output of the request
	encoder output.Encoder
	// encodable says that rows can be encoded one by one. whole says that the output is
	// used only if every source ends well.
	encodable, whole bool
	writers          []output.Writer // the writers of formats that hold resources
	notes            []string        // warnings of the format
	tight            bool            // a table had too many columns for the terminal
}

// Execute queries the sources, writes their rows to the output, and writes the summary. The
// end of ctx has the same effect as the deadline; its cause says why. An error means that
// the summary or the report could not be written. The verdict says how the run itself
// ended.
func (p *Plan) Execute(ctx context.Context, h Host) (report.Verdict, error) {
	started := time.Now()
	p.countOpening()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := p.Translate(ctx)
	if err == nil {
		err = p.inspectWatermarks(ctx)
	}
	if err != nil {
		return p.verdict(), errors.Join(err, p.Discard())
	}
	v := p.verdict()
	x := p.begin(h, cancel, &v)
	defer x.lines.Stop()
	for _, m := range modes {
		if m.fits(x) {
			v.Failure = m.move(ctx, x)
			break
		}
	}
	v.Failure = errors.Join(v.Failure, x.discard())
	x.live.Stop()
	v.Failure = cmp.Or(v.Failure, unsuitedWatermark(&v))
	p.countDoubles(&v)
	if v.Diff != nil { // comparing takes time, too
		v.Elapsed = p.Progress.Elapsed()
	}
	if i := Interrupted(ctx); i != nil {
		v.Interrupted = i.ExitStatus()
	}
	if invalid, ok := errors.AsType[*InvalidError](v.Failure); ok && v.Interrupted == 0 {
		return v, &InvalidError{option.Spelled(errors.Join(invalid.Err, p.Discard()), p.request.Spelling)}
	}
	v.Failure = option.Spelled(errors.Join(v.Failure, p.finish(&v)), p.request.Spelling)
	x.lines.Stop()
	err = x.sumUp(ctx, started)
	x.lines.End(v)
	return v, err
}

// verdict returns the verdict of a run that has not begun.
func (p *Plan) verdict() report.Verdict {
	v := report.Verdict{
		Summary: query.NewSummaryOf(p.Targets.Names()), Require: p.require, Output: p.request.Output, Before: p.before(),
		Command: p.request.Command, QuerySum: p.hashes.Query, ParametersSum: p.hashes.Parameters,
		Merging: strings.Join(p.request.mixed(), " and "), Spelling: p.request.Spelling, Unfound: p.Targets.Missing(), UsualTimeout: p.request.Limits.Usual,
	}
	if d := p.merge.diff; d != nil {
		v.Diff = report.NewDiff(d.Baseline)
	}
	if c := p.catalogue; c != nil && c.Compare {
		v.Diff = report.NewSchemaDiff(c.base, c.Baseline)
	}
	return v
}

// begin makes the state that all modes share.
func (p *Plan) begin(h Host, cancel context.CancelCauseFunc, v *report.Verdict) *execution {
	r := &p.request
	x := &execution{plan: p, host: h, tasks: p.Targets.Tasks(), options: p.options, cancel: cancel, verdict: v}
	if d := p.merge.diff; d != nil {
		d.Compared = v.Diff.Add
	}
	ends := &deciding{Summary: v.Summary, spelling: r.Spelling, decided: func() {
		if !r.KeepGoing && v.Hopeless() {
			cancel(query.ErrRequirement)
		}
	}}
	x.options.Progress, x.options.Ended, x.options.Ending = p.Progress, ends.Ended, h.Ending
	need := p.need()
	x.run = merge.Run{Sources: p.Targets.Names(), SourceColumn: p.request.SourceColumn, Strict: r.Strict, ByPlace: r.ByPlace, Cast: p.Targets.cast, Notes: ends, Need: need}
	p.style.Reserve, p.style.CastAdvice = p.reserve(), p.Targets.castAdvice
	if r.Format.Name != "" { // otherwise the rows go to a function
		x.encoder, x.encodable = r.Format.Encoder(p.style)
	}
	if e := p.exporting; e != nil && e.set != nil && e.set.Whole() {
		x.out = &parts{x: x, most: r.Export.RowsPerFile}
	}
	x.whole = need == len(x.tasks) && p.file != nil && !p.file.Direct()
	if h.Progress != nil {
		x.lines = report.StartProgressLog(h.Progress, p.Progress)
	}
	if h.Err.Live && !r.Quiet {
		x.live = report.StartLive(h.Err.styled(), p.Progress, report.LiveOptions{Width: h.Err.Width, Since: p.since(), Busy: h.Err.Busy})
	}
	return x
}

// deciding is a summary that checks, whenever a source ends badly, whether the answer can
// still count. Its errors have the user's names of options.
type deciding struct {
	*query.Summary
	spelling option.Spelling
	decided  func()
}

// Ended records how a source ended.
func (d *deciding) Ended(o query.Outcome) {
	o.Err = option.Spelled(o.Err, d.spelling)
	d.Summary.Ended(o)
	if o.State != query.OK {
		d.decided()
	}
}

// Refuse fails a source that had ended well.
func (d *deciding) Refuse(source int, err error) {
	d.Summary.Refuse(source, option.Spelled(err, d.spelling))
	d.decided()
}

// fail ends the run with an error as the cause, if there is one, so that the sources that
// end because of it have this reason. It returns the error.
func (x *execution) fail(err error) error {
	if err != nil {
		x.cancel(err)
	}
	return err
}

// finish moves the files to their places if the answer counts, and keeps the old ones
// otherwise.
func (p *Plan) finish(v *report.Verdict) error {
	counts := v.Failure == nil && v.Met() && v.Interrupted == 0
	switch {
	case p.exporting != nil && counts:
		err := p.commitExport(v)
		if _, halfway := errors.AsType[*exportstate.Unfinished](err); halfway {
			v.Before = report.Stream // the files are neither the old nor the new ones
		}
		return errors.Join(err, p.discardFiles())
	case p.exporting != nil:
		err := p.discardFiles()
		_ = p.exporting.stager.wait() // its errors only say that the files were discarded
		return err
	case p.file == nil:
		return nil
	case counts:
		return p.file.Commit()
	}
	return p.file.Discard()
}

// sumUp writes the summary for people and the report for programs.
func (x *execution) sumUp(ctx context.Context, started time.Time) error {
	v, p := x.verdict, x.plan
	if p.Printed() && (ReaderGone(v.Failure) || errors.Is(context.Cause(ctx), ErrReaderGone) && v.Unneeded() > 0) {
		v.Failure, v.ReaderLeft = nil, true
	}
	p.coercing.note(v)
	x.note()
	if x.tight {
		v.Hints = append(v.Hints, fmt.Sprintf("%s shows each value on a line of its own", p.request.Spelling.Name(OptionVertical)))
	}
	if v.Result() == "none" && !p.request.Stream {
		v.Withhold()
	}
	var err error
	if p.report != nil {
		err = p.writeReport(*v, started)
	}
	style := report.Style{Quiet: p.request.Quiet, Verbose: p.request.Verbose, Brief: p.request.Brief, Timeline: p.request.Timeline, Width: x.host.Err.Width, ASCII: p.style.ASCII, Color: x.host.Err.Color, BlankLine: x.host.Err.Width > 0 && p.style.Terminal}
	if said := report.Summary(x.host.Err.styled(), *v, style); !v.ReaderLeft || !ReaderGone(said) {
		err = errors.Join(err, said)
	}
	return err
}

// note adds the warnings of the format to the first source of the result.
func (x *execution) note() {
	first := slices.IndexFunc(x.verdict.Outcomes, func(o query.Outcome) bool { return o.State == query.OK })
	for _, warning := range x.notes {
		if first >= 0 {
			x.verdict.Note(first, warning)
		}
	}
}

func (p *Plan) writeReport(v report.Verdict, started time.Time) error {
	text, err := report.JSON(v, p.request.Version, started)
	return output.Put(p.report, func(w io.Writer) error {
		if err != nil {
			return err
		}
		return compression.Pack(w, p.request.Report, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
	})
}
