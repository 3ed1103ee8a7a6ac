// Ordered sources merged while they still run.

package merge

import (
	"errors"
	"fmt"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// LiveOrdered merges sources that come in Options.Order while they run: a row is
// emitted as soon as every source has shown its next one. It is for a result that
// wants every source, and of which nothing is used before the merge has ended: if
// a source fails, or is refused because a row is out of order, what has been
// emitted is to be thrown away. Options.Window is not used.
func LiveOrdered(o Options) func(*query.Draws, row.Emit) error {
	return func(rows *query.Draws, emit row.Emit) error {
		m := liveOrdered{o: o, rows: rows, columns: NewColumns(o)}
		err := m.merge(emit)
		if errors.Is(err, errMissing) { // the others end as they would anyway
			rows.Drain()
			return nil
		}
		return err
	}
}

// errMissing ends a merge that has no use any more.
var errMissing = errors.New("a source is missing")

type liveOrdered struct {
	o       Options
	rows    *query.Draws
	columns *Columns
	lanes   []lane
}

func (m *liveOrdered) merge(emit row.Emit) error {
	defer func() { closeLanes(m.lanes) }()
	first := make([]*row.Batch, len(m.o.Sources))
	defer func() {
		for _, b := range first {
			if b != nil {
				b.Release()
			}
		}
	}()
	for i := range first { // every source shows its columns
		var err error
		if first[i], err = m.next(i); err != nil {
			return err
		}
	}
	for i, b := range first {
		if err := m.columns.Admit(i, b.Schema); err != nil {
			return m.refuse(i, err)
		}
	}
	m.columns.NoteMissing()
	ranks, err := m.o.Order.ranks(m.columns.Schema())
	if err != nil {
		return fmt.Errorf("--order-by: %w", err)
	}
	m.lanes = make([]lane, len(first))
	for i, b := range first {
		first[i] = nil
		m.lanes[i] = m.lane(i, b)
	}
	c := newCursor(m.lanes, keyOf(ranks))
	return newWindow(Options{}).emit(c, m.columns.Schema(), emit)
}

// lane is a source's rows from its first batch on.
func (m *liveOrdered) lane(i int, first *row.Batch) lane {
	var a ascent
	return lane{
		project: m.columns.Projection(i, first.Schema).Apply,
		pull: func() (*row.Batch, error) {
			if b := first; b != nil {
				first = nil
				return b, nil
			}
			return m.next(i)
		},
		check: func(k *keyed) error {
			if err := a.check(k); err != nil {
				return m.refuse(i, err)
			}
			return nil
		},
	}
}

// next gives the next batch of a source, or nil if it has ended well.
func (m *liveOrdered) next(i int) (*row.Batch, error) {
	b, err := m.rows.Next(i)
	switch {
	case err != nil:
		return nil, m.refuse(i, err)
	case b == nil && m.rows.Outcome(i).State != query.OK:
		return nil, errMissing
	}
	return b, nil
}

// refuse fails a source once it has ended: its end is what it is refused for.
func (m *liveOrdered) refuse(i int, err error) error {
	m.rows.Drain()
	if m.rows.Outcome(i).State == query.OK {
		m.o.Notes.Refuse(i, err)
	}
	return errMissing
}
