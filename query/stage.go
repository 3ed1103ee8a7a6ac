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
	lent    bool   // the batches and the file are another stage's
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

// Lend returns a stage with the same rows for a consumer that uses them up: its batches are
// copied one by one on the way. s is sealed and keeps its rows, and must not be discarded
// before. Nothing can be added to the stage that is returned.
func (s *Stage) Lend() *Stage {
	out := &Stage{budget: s.budget, batches: s.batches, rows: s.rows, lent: true}
	if s.spill != nil {
		file := *s.spill // with a place of its own in it
		out.spill = &file
	}
	return out
}

// Each passes the rows to emit, once, batch by batch, and frees their memory on the
// way. It stops at the first error and drops the rest.
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

// Next takes the rows out batch by batch, as Each does, for a consumer that reads
// several stages at a time: nil is the end, after which nothing is left. After an error
// the caller must discard the stage.
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

// release gives back the memory of a batch that was taken out.
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

// Budget returns the memory that the stage shares with others, for a merge that needs
// more of it.
func (s *Stage) Budget() *Budget { return s.budget }

// Discard drops the rows and removes the file, unless they are another stage's.
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
