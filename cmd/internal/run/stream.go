// Streaming: rows as they arrive, and a line on stderr when a source has ended.

package run

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

// stream writes rows as they arrive.
func stream(ctx context.Context, x *execution) error {
	p, out, o := x.plan, x.writer(), x.options
	emit := func(b *row.Batch) error {
		defer b.Release()
		return x.fail(out.Write(b))
	}
	o.Ended = func(end query.Outcome) {
		x.options.Ended(end)
		if !p.request.Quiet && !errors.Is(context.Cause(ctx), ErrReaderGone) {
			ended(x.live.Over(x.host.Err.Plain), end, p.merge.plain())
		}
	}
	pieces := pausing(query.Stream(ctx, x.tasks, o), func() error { return x.fail(out.Flush()) })
	err := merge.Live{Fixed: p.request.Format.Fixed, Slice: p.merge.Slice}.Merge(x.run, pieces, emit)
	if err == nil {
		err = out.Close()
	}
	return x.fail(err)
}

// pausing flushes the output whenever nothing more is waiting.
func pausing(pieces iter.Seq[query.Piece], flush func() error) iter.Seq[query.Piece] {
	return func(yield func(query.Piece) bool) {
		for piece := range pieces {
			if !yield(piece) || (!piece.More && flush() != nil) { // the writer returns its error again
				return
			}
		}
	}
}

// ended prints how one source ended, as soon as it has, and how many rows it has if all
// rows were printed.
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
