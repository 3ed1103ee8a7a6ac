// Where rows wait until their source has ended well.

package query

import (
	"context"
	"fmt"

	"github.com/fanql/fanql/sources/row"
)

// A Stage holds the rows of one source in the order they came: in memory as long
// as they fit, then in a temporary file. It has one owner at a time.
type Stage struct {
	staging *Staging
	batches []*row.Batch
	held    int64 // bytes charged
	rows    int64
	spill   *spill // nil until memory was full once
}

// Add takes over a batch. After an error the stage is to be discarded.
func (s *Stage) Add(b *row.Batch) error {
	first := s.rows + 1
	s.rows += int64(b.Rows())
	if s.spill == nil {
		b = b.Compact()
		n := int64(b.Footprint())
		if s.staging.charge(s.held, n) {
			s.held += n
			s.batches = append(s.batches, b)
			return nil
		}
		if size := int64(b.Size()); s.staging.limit > 0 && size > s.staging.limit {
			b.Release()
			return &MemoryError{Limit: s.staging.limit, First: first, Last: s.rows, Size: size}
		}
		s.spill = &spill{folder: s.staging.folder}
	}
	err := s.spill.write(b)
	b.Release()
	return err
}

// Seal ends the stage: no row is added any more. What went to a file is read back
// once and checked, so that a file that does not hold what was written is found
// before any row of it is used. It stops when ctx is done.
func (s *Stage) Seal(ctx context.Context) error {
	if s.spill == nil {
		return nil
	}
	return s.spill.seal(ctx)
}

// Scan shows the rows of a sealed stage to look, batch by batch, and keeps them
// all: a batch is lent for the call. It stops at the first error.
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

// Each hands the rows over to emit, once, batch by batch, and gives their memory
// back as it goes; it stops at the first error and drops the rest.
func (s *Stage) Each(emit row.Emit) error {
	defer s.Discard()
	for len(s.batches) > 0 {
		b := s.batches[0]
		s.batches[0] = nil
		s.batches = s.batches[1:]
		n := int64(b.Footprint())
		err := emit(b)
		s.staging.release(s.held, n)
		s.held -= n
		if err != nil {
			return err
		}
	}
	if s.spill == nil {
		return nil
	}
	return s.spill.each(emit)
}

// Discard drops the rows and removes the file.
func (s *Stage) Discard() {
	for _, b := range s.batches {
		b.Release()
	}
	s.batches = nil
	s.staging.release(s.held, s.held)
	s.held = 0
	if s.spill != nil {
		s.spill.close()
		s.spill = nil
	}
}

// A MemoryError fails a source of which not even a few rows fit into memory.
type MemoryError struct {
	Limit       int64 // bytes, for all sources together
	First, Last int64 // the rows, counted from 1
	Size        int64 // bytes that they take
}

func (e *MemoryError) Error() string {
	which := fmt.Sprintf("row %d takes", e.First)
	if e.Last > e.First {
		which = fmt.Sprintf("rows %d to %d take", e.First, e.Last)
	}
	return fmt.Sprintf("%s %d bytes, and the memory budget is %d: raise --memory", which, e.Size, e.Limit)
}
