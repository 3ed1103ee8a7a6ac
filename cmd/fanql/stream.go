// --stream: rows as they come, and a line on stderr when a source has ended.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

func (a *app) stream(ctx context.Context, cancel context.CancelCauseFunc, p *plan, live *report.Live, run merge.Run) error {
	out := p.format.New(a.destination(p, live, cancel), p.style)
	failed := func(err error) error {
		if err != nil {
			cancel(err) // before the sources that this ends say why they did
		}
		return err
	}
	emit := func(b *row.Batch) error {
		defer b.Release()
		return failed(out.Write(b))
	}
	o := p.options
	o.Ended = func(end query.Outcome) {
		p.options.Ended(end)
		if !p.quiet && !errors.Is(context.Cause(ctx), errReaderGone) {
			ended(live.Over(a.stderr), end, p.merging.plain())
		}
	}
	err := merge.Live{Fixed: p.format.Fixed, Slice: p.merging.slice}.Merge(run, pausing(query.Stream(ctx, p.asks, o), func() error { return failed(out.Flush()) }), emit)
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		cancel(err)
	}
	return err
}

// pausing lets out what was written whenever nothing more is waiting.
func pausing(pieces iter.Seq[query.Piece], flush func() error) iter.Seq[query.Piece] {
	return func(yield func(query.Piece) bool) {
		for piece := range pieces {
			if !yield(piece) || (!piece.More && flush() != nil) { // the writer gives its error again
				return
			}
		}
	}
}

// ended says how one source ended, as soon as it has, and with how many rows if
// all that came were printed.
func ended(stderr io.Writer, o query.Outcome, all bool) {
	line := fmt.Sprintf("%s: %s", output.Sanitize(o.Source), o.State)
	if all {
		line += ", " + report.CountRows(o.Rows)
		if o.State != query.OK && o.Rows > 0 {
			line += ", not all of them"
		}
	}
	fmt.Fprintln(stderr, line)
}
