// What all sources of a run have open beside their own connections.

package driver

import "context"

// A Pool bounds how many connections all sources of a run have open at once beside
// those of their questions, to cancel these: each takes a descriptor. Nil is no bound.
// It is safe for concurrent use.
type Pool chan struct{}

// NewPool gives a pool of n places.
func NewPool(n int) Pool { return make(Pool, n) }

// Take waits for a place, and reports whether there was one before ctx ended. Who got
// one calls Give once.
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

// Give gives a place back.
func (p Pool) Give() {
	if p != nil {
		<-p
	}
}
