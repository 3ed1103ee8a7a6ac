// Servers that have no room for as many connections as there are sources.

package query

import (
	"context"
	"fmt"
	"time"
)

// A server that has refused a source is asked again when another source there has
// ended, and after a pause, which grows while it goes on refusing.
const (
	firstRefusal   = 10 * time.Millisecond
	longestRefusal = time.Second
)

// A crowd is what is known of a server and the sources on it.
type crowd struct {
	server    string
	wanted    int // connections at once
	sources   int // that are on it
	out       int // of these, the ones that have not ended
	working   int // that are at work by now
	connected int // that have a connection by now which the server surely counts
	peak      int // the most that ever had at once
	refused   bool
	shut      bool // nobody is let in just now
	refusals  uint // one after the other
}

// enters notes that a source has taken its query.
func (c *crowd) enters() {
	c.connected++
	c.peak = max(c.peak, c.connected)
	c.refusals = 0
}

// refuse notes that one source of those at work was refused, and gives how many are
// to be asked at once from now on: as many as the others are, if these are fewer than
// most, but no fewer than were seen to be connected at once. So a refusal that comes
// only because the server has not yet noticed that another has left, lowers nothing.
func (c *crowd) refuse(most int) int {
	c.refused = true
	return min(most, max(1, c.peak, c.working-1))
}

// pause is how long the server is left alone after a refusal.
func (c *crowd) pause() time.Duration {
	c.refusals = min(c.refusals+1, 16)
	return jitter(min(firstRefusal<<(c.refusals-1), longestRefusal))
}

// note says what the user can do about it, once the last source has ended; before
// that, and where nobody was refused, it is empty.
func (c *crowd) note(most int) string {
	switch {
	case c.out > 0 || !c.refused:
		return ""
	case most < c.wanted:
		most = min(most, max(1, c.peak)) // what it is sure to take
		return fmt.Sprintf("%s refused more than %d connections at once, and %d sources took turns: per_server: %d asks no more of it from the start", c.server, most, c.sources, most)
	}
	return c.server + " had no connection left at first, and was asked again"
}

// working counts source i as one of those that its server has to do with.
func (t *admission) working(i, n int) {
	if limit := t.tasks[i].server(); limit != nil {
		t.room(limit).crowd.working += n
	}
}

// recedes has source i wait for its server again, if that has refused another one since
// and there are more than it takes; it reports whether that is so.
func (t *admission) recedes(i int) bool {
	p, limit := &t.places[i], t.tasks[i].server()
	if limit == nil || len(p.held) == 0 {
		return false
	}
	r := t.room(limit)
	if r.used <= r.most {
		return false
	}
	held := p.held[1:] // the first is its server's
	p.held = nil
	r.used--
	r.queue = append(r.queue, i)
	for _, l := range held {
		t.free(l)
	}
	return true
}

// connected notes whether source i has a connection that its server surely counts: it
// has taken the query, and has not been told goodbye.
func (t *admission) connected(i int, now bool) {
	p, limit := &t.places[i], t.tasks[i].server()
	if limit == nil || p.connected == now {
		return
	}
	p.connected = now
	if c := t.room(limit).crowd; now {
		c.enters()
	} else {
		c.connected--
	}
}

// crowded reports whether the server of source i has refused one.
func (t *admission) crowded(i int) bool {
	limit := t.tasks[i].server()
	if limit == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.room(limit).crowd.refused
}

// back ends the turn of source i, which its server has refused for lack of connections:
// it waits for another one, until ctx ends.
func (t *admission) back(ctx context.Context, i int, refusal error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit := t.tasks[i].server()
	r := t.room(limit)
	r.most = r.crowd.refuse(r.most)
	t.working(i, -1)
	if !r.crowd.shut {
		r.crowd.shut = true
		time.AfterFunc(r.crowd.pause(), func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			r.crowd.shut = false
			t.letIn(limit)
		})
	}
	p := &t.places[i]
	if p.timer != nil {
		p.timer.Stop()
	}
	held := p.held
	*p = place{waited: true, refusal: refusal}
	r.used--
	r.queue = append(r.queue, i)
	for _, l := range held {
		if l != limit {
			t.free(l)
		}
	}
	if ctx.Err() != nil {
		t.abandon(i, context.Cause(ctx))
		return
	}
	t.limitWait(i)
}
