// Many files on their way to the disk at once: a file system brings several there in
// little more time than one.

package run

import "sync"

// mostStaged is how many files wait for the disk at once. 3,000 of them took 10 s one by
// one.
const mostStaged = 16

// A stager runs functions that wait for the disk. The zero value is ready.
type stager struct {
	once  sync.Once
	turns chan struct{}
	all   sync.WaitGroup

	mu  sync.Mutex
	err error // the first
}

// do runs a function on another goroutine, and waits for one of those before if there are
// too many. It returns the first error of any before.
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
