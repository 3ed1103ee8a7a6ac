// Keeps the rows of a round, so that they can be drawn at any size.

package watching

import (
	"fmt"
	"io"

	"github.com/dustin/go-humanize"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/row"
)

// Rows are the rows of a round. A Writer adds them, and afterwards they do not change.
type Rows struct {
	// Most bounds their size in bytes; 0 is no limit.
	Most int64

	batches []*row.Batch
	options output.Options
	size    int64
}

// Writer returns a writer that keeps rows. The options are used to draw them.
func (r *Rows) Writer(o output.Options) output.Writer {
	r.options = o
	return keeping{r}
}

// Add keeps a copy of a batch.
func (r *Rows) Add(b *row.Batch) error {
	if r.size += int64(b.Size()); r.Most > 0 && r.size > r.Most {
		return fmt.Errorf("the rows take more than %s: let the query limit or group them", humanize.IBytes(uint64(r.Most)))
	}
	own := row.NewBatch(b.Schema)
	own.Append(b)
	r.batches = append(r.batches, own)
	return nil
}

// Paint writes the rows in a format. Changed marks cells; nil marks none. Tight reports
// whether a table had too many columns for the width.
func (r *Rows) Paint(w io.Writer, f output.Format, width int, changed func(row, column int) bool) (tight bool, err error) {
	o := r.options
	o.Width, o.Changed, o.Tight = width, changed, func() { tight = true }
	to := f.New(w, o)
	for _, b := range r.batches {
		if err := to.Write(b); err != nil {
			return tight, err
		}
	}
	if len(r.batches) == 0 {
		return false, nil
	}
	return tight, to.Close()
}

// keeping is the writer.
type keeping struct{ r *Rows }

func (k keeping) Write(b *row.Batch) error { return k.r.Add(b) }
func (keeping) Flush() error               { return nil }
func (keeping) Close() error               { return nil }
