// Servers that accept fewer connections than they have sources.

package query

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// After a server has refused a source, no source of that server starts for a pause, which
// grows with each further refusal. It ends early when a source with a connection ends.
const (
	firstRefusal   = 10 * time.Millisecond
	longestRefusal = time.Second
)

// server returns the room of the source's server, or nil if no limit names one.
func (p *place) server() *room {
	if len(p.rooms) > 0 && p.rooms[0].crowd != nil {
		return p.rooms[0]
	}
	return nil
}

// A crowd is the state of a server and of the sources on it.
type crowd struct {
	server    string
	wanted    int // the number of connections at once that its limit allowed at first
	sources   int // sources on it
	out       int // sources that have not ended
	working   int // sources that run
	connected int // sources with a connection that the server certainly counts
	peak      int // the largest value of connected so far
	refused   bool
	shut      bool // no source starts for now
	refusals  uint // consecutive ones
}

// enters records that the server has accepted a connection with a query.
func (c *crowd) enters() {
	c.connected++
	c.peak = max(c.peak, c.connected)
	c.refusals = 0
}

// refuse records that a running source was refused. It returns how many may run at once
// from now on: most, or the number of the other running sources if that is lower. The
// result is at least the largest number that was ever connected at once. So a refusal has
// no effect if the server has just not noticed yet that another source has left.
func (c *crowd) refuse(most int) int {
	c.refused = true
	return min(most, max(1, c.peak, c.working-1))
}

// pause counts a refusal, and returns how long no source starts at the server after it.
func (c *crowd) pause() time.Duration {
	c.refusals = min(c.refusals+1, 16)
	return jitter(min(firstRefusal<<(c.refusals-1), longestRefusal))
}

// note returns a warning that says what the user can do, once the last source has ended. It
// is empty before that, and if no source was refused.
func (c *crowd) note(most int) string {
	switch {
	case c.out > 0 || !c.refused:
		return ""
	case most < c.wanted:
		most = min(most, max(1, c.peak)) // what it certainly accepts
		return fmt.Sprintf("%s refused more than %d connections at once, and %d sources took turns: per_server: %d asks no more of it from the start", c.server, most, c.sources, most)
	}
	return c.server + " had no connection left at first, and was tried again"
}

// working changes the number of running sources on the server of source i.
func (t *admission) working(i, n int) {
	if r := t.places[i].server(); r != nil {
		r.crowd.working += n
	}
}

// recedes puts source i back into its server's queue, if the server has refused another
// source meanwhile and more sources hold a place than it accepts. It reports whether it has
// done so. The places of the source's other limits are freed.
func (t *admission) recedes(i int) bool {
	p := &t.places[i]
	r := p.server()
	if r == nil || len(p.held) == 0 || r.used <= r.most {
		return false
	}
	held := slices.Clone(p.held[1:]) // the first place is the server's
	p.held = p.held[:0]
	r.used--
	r.queue = append(r.queue, i)
	for _, l := range held {
		t.free(l)
	}
	return true
}

// connected records whether source i has a connection that its server certainly counts:
// the server has accepted the query, and the connection is not closed yet.
func (t *admission) connected(i int, now bool) {
	p := &t.places[i]
	r := p.server()
	if r == nil || p.connected == now {
		return
	}
	if p.connected = now; now {
		r.crowd.enters()
	} else {
		r.crowd.connected--
	}
}

// crowded reports whether the server of source i has refused any source.
func (t *admission) crowded(i int) bool {
	if t.tasks[i].server() == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.places[i].server().crowd.refused
}

// back ends the turn of source i, which its server has refused for lack of connections.
// The source waits for another turn until ctx ends.
func (t *admission) back(ctx context.Context, i int, refusal error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &t.places[i]
	r := p.server()
	r.most = r.crowd.refuse(r.most)
	t.working(i, -1)
	if !r.crowd.shut {
		r.crowd.shut = true
		time.AfterFunc(r.crowd.pause(), func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			r.crowd.shut = false
			t.letIn(r)
		})
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	held := slices.Clone(p.held)
	*p = place{rooms: p.rooms, held: p.held[:0], waited: true, refusal: refusal}
	r.used--
	r.queue = append(r.queue, i)
	for _, other := range held {
		if other != r {
			t.free(other)
		}
	}
	if ctx.Err() != nil {
		t.abandon(i, context.Cause(ctx))
		return
	}
	t.limitWait(i)
}
