// Where rows wait until their source has ended well.

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
	held    int64 // bytes charged
	rows    int64
	spill   *spill // nil until memory was full once
}

// Add takes over a batch. After an error the caller must discard the stage.
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

// Seal ends the stage: no more rows are added. Rows in a file are read back once and
// checked, so that a damaged file is detected before any of its rows is used. It stops
// when ctx is done.
func (s *Stage) Seal(ctx context.Context) error {
	if s.spill == nil {
		return nil
	}
	return s.spill.seal(ctx)
}

// Scan calls look with the rows of a sealed stage, batch by batch, and keeps them all:
// a batch is lent for the call. It stops at the first error.
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

// Copy returns a sealed stage with the same rows, for a second consumer.
func (s *Stage) Copy(ctx context.Context) (*Stage, error) {
	out := s.budget.Stage()
	err := s.Scan(func(b *row.Batch) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c := row.NewBatch(b.Schema)
		c.Append(b)
		return out.Add(c)
	})
	if err == nil {
		err = out.Seal(ctx)
	}
	if err != nil {
		out.Discard()
		return nil, err
	}
	return out, nil
}

// Each passes the rows to emit, once, batch by batch, and frees their memory on the
// way. It stops at the first error and drops the rest.
func (s *Stage) Each(emit row.Emit) error {
	defer s.Discard()
	for len(s.batches) > 0 {
		b := s.batches[0]
		s.batches[0] = nil
		s.batches = s.batches[1:]
		n := int64(b.Footprint())
		err := emit(b)
		s.budget.release(s.held, n)
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

// Next takes the rows out batch by batch, as Each does, for a consumer that reads
// several stages at a time: nil is the end, after which nothing is left. After an error
// the caller must discard the stage.
func (s *Stage) Next() (*row.Batch, error) {
	if len(s.batches) > 0 {
		b := s.batches[0]
		s.batches[0] = nil
		s.batches = s.batches[1:]
		n := int64(b.Footprint())
		s.budget.release(s.held, n)
		s.held -= n
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

// Rows returns the number of rows that were added.
func (s *Stage) Rows() int64 { return s.rows }

// OnDisk reports whether some of the rows are in a temporary file.
func (s *Stage) OnDisk() bool { return s.spill != nil }

// Budget returns the memory that the stage shares with others, for a merge that needs
// more of it.
func (s *Stage) Budget() *Budget { return s.budget }

// Discard drops the rows and removes the file.
func (s *Stage) Discard() {
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
