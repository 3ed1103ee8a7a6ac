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
}

// A place is the state of one source, which acquires the limits of its Task one after the
// other.
type place struct {
	rooms               []*room // of the Task's limits, in their order
	held                []*room // those in which the source has a place; a limit's Overflow stands in for the limit
	waited, begun, over bool
	began               time.Time
	connected           bool          // see [admission.connected]
	phase               driver.Phase  // the furthest phase of this turn
	timer               *time.Timer   // while it waits, its own timeout; while it runs, AtMost of a limit
	refusal             error         // the server's refusal in an earlier turn
	note                string        // the warning about its server, known at its end
	turn                chan struct{} // see [admission.retake]
}

// newAdmission returns an admission that has not started any source.
func newAdmission(tasks []Task, start func(int, bool), giveUp func(int, error)) *admission {
	return &admission{tasks: tasks, start: start, giveUp: giveUp, places: makePlaces(tasks)}
}

// makePlaces returns the places of the tasks, with rooms for all of their limits.
func makePlaces(tasks []Task) []place {
	places, limits := make([]place, len(tasks)), 0
	for i := range tasks {
		limits += len(tasks[i].Limits)
	}
	rooms := map[*Limit]*room{}
	roomOf := func(l *Limit) *room {
		if rooms[l] == nil {
			rooms[l] = newRoom(l)
		}
		return rooms[l]
	}
	list := make([]*room, 0, 2*limits) // one allocation, since there may be thousands
	for i := range tasks {
		from := len(list)
		for _, l := range tasks[i].Limits {
			r := roomOf(l)
			if l.Overflow != nil {
				r.overflow = roomOf(l.Overflow)
			}
			list = append(list, r)
		}
		to := len(list)
		list = list[:2*to-from]
		places[i].rooms, places[i].held = list[from:to:to], list[to:to:len(list)]
	}
	return places
}

// begin starts the sources for which there is room. When ctx ends, it gives up those that
// still wait.
func (t *admission) begin(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended, t.begun = ctx.Done(), time.Now()
	for i := range t.tasks {
		if r := t.places[i].server(); r != nil {
			r.crowd.sources, r.crowd.out = r.crowd.sources+1, r.crowd.out+1
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
	for _, r := range p.rooms[len(p.held):] {
		if !r.open() {
			r.queue = append(r.queue, i)
			p.waited = true
			t.watch(r)
			return
		}
		t.hold(i, r)
	}
	p.begun, p.began = true, time.Now()
	t.working(i, 1)
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	for _, r := range p.held {
		t.limitHold(i, r)
	}
	t.start(i, p.waited)
}

// limitHold sets the timer that takes a place of a limit away from source i, which runs,
// after AtMost.
func (t *admission) limitHold(i int, r *room) {
	if r.limit.AtMost == 0 {
		return
	}
	p := &t.places[i]
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = time.AfterFunc(r.limit.AtMost, func() { t.expire(i, r) })
}

// hold gives source i a place of a limit.
func (t *admission) hold(i int, r *room) {
	r.used++
	if r.pace != nil {
		r.holders = append(r.holders, i)
	}
	p := &t.places[i]
	p.held = append(p.held, r)
}

// watch checks periodically whether the cores are idle, as long as sources wait for this
// limit. It does nothing for a limit without Idle.
func (t *admission) watch(r *room) {
	if r.pace == nil || r.watched {
		return
	}
	r.watched = true
	time.AfterFunc(look, func() {
		idle := r.limit.Idle()
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
			if slices.Contains(p.held, r) {
				t.giveBack(p, r)
				n--
			}
		}
		if len(r.queue) > 0 {
			t.watch(r)
		}
	})
}

// expire frees the place of source i, which has held it for AtMost. If the limit has an
// Overflow, the source moves there, as soon as there is room.
func (t *admission) expire(i int, r *room) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &t.places[i]
	k := slices.Index(p.held, r)
	if k < 0 {
		return
	}
	if r.overflow == nil {
		t.giveBack(p, r)
		return
	}
	if over := r.overflow; over.used < over.limit.Most {
		over.used++
		p.held[k] = over
		t.free(r)
		return
	}
	p.timer.Reset(r.limit.AtMost)
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
	for _, r := range p.rooms {
		if before < r.limit.Until && r.limit.Until <= phase {
			if r.pace != nil {
				r.pace.reached(time.Since(p.began))
			}
			t.pass(p, r)
		}
	}
}

// pass frees the place of a source that has left the phases which the limit bounds.
func (t *admission) pass(p *place, r *room) {
	r.passed()
	t.giveBack(p, r)
	t.letIn(r)
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
	r := p.rooms[len(p.held)]
	turn := &TurnError{Limit: r.limit.What, Err: err, Refusal: p.refusal}
	if r.crowd != nil && r.crowd.refused {
		turn.Limit = fmt.Sprintf("%s takes %d at once", r.limit.Server, r.most)
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
	if r := p.server(); r != nil {
		t.connected(i, false)
		if p.begun {
			t.working(i, -1)
		}
		r.crowd.out--
		p.note = r.crowd.note(r.most)
		if len(p.held) > 0 {
			r.crowd.shut = false // there is a connection again
		}
	}
	held := p.held
	p.held = nil
	for _, r := range held {
		r.passed()
		t.free(r)
	}
}

// giveBack frees the place that a running source holds of a limit, if it holds one.
func (t *admission) giveBack(p *place, r *room) {
	if k := slices.Index(p.held, r); k >= 0 {
		p.held = slices.Delete(p.held, k, k+1)
		t.free(r)
	}
}

// free frees one place of a limit and starts the sources that it has room for.
func (t *admission) free(r *room) {
	r.used--
	t.letIn(r)
}

// letIn assigns the free places of a limit to the sources that have waited longest.
func (t *admission) letIn(r *room) {
	if len(r.queue) == 0 {
		return
	}
	select {
	case <-t.ended: // the sources that wait are about to be given up
		return
	default:
	}
	for r.open() && len(r.queue) > 0 {
		i := r.queue[0]
		r.queue = r.queue[1:]
		if p := &t.places[i]; p.turn != nil && !p.over {
			t.retaken(i, r)
			continue
		}
		if t.places[i].over || t.recedes(i) {
			continue
		}
		t.hold(i, r)
		t.enter(i)
	}
}
