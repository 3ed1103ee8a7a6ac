// Where rows wait until their source has ended well.

package query

import (
	"context"

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
	if err := s.staging.admit(b, s.rows); err != nil {
		b.Release()
		return err
	}
	s.rows += int64(b.Rows())
	if s.spill == nil {
		b = b.Compact()
		n := int64(b.Footprint())
		if s.staging.charge(s.held, n) {
			s.held += n
			s.batches = append(s.batches, b)
			return nil
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
	s.batches, s.rows = nil, 0
	s.staging.release(s.held, s.held)
	s.held = 0
	if s.spill != nil {
		s.spill.close()
		s.spill = nil
	}
}
