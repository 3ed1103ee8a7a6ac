// Live: rows as they arrive, before their sources have ended.

package merge

import (
	"iter"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// Live emits rows in the order of their arrival: batches of different sources alternate.
// The columns are those that [Union] would have. A source that cannot be part of the result
// is refused when it has ended, and none of its rows are emitted.
type Live struct {
	// Fixed means that columns cannot be added once rows have been emitted, as in CSV. A
	// source that would add one is refused.
	Fixed bool
	// Slice is the wanted part of the result's rows.
	Slice Slice
}

// Merge emits the rows of the pieces. It works like the Merge of a [Strategy], except that
// it ranges over pieces.
func (l Live) Merge(run Run, pieces iter.Seq[query.Piece], emit row.Emit) error {
	r := newResult(run, l.Fixed)
	defer r.Note()
	schemas := make([]*row.Schema, len(run.Sources))
	projections := make([]*columns.Projection, len(run.Sources))
	refused := make([]error, len(run.Sources))
	w := newSlicer(l.Slice, run)
	defer w.tell()
	for p := range pieces {
		i := p.Index
		switch {
		case p.Batch == nil:
			if refused[i] != nil {
				run.Notes.Refuse(i, refused[i])
			}
			continue
		case refused[i] != nil:
			p.Batch.Release()
			continue
		case schemas[i] == nil:
			schemas[i] = p.Batch.Schema
			if refused[i] = r.Admit(i, schemas[i]); refused[i] != nil {
				p.Batch.Release()
				continue
			}
		}
		if projections[i] == nil || projections[i].Schema() != r.Schema() { // another source has added columns
			projections[i] = r.Projection(i, schemas[i])
		}
		b := projections[i].Apply(p.Batch)
		w.cut(i, b)
		if err := emit(b); err != nil {
			return err
		}
		if w.full() {
			break // this cancels the sources that still run
		}
	}
	return nil
}
