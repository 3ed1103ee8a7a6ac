// Ordered sources merged while they still run.

package merge

import (
	"errors"
	"sync"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// LiveOrdered merges sources that come in an order while they run: a row is emitted
// as soon as every source has shown its next one. It is for a result that wants every
// source, and of which nothing is used before the merge has ended: if a source fails,
// or is refused because a row is out of order, what has been emitted is to be thrown
// away.
type LiveOrdered struct {
	// Order is that of the rows of each source, and of the result.
	Order columns.Order
	// Render, where set, encodes each row: what is emitted then is batches of the form
	// [row.Encoded], of one column. The sources encode their rows themselves, on all
	// cores, if [LiveMerge.Shape] is the dispatch's.
	Render Render
}

// Begin returns the merge of a run, which is for that run alone.
func (by LiveOrdered) Begin(run Run) *LiveMerge {
	return &LiveMerge{run: run, render: by.Render, barrier: columns.NewSchemaBarrier(run.Columns(), by.Order)}
}

// A LiveMerge is a [LiveOrdered] of one run: its Shape is for the dispatch, and its
// Merge takes what that gives.
type LiveMerge struct {
	run     Run
	render  Render
	barrier *columns.SchemaBarrier

	once  sync.Once
	ranks []columns.Rank  // once all columns are known
	met   columns.Classes // of values in columns without a type
	err   error           // of the order
}

// Schema is that of the result; nil before every source has shown its columns, as it
// has when the first rows are emitted.
func (m *LiveMerge) Schema() *row.Schema { return m.barrier.Schema() }

// Shape renders the rows of a source as soon as the columns of all are known; what
// it cannot render yet it leaves to Merge, which renders whatever comes as it was. It
// is for query.Options.Shape.
func (m *LiveMerge) Shape(i int) func(*row.Batch) *row.Batch {
	var p *columns.Projection
	return func(b *row.Batch) *row.Batch {
		if m.render == nil {
			return b
		}
		if p == nil {
			m.barrier.Report(i, b.Schema)
			var err error
			if p, err = m.barrier.Projection(i, b.Schema); err != nil || p == nil || m.order() != nil {
				p = nil
				return b
			}
		}
		return encode(b, p, m.render, m.key())
	}
}

// order finds the columns of the order, when those of all sources are known.
func (m *LiveMerge) order() error {
	m.once.Do(func() {
		m.ranks, m.met, m.err = m.barrier.Order()
	})
	return m.err
}

// key returns the key of rows: that of the order, and behind it the classes of cells in
// columns without a type.
func (m *LiveMerge) key() sorted.KeyFunc {
	key := columns.KeyOf(m.ranks)
	if m.met.None() {
		return key
	}
	return func(dst []byte, b *row.Batch, i int) []byte { return m.met.Append(key(dst, b, i), b, i) }
}

// Merge takes the rows of all sources and emits them in order.
func (m *LiveMerge) Merge(rows *query.Readers, emit row.Emit) error {
	err := m.merge(rows, emit)
	if errors.Is(err, errMissing) { // the others end as they would anyway
		rows.Drain()
		return nil
	}
	return err
}

// errMissing ends a merge that has no use any more.
var errMissing = errors.New("a source is missing")

func (m *LiveMerge) merge(rows *query.Readers, emit row.Emit) error {
	first := make([]*row.Batch, len(m.run.Sources))
	defer func() {
		for _, b := range first {
			if b != nil {
				b.Release()
			}
		}
	}()
	for i := range first { // every source shows its columns
		var err error
		if first[i], err = m.next(rows, i); err != nil {
			return err
		}
		m.barrier.Report(i, first[i].Schema)
	}
	inputs := make([]sorted.Input, len(first))
	defer func() { sorted.Close(inputs) }()
	unordered := m.order()
	for i := range first {
		p, err := m.barrier.Projection(i, m.barrier.Shown(i))
		if err != nil {
			return m.refuse(rows, i, err)
		}
		inputs[i] = m.input(rows, i, p)
	}
	if unordered != nil {
		return option.Errorf("{order-by}: %w", unordered)
	}
	for i := range inputs {
		inputs[i].Pull = after(&first[i], inputs[i].Pull)
	}
	keys, schema := sorted.By(m.key()), m.Schema()
	if m.render != nil {
		keys, schema = sorted.InColumn(keyColumn), encodedSchema
	}
	return newSlicer(Slice{}, Run{}).emit(sorted.Merge(inputs, keys), schema, emit)
}

// after pulls a batch that was pulled before, and then the others.
func after(first **row.Batch, pull func() (*row.Batch, error)) func() (*row.Batch, error) {
	return func() (*row.Batch, error) {
		if b := *first; b != nil {
			*first = nil
			return b, nil
		}
		return pull()
	}
}

// input is a source's rows.
func (m *LiveMerge) input(rows *query.Readers, i int, p *columns.Projection) sorted.Input {
	var a sorted.Ascent
	l := sorted.Input{
		Project: p.Apply,
		Pull:    func() (*row.Batch, error) { return m.next(rows, i) },
		Check: func(k *sorted.KeyedBatch) error {
			err := p.Fault()
			if k.Batch.Schema.Form == row.Refused {
				err = errors.New(string(k.Batch.Bytes(k.Batch.Cells[0])))
			}
			if err == nil {
				err = a.Check(k)
			}
			for at := 0; at < k.Batch.Rows() && err == nil && !m.met.None(); at++ {
				err = m.met.Follow(i, k.Key(at))
			}
			if err != nil {
				return m.refuse(rows, i, err)
			}
			return nil
		},
	}
	if m.render != nil {
		l.Project = func(b *row.Batch) *row.Batch { return encode(b, p, m.render, m.key()) }
	}
	return l
}

// next returns the next batch of a source, or nil if it has ended well.
func (m *LiveMerge) next(rows *query.Readers, i int) (*row.Batch, error) {
	b, err := rows.Next(i)
	switch {
	case err != nil:
		return nil, m.refuse(rows, i, err)
	case b == nil && rows.Outcome(i).State != query.OK:
		return nil, errMissing
	}
	return b, nil
}

// refuse fails a source once it has ended: its end is what it is refused for.
func (m *LiveMerge) refuse(rows *query.Readers, i int, err error) error {
	rows.Drain()
	if rows.Outcome(i).State == query.OK {
		m.run.Notes.Refuse(i, err)
	}
	return errMissing
}
