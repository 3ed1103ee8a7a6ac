// Merging in order while the sources run, into a file that is discarded if one of them
// fails.

package run

import (
	"context"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// ordered merges sources that are already in order, while they run.
func ordered(ctx context.Context, x *execution) error {
	p := x.plan
	format, merged, o := p.request.Format, merge.LiveOrdered{Order: p.merge.Order}.Begin(x.run), x.options
	var out output.Writer
	if !x.encodable {
		out = x.format(p.file)
	} else { // the sources encode their own rows, on all cores
		render := func(dst []byte, b *row.Batch) []byte { return x.encoder.Rows(dst, b, true) }
		merged = merge.LiveOrdered{Order: p.merge.Order, Render: render}.Begin(x.run)
		o.Shape = unlessLarge(merged.Shape, o.Memory/mostEncoded)
		out = format.Joined(p.file, p.style, merged.Schema)
	}
	write := into(out)
	err := query.Pipe(func(b *row.Batch) error {
		return x.fail(write(b)) // the merge may be waiting for a source
	}, func(emit row.Emit) error {
		return query.Pull(ctx, x.tasks, o, func(rows *query.Readers) error { return merged.Merge(rows, emit) })
	})
	if err == nil && x.verdict.Met() {
		err = out.Close()
	}
	return x.fail(err)
}

// mostEncoded is a bound for how many times larger a row may become when it is encoded
// and has its key: a control character takes six characters in JSON.
const mostEncoded = 16

// unlessLarge leaves batches above a number of bytes as they are: a row that fits into
// memory must not be refused because of its encoded form. 0 is no limit.
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
