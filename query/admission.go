// Admission control: how many sources run at once. A source that waits for admission has
// no goroutine, no connection and no file yet.

package query

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// An admission starts each source as soon as all of its limits have room. Sources that
// wait for the same limit start in the order in which they queued.
type admission struct {
	tasks  []Task
	start  func(i int, waited bool) // starts source i and returns at once
	giveUp func(i int, err error)   // ends source i, which was never started

	mu     sync.Mutex
	ended  <-chan struct{} // when it is closed, no further source starts
	begun  time.Time
	places []place
	rooms  map[*Limit]*room
}

// A place is the state of one source, which acquires the limits of its Task one after the
// other.
type place struct {
	held                []*Limit
	waited, begun, over bool
	began               time.Time
	connected           bool         // see [admission.connected]
	phase               driver.Phase // the furthest phase of this turn
	timer               *time.Timer  // its own timeout while it waits; AtMost of a limit while it runs
	refusal             error        // the server's refusal in an earlier turn
	note                string       // the warning about its server, known at its end
}

// newAdmission returns an admission that has not started any source.
func newAdmission(tasks []Task, start func(int, bool), giveUp func(int, error)) *admission {
	return &admission{tasks: tasks, start: start, giveUp: giveUp, places: make([]place, len(tasks)), rooms: map[*Limit]*room{}}
}

// begin starts the sources for which there is room. When ctx ends, those that still wait
// are given up.
func (t *admission) begin(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended, t.begun = ctx.Done(), time.Now()
	for i := range t.tasks {
		if limit := t.tasks[i].server(); limit != nil {
			c := t.room(limit).crowd
			c.sources, c.out = c.sources+1, c.out+1
		}
	}
	for i := range t.tasks {
		t.enter(i)
	}
	for i := range t.tasks {
		t.limitWait(i)
	}
	context.AfterFunc(ctx, func() {
		for i := range t.tasks {
			t.drop(i, context.Cause(ctx))
		}
	})
}

// limitWait ends the wait of source i, if it waits, at the source's own timeout.
func (t *admission) limitWait(i int) {
	p, a := &t.places[i], &t.tasks[i]
	if !p.begun && a.Timeout > 0 && !a.OnTurn {
		p.timer = time.AfterFunc(a.Timeout-time.Since(t.begun), func() { t.drop(i, a.ownTimeout()) })
	}
}

// enter acquires the remaining limits of source i and starts it, or queues it for the
// first limit that is full.
func (t *admission) enter(i int) {
	p := &t.places[i]
	for _, limit := range t.tasks[i].Limits[len(p.held):] {
		r := t.room(limit)
		if !r.open() {
			r.queue = append(r.queue, i)
			p.waited = true
			t.watch(limit)
			return
		}
		t.hold(i, limit)
	}
	p.begun, p.began = true, time.Now()
	t.working(i, 1)
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	for _, limit := range p.held {
		if limit.AtMost > 0 {
			p.timer = time.AfterFunc(limit.AtMost, func() { t.expire(i, limit) })
		}
	}
	t.start(i, p.waited)
}

// hold takes a place of a limit for source i.
func (t *admission) hold(i int, limit *Limit) {
	r := t.room(limit)
	r.used++
	if r.pace != nil {
		r.holders = append(r.holders, i)
	}
	p := &t.places[i]
	p.held = append(p.held, limit)
}

// watch checks periodically whether the cores are idle, as long as sources wait for a
// limit with Idle.
func (t *admission) watch(limit *Limit) {
	r := t.room(limit)
	if r.pace == nil || r.watched {
		return
	}
	r.watched = true
	time.AfterFunc(look, func() {
		idle := limit.Idle()
		t.mu.Lock()
		defer t.mu.Unlock()
		r.watched = false
		select {
		case <-t.ended:
			return
		default:
		}
		for n := r.pace.look(time.Now(), idle); n > 0 && len(r.holders) > 0 && len(r.queue) > 0; {
			p := &t.places[r.holders[0]]
			r.holders = r.holders[1:]
			if slices.Contains(p.held, limit) {
				t.giveBack(p, limit)
				n--
			}
		}
		if len(r.queue) > 0 {
			t.watch(limit)
		}
	})
}

// expire frees the place of source i, which has held it for AtMost: at once, or as soon
// as the limit's Overflow has room for it.
func (t *admission) expire(i int, limit *Limit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &t.places[i]
	k := slices.Index(p.held, limit)
	if k < 0 {
		return
	}
	if limit.Overflow == nil {
		t.giveBack(p, limit)
		return
	}
	if r := t.room(limit.Overflow); r.used < limit.Overflow.Most {
		r.used++
		p.held[k] = limit.Overflow
		t.free(limit)
		return
	}
	p.timer.Reset(limit.AtMost)
}

// reached records that source i has entered a phase.
func (t *admission) reached(i int, phase driver.Phase) {
	if len(t.tasks[i].Limits) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &t.places[i]
	if p.over || !p.begun {
		return
	}
	t.connected(i, phase == driver.Query || phase == driver.Stream)
	if phase <= p.phase {
		return
	}
	before := p.phase
	p.phase = phase
	for _, limit := range t.tasks[i].Limits {
		if before < limit.Until && limit.Until <= phase {
			if r := t.room(limit); r.pace != nil {
				r.pace.reached(time.Since(p.began))
			}
			t.pass(p, limit)
		}
	}
}

// pass frees the place of a source that has left the phases which the limit bounds.
func (t *admission) pass(p *place, limit *Limit) {
	t.pace(limit)
	t.giveBack(p, limit)
	t.letIn(limit)
}

// pace records that a source has left the phases which a limit bounds.
func (t *admission) pace(limit *Limit) {
	if r := t.room(limit); r.pace != nil {
		r.pace.end(time.Now())
		r.most = r.pace.width
	}
}

// rest frees the places of source i in limits that end with a phase, because it pauses
// before its next attempt.
func (t *admission) rest(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, limit := range t.tasks[i].Limits {
		if p := &t.places[i]; limit.Until != 0 && slices.Contains(p.held, limit) {
			t.pass(p, limit)
		}
	}
}

// leave ends source i and returns the warning about its server, if there is one.
func (t *admission) leave(i int) (note string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(i)
	return t.places[i].note
}

// drop gives up source i if it still waits.
func (t *admission) drop(i int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := &t.places[i]; !p.begun && !p.over {
		t.abandon(i, err)
	}
}

// abandon ends source i, which waits, and reports what it waited for.
func (t *admission) abandon(i int, err error) {
	p := &t.places[i]
	limit := t.tasks[i].Limits[len(p.held)]
	turn := &TurnError{Limit: limit.What, Err: err, Refusal: p.refusal}
	if r := t.room(limit); r.crowd != nil && r.crowd.refused {
		turn.Limit = fmt.Sprintf("%s takes %d at once", limit.Server, r.most)
	}
	t.end(i)
	t.giveUp(i, turn)
}

// end frees everything that source i holds.
func (t *admission) end(i int) {
	p := &t.places[i]
	p.over = true
	if p.timer != nil {
		p.timer.Stop()
	}
	if limit := t.tasks[i].server(); limit != nil {
		t.connected(i, false)
		if p.begun {
			t.working(i, -1)
		}
		r := t.room(limit)
		r.crowd.out--
		p.note = r.crowd.note(r.most)
		if len(p.held) > 0 {
			r.crowd.shut = false // there is a connection again
		}
	}
	held := p.held
	p.held = nil
	for _, limit := range held {
		t.pace(limit)
		t.free(limit)
	}
}

// giveBack frees the place that a running source holds of a limit, if it holds one.
func (t *admission) giveBack(p *place, limit *Limit) {
	if k := slices.Index(p.held, limit); k >= 0 {
		p.held = slices.Delete(p.held, k, k+1)
		t.free(limit)
	}
}

// free frees one place of a limit and starts the sources that it has room for.
func (t *admission) free(limit *Limit) {
	t.room(limit).used--
	t.letIn(limit)
}

// letIn assigns the free places of a limit to the sources that have waited longest.
func (t *admission) letIn(limit *Limit) {
	select {
	case <-t.ended: // the sources that wait are about to be given up
		return
	default:
	}
	for r := t.room(limit); r.open() && len(r.queue) > 0; {
		i := r.queue[0]
		r.queue = r.queue[1:]
		if t.places[i].over || t.recedes(i) {
			continue
		}
		t.hold(i, limit)
		t.enter(i)
	}
}

func (t *admission) room(limit *Limit) *room {
	r := t.rooms[limit]
	if r == nil {
		r = newRoom(limit)
		t.rooms[limit] = r
	}
	return r
}
