// Sorting rows, however many: in memory as long as they fit, then in runs on
// disk, which are merged.

package merge

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A Sorter takes rows in any order and gives them back in that of their keys,
// those of equal key in the order in which they were added:
//
//	s := merge.NewSorter(staging, key)
//	defer s.Close()
//	for each batch { err := s.Add(b) }
//	c, err := s.Sorted()
//	for c.Next() { … c.Batch.Row(c.Row) … }
//	err = c.Err()
//
// All rows are of one schema. It is for one goroutine at a time.
type Sorter struct {
	key    KeyFunc
	loan   *query.Loan
	files  *query.Staging
	held   []keyedBatch
	extra  int64        // held beyond the loan
	stop   func() error // nil is never
	least  int64        // what a run holds at least, whatever the others have borrowed
	runs   []*query.Stage
	cursor *Cursor
}

// asked is what stop says.
func asked(stop func() error) error {
	if stop == nil {
		return nil
	}
	return stop()
}

// NewSorter gives a sorter whose memory is charged to staging, and whose runs go
// to its temporary files beyond that.
func NewSorter(staging *query.Staging, key KeyFunc) *Sorter {
	return &Sorter{key: key, loan: staging.Loan(), files: staging, least: min(leastRun, staging.Limit()/4)}
}

// leastRun keeps runs from becoming so short that merging them takes all the
// time.
const leastRun = 1 << 20

// A ref is a row in memory and the first bytes of its key.
type ref struct {
	prefix     uint64
	batch, row uint32
}

const refSize = 16

// Add takes over a batch. After an error the sorter is to be closed.
func (s *Sorter) Add(b *row.Batch) error {
	if b.Rows() == 0 {
		b.Release()
		return nil
	}
	if err := asked(s.stop); err != nil {
		b.Release()
		return err
	}
	var k keyedBatch
	k.fill(b.Compact(), s.key)
	n := k.footprint()
	for !s.loan.Take(n) {
		if len(s.held) == 0 || s.extra+n <= s.least {
			s.extra += n
			break
		}
		if err := s.write(); err != nil {
			k.release()
			return err
		}
	}
	s.held = append(s.held, k)
	return nil
}

// sort gives the order of the rows in memory.
func (s *Sorter) sort() []ref {
	n := 0
	for i := range s.held {
		n += s.held[i].batch.Rows()
	}
	refs := make([]ref, 0, n)
	for i := range s.held {
		for r := range s.held[i].batch.Rows() {
			refs = append(refs, ref{prefix(s.held[i].key(r)), uint32(i), uint32(r)})
		}
	}
	slices.SortFunc(refs, func(a, b ref) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		if c := bytes.Compare(s.held[a.batch].key(int(a.row)), s.held[b.batch].key(int(b.row))); c != 0 {
			return c
		}
		if a.batch != b.batch { // no two are equal, so the sort need not be stable
			return cmp.Compare(a.batch, b.batch)
		}
		return cmp.Compare(a.row, b.row)
	})
	return refs
}

// write makes a run of what is in memory.
func (s *Sorter) write() error {
	run, err := writeRun(s.files, newCursor([]input{{held: s.held, refs: s.sort()}}, s.key), s.stop)
	if err != nil {
		return err
	}
	s.runs = append(s.runs, run)
	s.forget()
	return nil
}

// Yield leaves memory to another sorter, where the rows do not fit into it
// anyway: those that are there still become a run.
func (s *Sorter) Yield() error {
	if len(s.runs) == 0 || len(s.held) == 0 {
		return nil
	}
	return s.write()
}

// forget drops what is in memory.
func (s *Sorter) forget() {
	for i := range s.held {
		s.held[i].release()
	}
	s.held, s.extra = nil, 0
	s.loan.Return()
}

// Sorted ends adding and gives the rows. They are the sorter's until Close.
func (s *Sorter) Sorted() (*Cursor, error) {
	inputs, err := narrow(s.files, inputsOf(s.runs), s.key, s.stop)
	s.runs = nil
	if err != nil {
		return nil, err
	}
	if len(s.held) > 0 { // added last
		inputs = append(inputs, input{held: s.held, refs: s.sort()})
	}
	s.cursor = newCursor(inputs, s.key)
	return s.cursor, nil
}

// Close gives memory and files back, at any time; a cursor ends with it.
func (s *Sorter) Close() {
	if s.cursor != nil {
		s.cursor.close()
	}
	for _, run := range s.runs {
		run.Discard()
	}
	s.runs = nil
	s.forget()
}

func inputsOf(runs []*query.Stage) []input {
	inputs := make([]input, len(runs))
	for i, run := range runs {
		inputs[i] = stageInput(run)
	}
	return inputs
}

func stageInput(s *query.Stage) input { return input{stage: s, pull: s.Next} }

// narrow merges neighbours, in passes, until so few inputs read from files that
// each may hold a batch. It owns the inputs; after an error all are closed.
func narrow(files *query.Staging, inputs []input, key KeyFunc, stop func() error) ([]input, error) {
	width := fanIn(files.Limit())
	for onDisk(inputs) > width {
		var next []input
		for len(inputs) > 0 {
			n := min(width, len(inputs))
			run, err := writeRun(files, newCursor(inputs[:n:n], key), stop)
			inputs = inputs[n:]
			if err != nil {
				closeInputs(append(next, inputs...))
				return nil, err
			}
			next = append(next, stageInput(run))
		}
		inputs = next
	}
	return inputs, nil
}

// fanIn is how many files are merged at a time: each holds a batch and its keys.
func fanIn(memory int64) int {
	const most, each = 128, row.MaxBytes * 5 / 4
	if memory == 0 {
		return most
	}
	return int(min(max(memory/2/each, 4), most))
}

func onDisk(inputs []input) (n int) {
	for i := range inputs {
		if s := inputs[i].stage; s != nil && s.OnDisk() {
			n++
		}
	}
	return n
}

func closeInputs(inputs []input) {
	for i := range inputs {
		inputs[i].close()
	}
}

// writeRun writes the rows of a cursor into a file and ends both.
func writeRun(files *query.Staging, c *Cursor, stop func() error) (*query.Stage, error) {
	run := files.File()
	err := emitSorted(c, func(b *row.Batch) error {
		if err := asked(stop); err != nil {
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

// emitSorted emits the rows of a cursor in full batches, and ends it.
func emitSorted(c *Cursor, emit row.Emit) error {
	defer c.close()
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
