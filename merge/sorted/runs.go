// Runs: sorted rows in temporary files, and the merge of many runs into few.

package sorted

import (
	"context"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// callStop returns the error of stop, or nil if stop is not set.
func callStop(stop func() error) error {
	if stop == nil {
		return nil
	}
	return stop()
}

func inputsOf(runs []*query.Stage) []Input {
	inputs := make([]Input, len(runs))
	for i, run := range runs {
		inputs[i] = FromStage(run)
	}
	return inputs
}

// Narrow merges neighbouring inputs into files, in passes, until so few inputs read from
// files that the budget has memory for a batch of each. It returns the remaining inputs. It
// owns the given inputs, and closes all after an error. Stop, which may be nil, ends it
// with its error.
func Narrow(files *query.Budget, inputs []Input, keys Keys, stop func() error) ([]Input, error) {
	width := fanIn(files.Limit())
	for onDisk(inputs) > width {
		var next []Input
		for len(inputs) > 0 {
			n := min(width, len(inputs))
			run, err := writeRun(files, Merge(inputs[:n:n], keys), stop)
			inputs = inputs[n:]
			if err != nil {
				Close(append(next, inputs...))
				return nil, err
			}
			next = append(next, FromStage(run))
		}
		inputs = next
	}
	return inputs, nil
}

// fanIn returns how many files are merged at a time with this memory, in bytes. Each file
// takes the memory of a batch and its keys.
func fanIn(memory int64) int {
	const most, each = 128, row.MaxBytes * 5 / 4
	if memory == 0 {
		return most
	}
	return int(min(max(memory/2/each, 4), most))
}

func onDisk(inputs []Input) (n int) {
	for i := range inputs {
		if s := inputs[i].stage; s != nil && s.OnDisk() {
			n++
		}
	}
	return n
}

// writeRun writes the rows of a cursor into a file, seals it, and closes the cursor.
func writeRun(files *query.Budget, c *Cursor, stop func() error) (*query.Stage, error) {
	run := files.File()
	err := emitSorted(c, func(b *row.Batch) error {
		if err := callStop(stop); err != nil {
			b.Release()
			return err
		}
		return run.Add(b)
	})
	if err == nil {
		err = run.Seal(context.Background())
	}
	if err != nil {
		run.Discard()
		return nil, err
	}
	return run, nil
}

// emitSorted emits the rows of a cursor in full batches, except for the last, and closes
// the cursor.
func emitSorted(c *Cursor, emit row.Emit) error {
	defer c.Close()
	var out *row.Batch
	for c.Next() {
		if out == nil {
			out = row.NewBatch(c.Batch.Schema)
		}
		if out.AppendRow(c.Batch, c.Row) {
			if err := emit(out); err != nil {
				return err
			}
			out = nil
		}
	}
	switch {
	case out == nil:
		return c.Err()
	case c.Err() != nil:
		out.Release()
		return c.Err()
	}
	return emit(out)
}
