// Union: all rows of all sources that ended well.

package merge

import (
	"errors"
	"iter"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// Union emits all rows of a source as soon as the source has arrived. The columns are those
// of the sources that have arrived so far. So the first source decides on their order:
// later sources are matched by name and may only add columns at the end. [InSourceOrder]
// gives a result that does not depend on the speed of sources.
type Union struct {
	// Fixed means that columns cannot be added once rows have been emitted, as in CSV. A
	// source that would add one is refused.
	Fixed bool
	// Slice is the wanted part of the result's rows.
	Slice Slice
}

// Merge emits the union of the arrivals. See [Strategy].
func (u Union) Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	r := newResult(run, u.Fixed)
	defer r.Note()
	w := newSlicer(u.Slice, run)
	defer w.tell()
	admitted := 0
	var held []query.Arrival
	defer func() { discard(held) }()
	for a := range arrivals {
		if a.Outcome.State != query.OK || !r.admit(a) {
			continue
		}
		held = append(held, a)
		if admitted++; admitted < run.Need {
			continue
		}
		for len(held) > 0 {
			a, held = held[0], held[1:]
			if err := r.emitAll(a, w, emit); err != nil {
				return err
			}
		}
		if w.full() {
			break // this cancels the sources that still run
		}
	}
	return nil
}

// InSourceOrder waits for all arrivals and emits the rows source by source, in source
// order, with the columns of all sources. So the result is the same on every run.
type InSourceOrder struct {
	// Slice is the wanted part of the result's rows.
	Slice Slice
	// Compared names columns whose values are compared later. A source with values that
	// cannot be compared there is refused. A name without a column has no effect.
	Compared []string
}

// Merge emits the union of the arrivals in source order. See [Strategy].
func (s InSourceOrder) Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	r := newResult(run, false)
	defer r.Note()
	w := newSlicer(s.Slice, run)
	defer w.tell()
	all := r.collect(arrivals)
	defer func() { discard(all) }()
	if len(s.Compared) > 0 && len(all) > 0 {
		all, _, _, _ = r.compare(all, func() (_, same []columns.Rank, _ error) { return nil, r.Named(s.Compared), nil })
	}
	if len(all) < run.Need {
		return nil
	}
	for len(all) > 0 {
		a := all[0]
		all = all[1:]
		if err := r.emitAll(a, w, emit); err != nil {
			return err
		}
	}
	return nil
}

// emitAll emits the rows of an arrival that are in the slice. Once the slice is full, it
// emits only an empty batch, for the columns.
func (r *result) emitAll(a query.Arrival, w *slicer, emit row.Emit) error {
	p := r.Projection(a.Outcome.Index, a.Schema)
	if w.full() {
		a.Rows.Discard()
		return emit(row.NewBatch(r.Schema()))
	}
	err := a.Rows.Each(func(b *row.Batch) error {
		b = p.Apply(b)
		w.cut(a.Outcome.Index, b)
		if err := emit(b); err != nil {
			return err
		}
		if w.full() {
			return errFull
		}
		return nil
	})
	if errors.Is(err, errFull) {
		return nil
	}
	return err
}

// errFull ends the reading of a stage when no more rows are wanted.
var errFull = errors.New("the slice is full")
