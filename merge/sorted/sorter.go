// The sorter: it sorts any number of rows, in memory as long as they fit, and then in runs
// on disk, which it merges.

package sorted

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A Sorter accepts rows in any order and returns them in the order of their keys. Rows with
// equal keys are returned in the order in which they were added:
//
//	s := sorted.NewSorter(budget, key, stop)
//	defer s.Close()
//	for each batch { err := s.Add(b) }
//	c, err := s.Sorted()
//	for c.Next() { … c.Batch.Row(c.Row) … }
//	err = c.Err()
//
// All rows have the same schema. It is for one goroutine at a time.
type Sorter struct {
	keys   Keys
	loan   *query.Loan
	files  *query.Budget
	held   []KeyedBatch
	extra  int64        // bytes held beyond the loan
	stop   func() error // nil never stops
	least  int64        // extra bytes up to this are allowed, whatever others have borrowed
	runs   []*query.Stage
	cursor *Cursor
}

// NewSorter returns a sorter that takes its memory from the budget. If that is not enough,
// it writes runs into temporary files of the budget. Stop, which may be nil, is called from
// time to time. Its error ends the sorting. The caller must call Close.
func NewSorter(budget *query.Budget, key KeyFunc, stop func() error) *Sorter {
	return &Sorter{keys: By(key), stop: stop, loan: budget.Loan(), files: budget, least: min(leastRun, budget.Limit()/4)}
}

// leastRun is how many bytes a run may take beyond the loan. Much shorter runs would take
// longer to merge than to sort.
const leastRun = 1 << 20

// Add takes over a batch. After an error the caller must close the sorter.
func (s *Sorter) Add(b *row.Batch) error {
	if b.Rows() == 0 {
		b.Release()
		return nil
	}
	if err := callStop(s.stop); err != nil {
		b.Release()
		return err
	}
	var k KeyedBatch
	k.fill(b.Compact(), s.keys)
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

// sort returns the order of the rows in memory.
func (s *Sorter) sort() []ref {
	n := 0
	for i := range s.held {
		n += s.held[i].Batch.Rows()
	}
	refs := make([]ref, 0, n)
	for i := range s.held {
		for r := range s.held[i].Batch.Rows() {
			refs = append(refs, ref{prefix(s.held[i].Key(r)), uint32(i), uint32(r)})
		}
	}
	slices.SortFunc(refs, func(a, b ref) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		if c := bytes.Compare(s.held[a.batch].Key(int(a.row)), s.held[b.batch].Key(int(b.row))); c != 0 {
			return c
		}
		if a.batch != b.batch { // no two refs are equal, so the sort need not be stable
			return cmp.Compare(a.batch, b.batch)
		}
		return cmp.Compare(a.row, b.row)
	})
	return refs
}

// write writes the rows in memory as a run.
func (s *Sorter) write() error {
	run, err := writeRun(s.files, Merge([]Input{{held: s.held, refs: s.sort()}}, s.keys), s.stop)
	if err != nil {
		return err
	}
	s.runs = append(s.runs, run)
	s.forget()
	return nil
}

// Yield leaves memory to another sorter. If some rows are in files already, it writes those
// in memory to a file, too.
func (s *Sorter) Yield() error {
	if len(s.runs) == 0 || len(s.held) == 0 {
		return nil
	}
	return s.write()
}

// forget drops the rows in memory.
func (s *Sorter) forget() {
	for i := range s.held {
		s.held[i].release()
	}
	s.held, s.extra = nil, 0
	s.loan.Return()
}

// Sorted returns a cursor over the sorted rows. No rows may be added after it. The rows are
// valid until the sorter is closed.
func (s *Sorter) Sorted() (*Cursor, error) {
	inputs, err := Narrow(s.files, inputsOf(s.runs), s.keys, s.stop)
	s.runs = nil
	if err != nil {
		return nil, err
	}
	if len(s.held) > 0 { // the rows in memory were added last
		inputs = append(inputs, Input{held: s.held, refs: s.sort()})
	}
	s.cursor = Merge(inputs, s.keys)
	return s.cursor, nil
}

// Close frees memory and files, and ends the cursor. It may be called at any time, and more
// than once.
func (s *Sorter) Close() {
	if s.cursor != nil {
		s.cursor.Close()
	}
	for _, run := range s.runs {
		run.Discard()
	}
	s.runs = nil
	s.forget()
}
