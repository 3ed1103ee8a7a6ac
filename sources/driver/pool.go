// A limit for the connections that cancel statements, over all sources of a run.

package driver

import (
	"context"
	"sync"
	"time"
)

// A Pool bounds how many connections all sources of a run have open at once to cancel
// statements, in addition to the connections that run them: each takes a descriptor.
// Nil is no bound. It is safe for concurrent use.
type Pool struct {
	places chan struct{}

	mu    sync.Mutex
	queue []func()      // the functions of Go, in their order
	begun chan struct{} // closed when the queue is empty again; nil while it is empty
	late  chan struct{} // closed when AwaitStart has waited as long as it may; nil while nothing waits
}

// NewPool returns a pool of n places.
func NewPool(n int) *Pool { return &Pool{places: make(chan struct{}, n)} }

// Places returns the number of places.
func (p *Pool) Places() int { return cap(p.places) }

// Take waits for a place, and reports whether it got one before ctx ended. The caller
// then calls Give once.
func (p *Pool) Take(ctx context.Context) bool {
	if p == nil {
		return true
	}
	select {
	case p.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// Give returns a place to the pool.
func (p *Pool) Give() {
	if p != nil {
		<-p.places
		p.start()
	}
}

// Go calls do on another goroutine when there is a place for it, and returns at once. One
// goroutine calls many functions, so that waiting functions take no stack.
func (p *Pool) Go(do func()) {
	if p == nil {
		go do()
		return
	}
	p.mu.Lock()
	if p.queue = append(p.queue, do); p.begun == nil {
		p.begun = make(chan struct{})
	}
	p.mu.Unlock()
	p.start()
}

// Waiting returns the number of functions that were passed to Go and have not started.
func (p *Pool) Waiting() int {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue)
}

// AwaitStart waits until all functions that were passed to Go have started, but at most for
// the given time. If thousands of goroutines wait, they share one timer, which has the time
// of the first one.
func (p *Pool) AwaitStart(most time.Duration) {
	if p == nil || most <= 0 {
		return
	}
	p.mu.Lock()
	begun := p.begun
	if begun != nil && p.late == nil {
		late := make(chan struct{})
		p.late = late
		time.AfterFunc(most, func() { p.endWait(late) })
	}
	late := p.late
	p.mu.Unlock()
	if begun == nil {
		return
	}
	select {
	case <-begun:
	case <-late:
	}
}

// endWait ends all waits of AwaitStart that end together.
func (p *Pool) endWait(late chan struct{}) {
	close(late)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late = nil
}

// start starts to run the waiting functions, if there is a place.
func (p *Pool) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return
	}
	select {
	case p.places <- struct{}{}:
		go p.work()
	default: // the goroutine that has a place checks the queue when it is done
	}
}

// work calls the waiting functions until there are none, and then returns its place.
func (p *Pool) work() {
	defer p.Give()
	for {
		p.mu.Lock()
		if len(p.queue) == 0 {
			p.mu.Unlock()
			return
		}
		do := p.queue[0]
		p.queue[0] = nil
		if p.queue = p.queue[1:]; len(p.queue) == 0 {
			close(p.begun)
			p.begun = nil
		}
		p.mu.Unlock()
		do()
	}
}
