// Live: rows as they come, before their sources have ended.

package merge

import (
	"iter"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// Live emits rows in the order in which they come, those of several sources mixed
// batch by batch. The columns are found as by [Union]. A source that cannot be in
// the result is refused when it has ended; it has emitted nothing.
func Live(o Options) func(pieces iter.Seq[query.Piece], emit row.Emit) error {
	return func(pieces iter.Seq[query.Piece], emit row.Emit) error {
		columns := NewColumns(o)
		defer columns.Note()
		schemas := make([]*row.Schema, len(o.Sources))
		projections := make([]*Projection, len(o.Sources))
		refused := make([]error, len(o.Sources))
		w := newSlicer(o)
		defer w.tell()
		for p := range pieces {
			i := p.Index
			switch {
			case p.Batch == nil:
				if refused[i] != nil {
					o.Notes.Refuse(i, refused[i])
				}
				continue
			case refused[i] != nil:
				p.Batch.Release()
				continue
			case schemas[i] == nil:
				schemas[i] = p.Batch.Schema
				if refused[i] = columns.Admit(i, schemas[i]); refused[i] != nil {
					p.Batch.Release()
					continue
				}
			}
			if projections[i] == nil || projections[i].schema != columns.Schema() { // another source has added columns
				projections[i] = columns.Projection(i, schemas[i])
			}
			b := projections[i].Apply(p.Batch)
			w.cut(i, b)
			if err := emit(b); err != nil {
				return err
			}
			if w.full() {
				break // which cancels the sources that still run
			}
		}
		return nil
	}
}
