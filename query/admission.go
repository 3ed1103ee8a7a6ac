// Whose turn it is: how many sources are at work at once. A source that waits has
// no goroutine, no connection and no file yet.

package query

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A Limit bounds how many sources are at work at once: those whose [Task] has it.
type Limit struct {
	// What says it to who waited in vain: at most 4 at once on eu.db:5432.
	What string
	Most int // 1 at least
	// Overflow, where set, takes over a source that has been at work for DemoteAfter, as
	// soon as it has room: so slow sources do not keep the quick ones waiting. A
	// Task may have one such limit.
	Overflow    *Limit
	DemoteAfter time.Duration
}

// A TurnError is why a source was not asked: it waited for its turn until there
// was no time any more.
type TurnError struct {
	Limit string // what it waited for
	Err   error  // what ended the wait
}

func (e *TurnError) Error() string {
	return fmt.Sprintf("%v: its turn had not come (%s)", e.Err, e.Limit)
}

func (e *TurnError) Unwrap() error { return e.Err }

// An admission lets each source begin once all of its limits have room for it. Who waits
// for one limit is let in in the order asked.
type admission struct {
	asks   []Task
	start  func(i int, waited bool) // begins source i, and does not wait for it
	giveUp func(i int, err error)   // ends source i, which was not asked

	mu     sync.Mutex
	ended  <-chan struct{} // from then on nobody is let in
	places []place
	rooms  map[*Limit]*room
}

// A place is one source's: it waits for the limits of its Task one after the other.
type place struct {
	held                []*Limit
	waited, begun, over bool
	timer               *time.Timer // of its own timeout while it waits, of DemoteAfter while it works
}

// A room is what is taken of a limit, and who waits for it.
type room struct {
	used  int
	queue []int
}

// newAdmission gives one in which nobody has begun.
func newAdmission(asks []Task, start func(int, bool), giveUp func(int, error)) *admission {
	return &admission{asks: asks, start: start, giveUp: giveUp, places: make([]place, len(asks)), rooms: map[*Limit]*room{}}
}

// begin lets in whoever has room. From the end of ctx on, nobody is.
func (t *admission) begin(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = ctx.Done()
	for i := range t.asks {
		t.enter(i)
	}
	for i, a := range t.asks {
		if p := &t.places[i]; !p.begun && a.Timeout > 0 && !a.OnTurn {
			p.timer = time.AfterFunc(a.Timeout, func() { t.drop(i, a.ownTimeout()) })
		}
	}
	context.AfterFunc(ctx, func() {
		for i := range t.asks {
			t.drop(i, context.Cause(ctx))
		}
	})
}

// enter takes source i as far as there is room.
func (t *admission) enter(i int) {
	p := &t.places[i]
	for _, limit := range t.asks[i].Limits[len(p.held):] {
		r := t.room(limit)
		if r.used >= limit.Most {
			r.queue = append(r.queue, i)
			p.waited = true
			return
		}
		r.used++
		p.held = append(p.held, limit)
	}
	p.begun = true
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	t.watch(i)
	t.start(i, p.waited)
}

// watch has source i make way for others once it turns out to be slow.
func (t *admission) watch(i int) {
	for k, limit := range t.places[i].held {
		if limit.Overflow != nil {
			t.places[i].timer = time.AfterFunc(limit.DemoteAfter, func() { t.move(i, k) })
		}
	}
}

// move takes source i over to the slow ones, now or later.
func (t *admission) move(i, k int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &t.places[i]
	if p.over {
		return
	}
	limit := p.held[k]
	if r := t.room(limit.Overflow); r.used < limit.Overflow.Most {
		r.used++
		p.held[k] = limit.Overflow
		t.free(limit)
		return
	}
	p.timer.Reset(limit.DemoteAfter)
}

// leave ends the turn of source i.
func (t *admission) leave(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(i)
}

// drop gives source i up if it still waits.
func (t *admission) drop(i int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &t.places[i]
	if p.begun || p.over {
		return
	}
	limit := t.asks[i].Limits[len(p.held)]
	t.end(i)
	t.giveUp(i, &TurnError{limit.What, err})
}

// end gives back what source i holds.
func (t *admission) end(i int) {
	p := &t.places[i]
	p.over = true
	if p.timer != nil {
		p.timer.Stop()
	}
	held := p.held
	p.held = nil
	for _, limit := range held {
		t.free(limit)
	}
}

// free gives back one place of a limit, to who has waited longest.
func (t *admission) free(limit *Limit) {
	r := t.room(limit)
	r.used--
	select {
	case <-t.ended: // who waits is about to be given up
		return
	default:
	}
	for r.used < limit.Most && len(r.queue) > 0 {
		i := r.queue[0]
		r.queue = r.queue[1:]
		if p := &t.places[i]; !p.over {
			r.used++
			p.held = append(p.held, limit)
			t.enter(i)
		}
	}
}

func (t *admission) room(limit *Limit) *room {
	r := t.rooms[limit]
	if r == nil {
		r = &room{}
		t.rooms[limit] = r
	}
	return r
}
