// Retries: when a source is retried, and after which pause.

package query

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// maxAttempts is the largest number of attempts for a source.
const maxAttempts = 3

// firstPause is the average pause before the second attempt. The pause before the third is
// four times as long.
const firstPause = 100 * time.Millisecond

// retry reports whether a source that ended with an error is retried, and after which
// pause. A broken connection is retried once. No source is retried if a sink has received
// its rows and cannot drop them.
func (d *dispatch) retry(e *entry, err error) (pause time.Duration, ok bool) {
	failed, is := errors.AsType[*driver.Error](err)
	attempt := e.attempts.Load()
	if !is || attempt >= maxAttempts || (d.Sink != nil && !d.Revocable && e.firstRow.Load() != 0) {
		return 0, false
	}
	switch failed.Retry {
	case driver.Soon, driver.Crowded:
		return jitter(firstPause << (2 * (attempt - 1))), true
	case driver.Once:
		return jitter(firstPause), attempt == 1
	}
	return 0, false
}

// refused reports whether a source was refused for lack of connections and waits for
// another turn, which does not count as an attempt. Without a limit of its server it is
// retried as usual.
func refused(a *Task, err error) bool {
	failed, is := errors.AsType[*driver.Error](err)
	return is && failed.Retry == driver.Crowded && a.server() != nil
}

// jitter returns between half and one and a half of d, so that many clients of one
// server do not come back at the same moment.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d)
}

// sleep waits, and reports whether ctx is still active then.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// rest frees the places of source i in limits with Until, because the source pauses before
// its next attempt.
func (t *admission) rest(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.places[i].rooms {
		if p := &t.places[i]; r.limit.Until != 0 && slices.Contains(p.held, r) {
			t.pass(p, r)
		}
	}
}

// retake waits until source i, which has paused, has a place again in its limit with Until.
// It queues behind the sources that have not been tried yet. It reports whether ctx is
// still active then.
func (t *admission) retake(ctx context.Context, i int) bool {
	turn := t.queueAgain(i)
	if turn == nil {
		return true
	}
	select {
	case <-turn:
		return true
	case <-ctx.Done():
		return false
	}
}

// queueAgain returns nil if source i has all of its places again. Otherwise it queues the
// source, and returns a channel that is closed once the source has them.
func (t *admission) queueAgain(i int) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &t.places[i]
	if len(p.rooms) == 0 {
		return nil
	}
	r := p.rooms[len(p.rooms)-1]
	if r.limit.Until == 0 {
		return nil
	}
	if len(r.queue) == 0 && r.open() {
		t.retaken(i, r)
		return nil
	}
	p.turn = make(chan struct{})
	r.queue = append(r.queue, i)
	t.watch(r)
	return p.turn
}

// retaken gives source i the place for its next attempt.
func (t *admission) retaken(i int, r *room) {
	p := &t.places[i]
	p.phase, p.began = 0, time.Now()
	t.hold(i, r)
	t.limitHold(i, r)
	if p.turn != nil {
		close(p.turn)
		p.turn = nil
	}
}
