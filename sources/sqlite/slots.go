// How many databases are at work at once. SQLite holds an OS thread for each
// running query: 10,000 small files take 1 s a few at a time, and 13 s, 1.7 GiB
// and 5,242 threads all at once.

package sqlite

import (
	"context"
	"sync"
	"time"
)

// patience is how long a run may hold one of the fast slots that others wait for.
const patience = 100 * time.Millisecond

// Slots bound the SQLite work of all sources of a run. A run takes a fast slot
// before it touches its file. If it has not ended after 100 ms, it moves to one
// of the wider bound as soon as one is free, so that slow or hung databases do
// not keep the quick ones waiting.
type Slots struct {
	fast, all chan struct{}
}

// NewSlots gives slots for fast runs at once, and for all runs more that have
// turned out to be slow. Fast is best about twice the cores, all about 256.
func NewSlots(fast, all int) *Slots {
	return &Slots{fast: make(chan struct{}, max(fast, 1)), all: make(chan struct{}, max(all, 1))}
}

// take waits for a fast slot or for the end of ctx, whose cause is the error
// then. The slot is held, fast or slow, until release is called, once.
func (s *Slots) take(ctx context.Context) (release func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case s.fast <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	h := &hold{slots: s, in: s.fast}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer = time.AfterFunc(patience, h.move)
	return h.release, nil
}

// A hold is one run's slot: in is where it stands, nil once released.
type hold struct {
	slots *Slots
	mu    sync.Mutex
	in    chan struct{}
	timer *time.Timer
}

func (h *hold) move() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.in == nil {
		return
	}
	select {
	case h.slots.all <- struct{}{}:
		<-h.in
		h.in = h.slots.all
	default:
		h.timer.Reset(patience)
	}
}

func (h *hold) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer.Stop()
	<-h.in
	h.in = nil
}
