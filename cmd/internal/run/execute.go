// A run on one page: what goes before, the mode that moves the rows, and the sum at
// the end.

package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/option"
)

// A Host is what the process that executes a run gives it.
type Host struct {
	// Out takes the result if the request names no file. Err takes the summary, and
	// everything else that people read.
	Out, Err Stream
	// Progress, if set, takes the run's progress as lines of JSON, one in each write; see
	// [report.ProgressLine].
	Progress io.Writer
	// MemoryLimit is how much memory the process may take, in bytes; 0 is no limit.
	MemoryLimit int64
	// Runaway is called, on a goroutine of its own, where the engine of a reduce does
	// not stop and takes more memory than it may: the process is to leave. Nil is to
	// let it run.
	Runaway func()
	// Ending, if set, is called once, on a goroutine of its own, when the sources that still
	// run are told to end.
	Ending func()
}

// A Stream is where text goes.
type Stream struct {
	// Plain takes what programs read. Styled takes what people read, which may have
	// colors of its own; nil is Plain.
	Plain, Styled io.Writer
	// Width is that of a terminal in columns; 0 is no terminal.
	Width int
	// Color says that colors are wanted. Live says that a line may be shown there that
	// changes while the run goes on.
	Color, Live bool
	// Busy reports whether another program, such as a pager, uses the terminal now: then
	// the line is not shown. Nil is never.
	Busy func() bool
}

func (s Stream) styled() io.Writer {
	if s.Styled != nil {
		return s.Styled
	}
	return s.Plain
}

// ErrReaderGone is the cause of the end of a run whose reader of Out has left. It
// wants no more rows: what still ran was not needed.
var ErrReaderGone = fmt.Errorf("%w: the reader of the output has left", query.ErrNotNeeded)

// ReaderGone reports whether an error of a write, or the cause of a context, is a
// reader that has left. One that leaves a socket with something unread resets it.
func ReaderGone(err error) bool {
	return errors.Is(err, ErrReaderGone) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// An Interruption is the cause of a context that somebody ended, such as by a signal.
type Interruption interface {
	error
	// ExitStatus is that of a process which ends for this reason.
	ExitStatus() int
}

// Interrupted gives the interruption that ended a context, or nil.
func Interrupted(ctx context.Context) Interruption {
	i, _ := errors.AsType[Interruption](context.Cause(ctx))
	return i
}

// modes are tried in this order.
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
	// held keeps the sessions of a statement over all sources; nil keeps none.
	held    *query.Hold
	sources []query.Source // with these sessions; nil for one that has none
	out     output.Writer  // takes the rows of the result; nil is what the request says
	encoder output.Encoder
	// encodable says that rows can be encoded one by one. whole says that what is
	// written is used only if every source ends well.
	encodable, whole bool
	writers          []output.Writer // of formats that hold something
	notes            []string        // warnings of the format
	tight            bool            // a table had too many columns for the terminal
}

// Execute asks the sources, brings their rows to where they belong, and sums up. The
// end of ctx ends it as the deadline does; its cause says why. The error is one of the
// summary or the report, which could not be written; how the run itself ended is in
// the verdict.
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
	if v.Diff != nil { // comparing takes its time, too
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

// verdict is that of a run which has not begun.
func (p *Plan) verdict() report.Verdict {
	v := report.Verdict{
		Summary: query.NewSummary(p.Targets.Tasks()), Require: p.require, Output: p.request.Output, Before: p.before(),
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

// begin makes what all modes share.
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
	x.run = merge.Run{Sources: p.Targets.Names(), SourceColumn: p.request.SourceColumn, Strict: r.Strict, ByPlace: r.ByPlace, Notes: ends, Need: need}
	p.style.Reserve = p.reserve()
	if r.Format.Name != "" { // else the rows are handed on
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

// deciding is a summary that looks, at each bad end, whether the run is decided. Its
// errors name options as the user does.
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

// fail ends the run, where there is an error, with that as the cause, before the
// sources that this ends say why they did. It returns the error.
func (x *execution) fail(err error) error {
	if err != nil {
		x.cancel(err)
	}
	return err
}

// destination is where a result is written that is no file of which every source is to
// be a part; on a terminal it makes way for the live line. A reader of the host's Out
// that has left ends the run.
func (x *execution) destination() io.Writer {
	p := x.plan
	if p.file != nil {
		return p.file
	}
	w := x.host.Out.Plain
	if p.request.Format.ForPeople() {
		w = x.host.Out.styled()
	}
	out := toReader{w, x.cancel}
	if p.style.Terminal {
		return x.live.Over(out)
	}
	return out
}

// writer writes rows to the destination in the format.
func (x *execution) writer() output.Writer {
	if x.out != nil {
		return x.out
	}
	return x.format(x.destination())
}

// format returns a writer of the format. The execution discards it at its end.
func (x *execution) format(to io.Writer) output.Writer {
	p, style := x.plan, x.plan.style
	style.Note = func(column, warning string) {
		note := fmt.Sprintf("column %q: %s", output.Sanitize(column), warning)
		if !slices.Contains(x.notes, note) { // as of each of several files
			x.notes = append(x.notes, note)
		}
	}
	style.Tight = func() { x.tight = true }
	w := p.request.Format.New(to, style)
	if p.alone() {
		w = &hiding{Writer: w}
	}
	if p.request.Format.Typed {
		w = &typing{Writer: w, budget: query.NewBudget(p.options.Memory/4, 1, p.options.TempDir)}
	}
	if p.request.Format.Binary {
		x.writers = append(x.writers, w)
	}
	return w
}

// forget discards a writer that is not needed any more.
func (x *execution) forget(w output.Writer) error {
	x.writers = slices.DeleteFunc(x.writers, func(other output.Writer) bool { return other == w })
	return discard(w)
}

// discard frees what the writers hold.
func (x *execution) discard() (err error) {
	for _, w := range x.writers {
		err = errors.Join(err, discard(w))
	}
	return err
}

// toReader writes what somebody reads. Where the reader has left it ends the run with
// that as the cause, before the error of the write gets anywhere.
type toReader struct {
	w      io.Writer
	cancel context.CancelCauseFunc
}

// Write writes to the reader.
func (t toReader) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if ReaderGone(err) {
		t.cancel(ErrReaderGone)
	}
	return n, err
}

// finish puts the files in their places if the answer counts, and leaves the old ones
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
		_ = p.exporting.stager.wait() // what they say is that the files were taken back
		return err
	case p.file == nil:
		return nil
	case counts:
		return p.file.Commit()
	}
	return p.file.Discard()
}

// sumUp sums up, for people and for programs.
func (x *execution) sumUp(ctx context.Context, started time.Time) error {
	v, p := x.verdict, x.plan
	if p.file == nil && (ReaderGone(v.Failure) || errors.Is(context.Cause(ctx), ErrReaderGone) && v.Unneeded() > 0) {
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
