// Gathering: each source is staged until it has ended well, and then merged and
// written, source by source.

package run

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// coalesce is how long the first rows wait for other sources. A user does not notice it,
// and fast sources are then in source order, with common columns and widths.
const coalesce = 30 * time.Millisecond

// gather stages each source until it has ended well, merges the sources that have, and
// writes the rows source by source.
func gather(ctx context.Context, x *execution) error {
	p, o := x.plan, x.options
	if !p.merge.waits() {
		o.Coalesce = coalesce
	}
	out := x.writer()
	if p.merge.diff != nil && p.request.Format.ForPeople() {
		out = revealing{out}
	}
	strategy := p.merge.strategy(p.request.Format.Fixed)
	merged := func(emit row.Emit) error {
		return strategy.Merge(x.run, flushing(query.Dispatch(ctx, x.tasks, o), out), emit)
	}
	if p.merge.diff != nil {
		x.run.Stop = ctx.Err
	}
	var err error
	if p.merge.mixes() { // all rows come at the end: merging and writing share the work
		x.run.Stop = stopAfter(ctx)
		err = query.Pipe(unless(x.run.Stop, into(out)), merged)
		x.verdict.Elapsed = p.Progress.Elapsed() // sorting is part of the run
	} else {
		err = merged(into(out))
	}
	if err == nil && x.verdict.Met() {
		err = out.Close()
	}
	return x.fail(err)
}

// stopAfter returns the Stop function of a merge. After an interrupt, the complete
// sources are still printed, unless sorting takes too long: then the run ends without
// them.
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

// unless returns emit that fails with the error of stop.
func unless(stop func() error, emit row.Emit) row.Emit {
	return func(b *row.Batch) error {
		if err := stop(); err != nil {
			b.Release()
			return err
		}
		return emit(b)
	}
}

// revealing makes differences visible between values that look the same.
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

// flushing flushes the output when the rows of a source have been merged, or of several
// that arrived at the same time.
func flushing(arrivals iter.Seq[query.Arrival], out output.Writer) iter.Seq[query.Arrival] {
	return func(yield func(query.Arrival) bool) {
		for a := range arrivals {
			more := yield(a)
			if more && a.More {
				continue
			}
			if out.Flush() != nil || !more { // Close returns Flush's error again
				return
			}
		}
	}
}
