// Syncs many files to the disk at once: a file system needs little more time for several
// files than for one.

package run

import "sync"

// mostStaged is how many files wait for the disk at once. 3,000 files took 10 s one after
// the other.
const mostStaged = 16

// A stager runs functions that wait for the disk. The zero value is ready.
type stager struct {
	once  sync.Once
	turns chan struct{}
	all   sync.WaitGroup

	mu  sync.Mutex
	err error // the first
}

// do runs a function on another goroutine. If too many are running, it waits for one of
// them first. It returns the first error of the earlier functions.
func (s *stager) do(work func() error) error {
	s.once.Do(func() { s.turns = make(chan struct{}, mostStaged) })
	s.turns <- struct{}{}
	s.all.Go(func() {
		defer func() { <-s.turns }()
		if err := work(); err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.err == nil {
				s.err = err
			}
		}
	})
	return s.failed()
}

func (s *stager) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// wait waits for all, and returns their first error.
func (s *stager) wait() error {
	s.all.Wait()
	return s.failed()
}
