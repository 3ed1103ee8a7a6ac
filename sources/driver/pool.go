// A limit for the connections that cancel statements, over all sources of a run.

package driver

import "context"

// A Pool bounds how many connections all sources of a run have open at once to cancel
// statements, in addition to the connections that run them: each takes a descriptor.
// Nil is no bound. It is safe for concurrent use.
type Pool chan struct{}

// NewPool returns a pool of n places.
func NewPool(n int) Pool { return make(Pool, n) }

// Take waits for a place, and reports whether it got one before ctx ended. The caller
// then calls Give once.
func (p Pool) Take(ctx context.Context) bool {
	if p == nil {
		return true
	}
	select {
	case p <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// Give returns a place back.
func (p Pool) Give() {
	if p != nil {
		<-p
	}
}
