// The memory that stages share.

package query

import (
	"fmt"
	"sync/atomic"

	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A Budget is the memory that the stages of one run share, and the folder for what exceeds
// it. Half of the memory is divided evenly between the sources: each has a fixed share.
// Beyond its share, a stage borrows from the other half. So one large source never pushes
// the small ones to disk.
type Budget struct {
	limit    int64 // 0 is no limit
	share    int64
	borrowed atomic.Int64
	folder   string
}

// NewBudget returns the budget of a run over the given number of sources. Memory is in
// bytes; 0 is no limit. The folder is for the temporary files; empty is [os.TempDir].
func NewBudget(memory int64, sources int, folder string) *Budget {
	return &Budget{limit: memory, share: memory / 2 / int64(max(sources, 1)), folder: folder}
}

// Stage returns an empty stage.
func (s *Budget) Stage() *Stage { return &Stage{budget: s} }

// File returns an empty stage that writes all of its rows to a temporary file.
func (s *Budget) File() *Stage {
	return &Stage{budget: s, spill: &spill{folder: s.folder}}
}

// over returns by how much the bytes held exceed a stage's share.
func (s *Budget) over(held int64) int64 { return max(held-s.share, 0) }

// charge charges n bytes to a stage that already holds held bytes, and reports whether they
// fit. If not, nothing has changed.
func (s *Budget) charge(held, n int64) bool {
	if s.limit == 0 {
		return true
	}
	more := s.over(held+n) - s.over(held)
	if more > 0 && s.borrowed.Add(more) > s.limit/2 {
		s.borrowed.Add(-more)
		return false
	}
	return true
}

// admit returns a *MemoryError for a row that is larger than all of the memory. Any smaller
// row can at least be written to a file. The number of rows before the batch is given, to
// number the row.
func (s *Budget) admit(b *row.Batch, before int64) error {
	if s.limit == 0 || int64(b.Size()) <= s.limit {
		return nil
	}
	for i := range b.Rows() {
		if size := int64(b.RowSize(i)); size > s.limit {
			return &MemoryError{Limit: s.limit, Row: before + int64(i) + 1, Size: size}
		}
	}
	return nil
}

// release releases n bytes of a stage that holds held bytes, before it gives up these.
func (s *Budget) release(held, n int64) {
	if s.limit != 0 {
		s.borrowed.Add(s.over(held-n) - s.over(held))
	}
}

// A MemoryError is the error of a source with a row that does not fit into memory.
type MemoryError struct {
	Limit int64 // bytes, for all sources together
	Row   int64 // counted from 1
	Size  int64 // its size in bytes
}

func (e *MemoryError) Error() string {
	return e.Spell(nil)
}

// Spell is Error, with the names of options as the spelling gives them.
func (e *MemoryError) Spell(s option.Spelling) string {
	return fmt.Sprintf("row %d takes %d bytes, and the memory budget is %d: raise %s", e.Row, e.Size, e.Limit, s.Name("memory"))
}

// A Loan is memory that a merge holds in addition to the stages. It has no share: all of it
// is borrowed. It is for one goroutine at a time.
type Loan struct {
	budget *Budget
	held   int64
}

// Loan returns an empty loan.
func (s *Budget) Loan() *Loan { return &Loan{budget: s} }

// Take adds n bytes and reports whether they fit; if not, nothing has changed.
func (l *Loan) Take(n int64) bool {
	s := l.budget
	if s.limit == 0 {
		return true
	}
	if s.borrowed.Add(n) > s.limit/2 {
		s.borrowed.Add(-n)
		return false
	}
	l.held += n
	return true
}

// Return gives all of the loan back.
func (l *Loan) Return() {
	l.budget.borrowed.Add(-l.held)
	l.held = 0
}

// Limit returns the memory in bytes; 0 is no limit.
func (s *Budget) Limit() int64 { return s.limit }
