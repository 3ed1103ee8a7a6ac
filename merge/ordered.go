// Ordered: the rows of all sources in one order.

package merge

import (
	"iter"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// Ordered waits for all arrivals and emits the rows in an order. Values are compared
// regardless of types. Rows that are equal in it are in source order, and rows of one
// source are in their own order. So the result is the same on every run.
//
// Rows are sorted in memory, and in temporary files if they do not fit. If the sources are
// sorted already, they are merged directly from their stages.
type Ordered struct {
	// Order is the order of the rows. If it is empty, the rows are in source order, and
	// those of each source in their own order.
	Order columns.Order
	// Sorted means that each source's rows are already in that order. They are checked
	// first, and a source that is not in order is refused.
	Sorted bool
	// Slice is the wanted part of the result's rows.
	Slice Slice
}

// Merge emits the rows of the arrivals in order. See [Strategy].
func (by Ordered) Merge(run Run, arrivals iter.Seq[query.Arrival], emit row.Emit) error {
	r := newResult(run, false)
	defer r.Note()
	w := newSlicer(by.Slice, run)
	defer w.tell()
	all, ranks, _, err := r.inOrder(by, arrivals, nil)
	defer func() { discard(all) }()
	if err != nil || len(all) == 0 {
		return err
	}
	if !by.Sorted {
		s := sorted.NewSorter(all[0].Rows.Budget(), columns.KeyOf(ranks), run.Stop)
		defer s.Close()
		c, err := r.sort(s, w, &all)
		if err != nil {
			return err
		}
		return w.emit(c, r.Schema(), emit)
	}
	var inputs []sorted.Input
	for _, a := range all {
		l := sorted.FromStage(a.Rows)
		l.Project = r.projection(a, w).Apply
		inputs = append(inputs, l)
	}
	files := all[0].Rows.Budget()
	all = nil // the inputs own them
	keys := sorted.By(columns.KeyOf(ranks))
	if inputs, err = sorted.Narrow(files, inputs, keys, run.Stop); err != nil {
		return err
	}
	return w.emit(sorted.Merge(inputs, keys), r.Schema(), emit)
}

// inOrder waits for all arrivals. It finds the columns of the order and those for which
// only equality counts, and refuses sources whose values there cannot be compared. It
// checks the order of sources that should be sorted. It returns no arrivals if too few
// sources are left.
func (r *result) inOrder(by Ordered, arrivals iter.Seq[query.Arrival], equal func() ([]columns.Rank, error)) (all []query.Arrival, order, same []columns.Rank, err error) {
	all = r.collect(arrivals)
	if len(all) < max(r.run.Need, 1) {
		discard(all)
		return nil, nil, nil, nil
	}
	all, order, same, err = r.compare(all, func() (order, same []columns.Rank, err error) {
		if order, err = r.Ranks(by.Order); err != nil {
			return nil, nil, option.Errorf("{order-by}: %w", err)
		}
		if equal != nil {
			same, err = equal()
		}
		return order, same, err
	})
	if err != nil {
		return all, nil, nil, err
	}
	if by.Sorted && len(all) > 0 {
		all = r.inOrderAlready(all, order)
	}
	if len(all) < max(r.run.Need, 1) {
		discard(all)
		return nil, nil, nil, nil
	}
	return all, order, same, nil
}

// inOrderAlready refuses the arrivals whose rows are not in order, and returns the others.
// It uses up no row.
func (r *result) inOrderAlready(all []query.Arrival, ranks []columns.Rank) (good []query.Arrival) {
	for _, a := range all {
		p := r.Projection(a.Outcome.Index, a.Schema)
		if err := sorted.Check(a.Rows, func(dst []byte, b *row.Batch, i int) []byte {
			for at := range ranks {
				dst = p.AppendKey(dst, b, i, &ranks[at])
			}
			return dst
		}); err != nil {
			r.refuse(a, err)
			continue
		}
		good = append(good, a)
	}
	return good
}

// sort takes over the rows of all arrivals, and returns them sorted.
func (r *result) sort(s *sorted.Sorter, w *slicer, all *[]query.Arrival) (*sorted.Cursor, error) {
	for len(*all) > 0 {
		a := (*all)[0]
		*all = (*all)[1:]
		p := r.projection(a, w)
		if err := a.Rows.Each(func(b *row.Batch) error { return s.Add(p.Apply(b)) }); err != nil {
			return nil, err
		}
	}
	return s.Sorted()
}

// projection returns the projection of an arrival's rows. If rows are counted by source,
// each row gets two more columns at the end: the index of its source, and its number in
// that source.
func (r *result) projection(a query.Arrival, w *slicer) *columns.Projection {
	p := r.Projection(a.Outcome.Index, a.Schema)
	if w.counts() {
		p.Mark(a.Outcome.Index)
	}
	return p
}

// emit emits the rows of a cursor that are in the slice, and closes the cursor. The batches
// have the schema and are full, except for the last, which may be empty. The cursor's rows
// have the columns that projection adds.
func (w *slicer) emit(c *sorted.Cursor, s *row.Schema, emit row.Emit) error {
	defer c.Close()
	out := row.NewBatch(s)
	for !w.full() && c.Next() {
		if w.counts() && !w.take(sourceOf(c.Batch, c.Row, s)) {
			continue
		}
		if out.AppendRow(c.Batch, c.Row) {
			if err := emit(out); err != nil {
				return err
			}
			out = row.NewBatch(s)
		}
	}
	if c.Err() != nil {
		out.Release()
		return c.Err()
	}
	return emit(out)
}

// sourceOf returns the source of a row, from the column that projection adds after those of
// s.
func sourceOf(b *row.Batch, i int, s *row.Schema) int { return int(b.Row(i)[s.Width()].Bits) }
