// The summary: how every source ended.

package query

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// A Summary collects how the sources of one dispatch ended. All methods that change it,
// Failing and Lost are safe for concurrent use. The rest is for use after the dispatch.
type Summary struct {
	mu      sync.Mutex
	failing int // the number of lost outcomes; a counter, since callers check it at each bad end
	// Outcomes are in source order. One whose State is Running has not ended yet.
	Outcomes []Outcome
	// Elapsed is the time from dispatch to the last end.
	Elapsed time.Duration
}

// NewSummary returns the summary of a dispatch of the tasks that has not begun.
func NewSummary(tasks []Task) *Summary {
	names := make([]string, len(tasks))
	for i, a := range tasks {
		names[i] = a.Source.Name()
	}
	return NewSummaryOf(names)
}

// NewSummaryOf is [NewSummary] for sources with these names.
func NewSummaryOf(names []string) *Summary {
	s := &Summary{Outcomes: make([]Outcome, len(names))}
	for i, name := range names {
		s.Outcomes[i] = Outcome{Index: i, Source: name}
	}
	return s
}

// Ended records an outcome. It is meant for Options.Ended.
func (s *Summary) Ended(o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	noted := s.Outcomes[o.Index].Warnings
	o.Warnings = append(o.Warnings[:len(o.Warnings):len(o.Warnings)], noted...)
	s.change(o.Index, func(now *Outcome) { *now = o })
	s.Elapsed = max(s.Elapsed, o.Total)
}

// change changes an outcome, and keeps failing up to date. The caller holds the lock.
func (s *Summary) change(source int, how func(*Outcome)) {
	o := &s.Outcomes[source]
	if o.lost() {
		s.failing--
	}
	how(o)
	if o.lost() {
		s.failing++
	}
}

// Note adds a warning to a source, unless it has that warning already.
func (s *Summary) Note(source int, warning string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &s.Outcomes[source]
	if !slices.Contains(o.Warnings, warning) {
		o.Warnings = append(o.Warnings, warning)
	}
}

// Refuse fails a source that had ended well, because its rows cannot be in the result.
func (s *Summary) Refuse(source int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change(source, func(o *Outcome) {
		o.State, o.Phase, o.Err = Failed, driver.Verify, err
		o.Discarded, o.Rows = o.Discarded+o.Rows, 0
	})
}

// Kept records how many rows of each source are in the result, for a merge that leaves some
// out. If enough is set, the result has all the rows that it needs. Then the sources that
// were cancelled for that reason are not missing.
func (s *Summary) Kept(rows []int64, enough bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.Outcomes {
		s.change(i, func(o *Outcome) {
			left := o.Rows - rows[i]
			o.Discarded, o.Rows = o.Discarded+left, rows[i]
			if enough && errors.Is(o.Err, ErrUnwanted) {
				o.Err = ErrEnough
			}
		})
	}
}

// Withhold records that there is no result: no rows of any source are used.
func (s *Summary) Withhold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.Outcomes {
		o := &s.Outcomes[i]
		o.Discarded, o.Rows = o.Discarded+o.Rows, 0
	}
}

// Failing returns the number of sources that have ended and will not be in the result,
// although they were needed. It may be called while the dispatch runs.
func (s *Summary) Failing() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failing
}

// Lost reports whether a source is one of those that Failing counts.
func (s *Summary) Lost(source int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Outcomes[source].lost()
}

func (o *Outcome) lost() bool {
	return o.State != Running && o.State != OK && !errors.Is(o.Err, ErrNotNeeded)
}

// Count returns the number of sources in a state.
func (s *Summary) Count(state State) int {
	n := 0
	for _, o := range s.Outcomes {
		if o.State == state {
			n++
		}
	}
	return n
}

// Complete reports whether every source that was needed is in the result.
func (s *Summary) Complete() bool { return len(s.Missing()) == 0 }

// Unneeded returns the number of sources that were cancelled because no more rows were
// needed.
func (s *Summary) Unneeded() int {
	n := 0
	for _, o := range s.Outcomes {
		if errors.Is(o.Err, ErrNotNeeded) {
			n++
		}
	}
	return n
}

// Missing returns the outcomes of the sources that were needed and are not completely
// in the result.
func (s *Summary) Missing() []Outcome {
	var missing []Outcome
	for _, o := range s.Outcomes {
		if o.State != OK && !errors.Is(o.Err, ErrNotNeeded) {
			missing = append(missing, o)
		}
	}
	return missing
}

// Rows returns the number of rows in the result.
func (s *Summary) Rows() int64 {
	var n int64
	for _, o := range s.Outcomes {
		n += o.Rows
	}
	return n
}
