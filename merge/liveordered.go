// Merging ordered sources while they still run.

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

// LiveOrdered merges sources whose rows arrive in order, while they run. It emits a row as
// soon as the next row of every source is known. It is for a result that needs every
// source, and that is not used before the merge has ended. If a source fails, or is refused
// because a row is out of order, the caller must discard the emitted rows.
type LiveOrdered struct {
	// Order is the order of the rows of each source, and of the result.
	Order columns.Order
	// Render, if set, encodes each row: the emitted batches then have the form
	// [row.Encoded], with one column. If [LiveMerge.Shape] is the dispatch's Shape, the
	// sources encode their rows themselves, on all cores.
	Render Render
}

// Begin returns the merge of a run, which is for that run only.
func (by LiveOrdered) Begin(run Run) *LiveMerge {
	return &LiveMerge{run: run, render: by.Render, barrier: columns.NewSchemaBarrier(run.Columns(), by.Order)}
}

// A LiveMerge is a [LiveOrdered] of one run. Its Shape goes to the dispatch as
// query.Options.Shape, and its Merge merges the rows of that dispatch.
type LiveMerge struct {
	run     Run
	render  Render
	barrier *columns.SchemaBarrier

	once  sync.Once
	ranks []columns.Rank  // set once all columns are known
	met   columns.Classes // the classes of values in columns without a type
	err   error           // why the order has no columns
}

// Schema returns the result's schema. It is nil until every source has shown its columns,
// which is before the first rows are emitted.
func (m *LiveMerge) Schema() *row.Schema { return m.barrier.Schema() }

// Shape returns a function that renders the rows of source i once the columns of all
// sources are known. It leaves earlier rows as they are: Merge renders all rows that arrive
// unrendered. It is for query.Options.Shape.
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

// order finds the columns of the order, once those of all sources are known.
func (m *LiveMerge) order() error {
	m.once.Do(func() {
		m.ranks, m.met, m.err = m.barrier.Order()
	})
	return m.err
}

// key returns the function that appends a row's key: the key of the order, and then the
// classes of the cells in columns without a type.
func (m *LiveMerge) key() sorted.KeyFunc {
	key := columns.KeyOf(m.ranks)
	if m.met.None() {
		return key
	}
	return func(dst []byte, b *row.Batch, i int) []byte { return m.met.Append(key(dst, b, i), b, i) }
}

// Merge merges the rows of all sources and emits them in order. It returns nil if a source
// is missing; then the summary says which, and the emitted rows must be discarded.
// Otherwise it returns emit's error, or the error of the order's columns.
func (m *LiveMerge) Merge(rows *query.Readers, emit row.Emit) error {
	err := m.merge(rows, emit)
	if errors.Is(err, errMissing) { // the other sources end as usual
		rows.Drain()
		return nil
	}
	return err
}

// errMissing ends a merge whose result cannot be used, since a source is missing.
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
	for i := range first { // wait until every source has shown its columns
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

// after returns a pull function that first returns the batch that has been pulled already,
// and then the further ones.
func after(first **row.Batch, pull func() (*row.Batch, error)) func() (*row.Batch, error) {
	return func() (*row.Batch, error) {
		if b := *first; b != nil {
			*first = nil
			return b, nil
		}
		return pull()
	}
}

// input returns a source's rows as an input of the merge.
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

// next returns the next batch of a source, or nil if the source has ended well. Its error
// is errMissing if the source has not.
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

// refuse waits until all sources have ended, refuses the source if it has ended well, and
// returns errMissing.
func (m *LiveMerge) refuse(rows *query.Readers, i int, err error) error {
	rows.Drain()
	if rows.Outcome(i).State == query.OK {
		m.run.Notes.Refuse(i, err)
	}
	return errMissing
}
