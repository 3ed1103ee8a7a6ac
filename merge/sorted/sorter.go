// Sorting any number of rows: in memory as long as they fit, then in runs on disk,
// which are merged.

package sorted

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A Sorter accepts rows in any order and returns them in the order of their keys, those
// with equal keys in the order in which they were added:
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
	extra  int64        // memory held beyond the loan
	stop   func() error // nil is never
	least  int64        // the least memory of a run, whatever others have borrowed
	runs   []*query.Stage
	cursor *Cursor
}

// NewSorter returns a sorter that takes its memory from the budget, and writes runs
// beyond that into the budget's temporary files. Stop, which may be nil, is called from
// time to time: its error ends the sorting.
func NewSorter(budget *query.Budget, key KeyFunc, stop func() error) *Sorter {
	return &Sorter{keys: By(key), stop: stop, loan: budget.Loan(), files: budget, least: min(leastRun, budget.Limit()/4)}
}

// leastRun keeps runs from becoming so short that merging them dominates.
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
		if a.batch != b.batch { // no two are equal, so the sort need not be stable
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

// Yield leaves memory to another sorter if the rows do not fit into it anyway: the rows
// in memory become a run, too.
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

// Sorted ends adding and returns the rows. They belong to the sorter until Close.
func (s *Sorter) Sorted() (*Cursor, error) {
	inputs, err := Narrow(s.files, inputsOf(s.runs), s.keys, s.stop)
	s.runs = nil
	if err != nil {
		return nil, err
	}
	if len(s.held) > 0 { // added last
		inputs = append(inputs, Input{held: s.held, refs: s.sort()})
	}
	s.cursor = Merge(inputs, s.keys)
	return s.cursor, nil
}

// Close frees memory and files, at any time; a cursor ends with it.
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
