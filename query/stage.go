// The stage: where rows wait until their source has ended well.

package query

import (
	"context"

	"github.com/fanql/fanql/sources/row"
)

// A Stage holds the rows of one source in the order of their arrival: in memory as long
// as they fit, then in a temporary file. It has one owner at a time.
type Stage struct {
	budget  *Budget
	batches []*row.Batch
	held    int64 // bytes charged to the budget
	rows    int64
	spill   *spill // nil until the rows did not fit into memory
	lent    bool   // the batches and the file belong to another stage
}

// Add takes over a batch. Its error is a *[MemoryError] or a *[SpillError]; after it, the
// caller must discard the stage.
func (s *Stage) Add(b *row.Batch) error {
	if err := s.budget.admit(b, s.rows); err != nil {
		b.Release()
		return err
	}
	s.rows += int64(b.Rows())
	if s.spill == nil {
		b = b.Compact()
		n := int64(b.Footprint())
		if s.budget.charge(s.held, n) {
			s.held += n
			s.batches = append(s.batches, b)
			return nil
		}
		s.spill = &spill{folder: s.budget.folder}
	}
	err := s.spill.write(b)
	b.Release()
	return err
}

// Seal ends the stage: no more rows are added. It reads rows in a file back once and checks
// them, so that a damaged file is detected before any of its rows is used. It stops when
// ctx ends.
func (s *Stage) Seal(ctx context.Context) error {
	if s.spill == nil {
		return nil
	}
	return s.spill.seal(ctx)
}

// Scan calls look with the rows of a sealed stage, batch by batch, and keeps all of them. A
// batch is valid only during the call. Scan stops at the first error.
func (s *Stage) Scan(look func(*row.Batch) error) error {
	for _, b := range s.batches {
		if err := look(b); err != nil {
			return err
		}
	}
	if s.spill == nil {
		return nil
	}
	return s.spill.each(func(b *row.Batch) error {
		defer b.Release()
		return look(b)
	})
}

// Lend returns a stage with the same rows, for a consumer that takes ownership of batches:
// each is copied when it is taken out. s must be sealed. It keeps its rows, and must not be
// discarded before the consumer is done. Nothing may be added to the returned stage.
func (s *Stage) Lend() *Stage {
	out := &Stage{budget: s.budget, batches: s.batches, rows: s.rows, lent: true}
	if s.spill != nil {
		file := *s.spill // with its own read offset
		out.spill = &file
	}
	return out
}

// Each passes the rows to emit, batch by batch, and frees their memory on the way. Emit
// owns each batch. Each stops at the first error and drops the rest: it can be called once.
func (s *Stage) Each(emit row.Emit) error {
	defer s.Discard()
	for len(s.batches) > 0 {
		b := s.first()
		n := int64(b.Footprint())
		err := emit(b)
		s.release(n)
		if err != nil {
			return err
		}
	}
	if s.spill == nil {
		return nil
	}
	return s.spill.each(emit)
}

// Next takes the rows out batch by batch, as Each does, for a consumer that reads several
// stages at a time. The caller owns the batch. A nil batch is the end, and then the stage
// is discarded already. After an error the caller must discard the stage.
func (s *Stage) Next() (*row.Batch, error) {
	if len(s.batches) > 0 {
		b := s.first()
		s.release(int64(b.Footprint()))
		return b, nil
	}
	if s.spill == nil {
		return nil, nil
	}
	b, err := s.spill.pull()
	if b == nil && err == nil {
		s.Discard()
	}
	return b, err
}

// first takes the first batch out.
func (s *Stage) first() *row.Batch {
	b := s.batches[0]
	if s.lent {
		own := row.NewBatch(b.Schema)
		own.Append(b)
		b = own
	} else {
		s.batches[0] = nil
	}
	s.batches = s.batches[1:]
	return b
}

// release releases n bytes of the budget, for a batch that was taken out.
func (s *Stage) release(n int64) {
	if !s.lent {
		s.budget.release(s.held, n)
		s.held -= n
	}
}

// Rows returns the number of rows that were added.
func (s *Stage) Rows() int64 { return s.rows }

// OnDisk reports whether some of the rows are in a temporary file.
func (s *Stage) OnDisk() bool { return s.spill != nil }

// Budget returns the budget that the stage shares with others, for a merge that needs more
// memory from it.
func (s *Stage) Budget() *Budget { return s.budget }

// Discard drops the rows and removes the file, unless they belong to another stage.
func (s *Stage) Discard() {
	if s.lent {
		s.batches, s.spill = nil, nil
		return
	}
	for _, b := range s.batches {
		b.Release()
	}
	s.batches = nil
	s.budget.release(s.held, s.held)
	s.held = 0
	if s.spill != nil {
		s.spill.close()
		s.spill = nil
	}
}
