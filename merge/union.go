// Union: all rows of all sources that ended well.

package merge

import (
	"cmp"
	"errors"
	"iter"
	"slices"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// Union emits each source's rows, together, as soon as the source has arrived.
// The columns are those of the sources that have arrived so far, so the first
// rows decide on their order: what arrives later is matched by name and may
// only add columns at the end. For a result that does not depend on who is
// fast, see [InSourceOrder].
type Union struct {
	// Fixed says that columns cannot be added once rows have been emitted, as
	// in CSV: a source that would add one is refused.
	Fixed bool
	// Slice is the part of the result's rows that is wanted.
	Slice Slice
}

// Merge emits the union of the arrivals. See [Strategy].
func (u Union) Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	columns := NewColumns(run)
	columns.fixed = u.Fixed
	defer columns.Note()
	w := newSlicer(u.Slice, run)
	defer w.tell()
	admitted := 0
	var held []query.Arrival
	defer func() { discard(held) }()
	for a := range arrivals {
		if a.Outcome.State != query.OK || !columns.admit(a) {
			continue
		}
		held = append(held, a)
		if admitted++; admitted < run.Need {
			continue
		}
		for len(held) > 0 {
			a, held = held[0], held[1:]
			if err := emitAll(columns, a, w, emit); err != nil {
				return err
			}
		}
		if w.full() {
			break // which cancels the sources that still run
		}
	}
	return nil
}

// InSourceOrder waits for all arrivals and emits the rows source by source, in
// source order, under the columns of all: the same on every run.
type InSourceOrder struct {
	// Slice is the part of the result's rows that is wanted.
	Slice Slice
	// Compared are columns whose values are compared afterwards, if they exist: a
	// source is refused whose values there cannot be.
	Compared []string
}

// Merge emits the union of the arrivals in source order. See [Strategy].
func (s InSourceOrder) Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	columns := NewColumns(run)
	defer columns.Note()
	w := newSlicer(s.Slice, run)
	defer w.tell()
	all := columns.collect(arrivals)
	defer func() { discard(all) }()
	if len(s.Compared) > 0 && len(all) > 0 {
		all, _, _, _ = columns.compare(all, func() (_, same []rank, _ error) { return nil, columns.named(s.Compared), nil })
	}
	if len(all) < run.Need {
		return nil
	}
	for len(all) > 0 {
		a := all[0]
		all = all[1:]
		if err := emitAll(columns, a, w, emit); err != nil {
			return err
		}
	}
	return nil
}

// collect waits for all arrivals and gives those that ended well and fit, in
// source order.
func (c *Columns) collect(arrivals iter.Seq[query.Arrival]) []query.Arrival {
	var all []query.Arrival
	for a := range arrivals {
		if a.Outcome.State == query.OK {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b query.Arrival) int { return cmp.Compare(a.Outcome.Index, b.Outcome.Index) })
	return slices.DeleteFunc(all, func(a query.Arrival) bool { return !c.admit(a) })
}

// named are the ranks of those of the columns that exist.
func (c *Columns) named(names []string) (ranks []rank) {
	for _, name := range names {
		if at, err := (Term{Name: name}).find(c.schema); err == nil {
			ranks = append(ranks, c.rank(at))
		}
	}
	return ranks
}

func discard(arrivals []query.Arrival) {
	for _, a := range arrivals {
		a.Rows.Discard()
	}
}

// admit admits an arrival's columns, or refuses the source.
func (c *Columns) admit(a query.Arrival) bool {
	err := c.Admit(a.Outcome.Index, a.Schema)
	if err != nil {
		a.Rows.Discard()
		c.run.Notes.Refuse(a.Outcome.Index, err)
	}
	return err == nil
}

// emitAll emits the rows of an arrival that are in the slice. Once it is full
// only the columns are of use.
func emitAll(c *Columns, a query.Arrival, w *slicer, emit row.Emit) error {
	p := c.Projection(a.Outcome.Index, a.Schema)
	if w.full() {
		a.Rows.Discard()
		return emit(row.NewBatch(c.Schema()))
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

// errFull ends the reading of a stage of which no more is wanted.
var errFull = errors.New("the slice is full")
