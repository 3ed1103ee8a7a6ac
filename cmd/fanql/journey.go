// The rows' whole journey on one page: asked, gathered, merged, written, summed
// up.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime/debug"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// journey dispatches the plan and brings its rows to where they belong. It
// returns the exit status as an error, having said all there is to say.
func (a *app) journey(ctx context.Context, p *plan) error {
	started := time.Now()
	board := query.NewBoard(p.asks)
	summary := query.NewSummary(p.asks)
	ctx, cancel, stop := a.untilSignal(ctx, board, func() { _ = p.drop() })
	defer stop()
	if p.file == nil {
		watchReader(ctx, a.stdout, cancel)
	}
	live := a.live(p.quiet || p.file == nil && piped(a.stdout), board)
	if p.options.Memory > 0 {
		// Staged rows live long: by its own rule the collector would let twice
		// as much stand before it looks.
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(p.options.Memory + headroom))
	}

	var found *report.Diff
	if d := p.merging.diff; d != nil {
		found = report.NewDiff(d.Baseline)
		d.Compared = found.Add
	}
	v := report.Verdict{Summary: summary, Require: p.require, Output: p.path, Before: p.before(), Merging: strings.Join(p.merging.flags, " and "), Diff: found}
	ends := &deciding{Summary: summary, decided: func() {
		if !p.keepGoing && v.Hopeless() {
			cancel(query.ErrRequirement)
		}
	}}
	p.options.Board, p.options.Ended = board, ends.Ended
	run := merge.Run{
		Sources: names(p.asks), SourceColumn: p.column, Strict: p.strict, Notes: ends, Need: p.require.Of(len(p.asks)),
	}
	enc, encodable := p.format.Encoder(p.style)
	// What is written into such a file is used only if every source ends well.
	switch whole := p.require.Of(len(p.asks)) == len(p.asks) && p.file != nil && !p.file.Direct(); {
	case p.reduce != nil:
		v.Failure = a.reduced(ctx, cancel, p, a.destination(p, live, cancel), run, &v)
	case p.stream:
		v.Failure = a.stream(ctx, cancel, p, live, run)
	case whole && encodable && p.merging.bySource && p.merging.plain():
		v.Failure = p.export(ctx, cancel, enc, run, v.Met)
	case whole && p.merging.asTheyRun():
		v.Failure = p.mergeLive(ctx, cancel, run, v.Met)
	default:
		v.Failure = p.gather(ctx, cancel, a.destination(p, live, cancel), run, &v)
	}
	live.Stop()
	if v.Diff != nil { // comparing takes its time, too
		summary.Elapsed = board.Elapsed()
	}

	if e := interruption(ctx); e != nil {
		v.Interrupted = e.status()
	}
	v.Failure = errors.Join(v.Failure, p.settle(v))
	return a.conclude(ctx, p, v, started)
}

// deciding is a summary that looks, at each bad end, whether the run is decided.
type deciding struct {
	*query.Summary
	decided func()
}

// Ended records how a source ended.
func (d *deciding) Ended(o query.Outcome) {
	d.Summary.Ended(o)
	if o.State != query.OK {
		d.decided()
	}
}

// Refuse fails a source that had ended well.
func (d *deciding) Refuse(source int, err error) {
	d.Summary.Refuse(source, err)
	d.decided()
}

// headroom is what the program may take beyond the memory for staged rows.
const headroom = 24 << 20

// together is how long the first rows wait for other sources, which nobody sees:
// fast sources then come in source order and under common columns and widths.
const together = 30 * time.Millisecond

// gather stages each source until it has ended well, merges what has, and
// writes it out source by source.
func (p *plan) gather(ctx context.Context, cancel context.CancelCauseFunc, w io.Writer, run merge.Run, v *report.Verdict) error {
	o := p.options
	if !p.merging.waits() {
		o.Settle = together
	}
	out := p.format.New(w, p.style)
	if p.merging.diff != nil && p.format.ForPeople() {
		out = revealing{out}
	}
	strategy := p.merging.strategy(p.format.Fixed)
	merged := func(emit row.Emit) error {
		return strategy.Merge(run, flushing(query.Dispatch(ctx, p.asks, o), out), emit)
	}
	var err error
	if p.merging.diff != nil {
		run.Stop = ctx.Err
	}
	if p.merging.mixes() { // all at the end: merging and writing share the work
		run.Stop = stopAfter(ctx)
		err = query.Beside(unless(run.Stop, into(out)), merged)
		v.Elapsed = p.options.Board.Elapsed() // sorting is part of the run
	} else {
		err = merged(into(out))
	}
	if err == nil && v.Met() {
		err = out.Close()
	}
	if err != nil {
		cancel(err)
	}
	return err
}

// stopAfter gives what a merge asks whether to give up. What is complete is still
// to be printed after an interrupt, but not if sorting it takes for long: then the
// run has to sum up without.
func stopAfter(ctx context.Context) func() error {
	late := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, func() { close(late) }) })
	return func() error {
		select {
		case <-late:
			return fmt.Errorf("the merge was stopped: %w", context.Cause(ctx))
		default:
			return nil
		}
	}
}

// unless gives emit until stop says why not.
func unless(stop func() error, emit row.Emit) row.Emit {
	return func(b *row.Batch) error {
		if err := stop(); err != nil {
			b.Release()
			return err
		}
		return emit(b)
	}
}

// mergeLive merges sources that are in order already while they run, into a file
// of which nothing is used if one of them fails.
func (p *plan) mergeLive(ctx context.Context, cancel context.CancelCauseFunc, run merge.Run, met func() bool) error {
	merged, o := merge.LiveOrdered{Order: p.merging.order}.Begin(run), p.options
	out := p.format.New(p.file, p.style)
	if enc, ok := p.format.Encoder(p.style); ok { // then the sources encode, on all cores
		render := func(dst []byte, b *row.Batch) []byte { return enc.Rows(dst, b, true) }
		merged = merge.LiveOrdered{Order: p.merging.order, Render: render}.Begin(run)
		o.Shape = unlessLarge(merged.Shape, o.Memory/mostEncoded)
		out = p.format.Joined(p.file, p.style, merged.Schema)
	}
	write := into(out)
	err := query.Beside(func(b *row.Batch) error {
		err := write(b)
		if err != nil {
			cancel(err) // the merge may be waiting for a source
		}
		return err
	}, func(emit row.Emit) error {
		return query.Draw(ctx, p.asks, o, func(rows *query.Draws) error { return merged.Merge(rows, emit) })
	})
	if err == nil && met() {
		err = out.Close()
	}
	if err != nil {
		cancel(err)
	}
	return err
}

// mostEncoded is more than how many times as large a row may become that is encoded
// and has its key beside it: a control character takes six in JSON.
const mostEncoded = 16

// unlessLarge leaves batches of more than so many bytes as they are: a row that fits
// into the memory is not to be refused for what is made of it. 0 is no limit.
func unlessLarge(shape func(int) func(*row.Batch) *row.Batch, most int64) func(int) func(*row.Batch) *row.Batch {
	return func(i int) func(*row.Batch) *row.Batch {
		shape := shape(i)
		return func(b *row.Batch) *row.Batch {
			if most > 0 && int64(b.Size()) > most {
				return b
			}
			return shape(b)
		}
	}
}

// revealing writes differences so that those are seen that look the same.
type revealing struct{ output.Writer }

func (r revealing) Write(b *row.Batch) error {
	twin := row.NewBatch(b.Schema)
	twin.Append(b)
	twin = output.Reveal(twin)
	defer twin.Release()
	return r.Writer.Write(twin)
}

// into writes batches and releases them.
func into(out output.Writer) row.Emit {
	return func(b *row.Batch) error {
		defer b.Release()
		return out.Write(b)
	}
}

// flushing lets what a source gave out at once, when its rows have been merged.
func flushing(arrivals iter.Seq[query.Arrival], out output.Writer) iter.Seq[query.Arrival] {
	return func(yield func(query.Arrival) bool) {
		for a := range arrivals {
			more := yield(a)
			if out.Flush() != nil || !more { // Flush's error comes again from Close
				return
			}
		}
	}
}

// settle puts the file in its place if the answer counts, and leaves the old one
// otherwise.
func (p *plan) settle(v report.Verdict) error {
	if p.file == nil {
		return nil
	}
	if v.Failure == nil && v.Met() && v.Interrupted == 0 {
		return p.file.Commit()
	}
	return p.file.Discard()
}

// drop removes what was written so far.
func (p *plan) drop() (err error) {
	for _, f := range []*output.File{p.file, p.report, p.profile} {
		if f != nil {
			err = errors.Join(err, f.Discard())
		}
	}
	if p.reduce != nil {
		err = errors.Join(err, p.reduce.engine.Remove())
	}
	return err
}

// conclude sums up: for people, for programs, and as the exit status.
func (a *app) conclude(ctx context.Context, p *plan, v report.Verdict, started time.Time) error {
	if p.file == nil && (readerGone(v.Failure) || errors.Is(context.Cause(ctx), errReaderGone) && v.Unneeded() > 0) {
		v.Failure, v.ReaderLeft = nil, true
	}
	if v.Result() == "none" && !p.stream {
		v.Withhold()
	}
	var err error
	if p.report != nil {
		err = a.writeReport(p.report, v, started)
	}
	_, shared := terminal(a.stderr)
	style := report.Style{Quiet: p.quiet, Color: a.color(a.stderr), Apart: shared && p.style.Terminal}
	if said := report.Summary(styledWriter(a.stderr), v, style); !v.ReaderLeft || !readerGone(said) {
		err = errors.Join(err, said)
	}
	if err != nil {
		return &statusError{status: max(v.Exit(), report.ExitNone), err: err}
	}
	return exit(v.Exit())
}

func (a *app) writeReport(f *output.File, v report.Verdict, started time.Time) error {
	text, err := report.JSON(v, version(), started)
	if err == nil {
		_, err = f.Write(text)
	}
	if err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}

// destination is where a gathered result is written; on a terminal it makes way
// for the live line. A reader of stdout that has left ends the run.
func (a *app) destination(p *plan, live *report.Live, cancel context.CancelCauseFunc) io.Writer {
	if p.file != nil {
		return p.file
	}
	w := a.stdout
	if p.format.ForPeople() {
		w = jobLog(styledWriter(w))
	}
	stdout := toReader{w, cancel}
	if p.style.Terminal {
		return live.Over(stdout)
	}
	return stdout
}

// live shows who is still out, if stderr is a terminal.
func (a *app) live(quiet bool, board *query.Board) *report.Live {
	width, ok := terminal(a.stderr)
	if !ok || quiet || a.getenv("TERM") == "dumb" {
		return nil
	}
	return report.StartLive(styledWriter(a.stderr), width, board)
}

func names(asks []query.Ask) []string {
	var all []string
	for _, ask := range asks {
		all = append(all, ask.Source.Name())
	}
	return all
}
