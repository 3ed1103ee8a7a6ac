// Over a slow line a kill takes more round trips than there is time for, unless
// most of them are made before.

package mysql

import (
	"context"
	"time"
)

// A standby is an observer that is opened while the statement runs, so that a kill
// takes two round trips instead of six or more. It costs the server a connection
// without work, and is only for lines on which the kill would not be done within
// the grace.
type standby struct {
	begin, end context.CancelFunc
	opened     <-chan *observer // at most one, then closed
}

// standBy opens the standby if the line is slow. Took is what the victim's connection,
// login and first statement took: at least as many round trips as a short statement
// has, which so is spared the connection. A kill has two more, to look and to look
// again. One whose deadline comes soon has the standby at once.
func (k *killer) standBy(ctx context.Context, took time.Duration) {
	kill := took + took*2/3
	if kill < k.grace/2 {
		return
	}
	wait := took
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline)-2*kill)
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	due, begin := context.WithTimeout(life, wait)
	opened := make(chan *observer, 1)
	k.standby = &standby{begin, end, opened}
	context.AfterFunc(due, func() {
		defer close(opened)
		l, err := k.reach(life)
		if err != nil {
			return // the kill tries once more, and says what comes of it
		}
		if l.seen.ours == 0 { // not there yet, or behind an address translation
			l.seen.threads = 1 // to be looked for again
		}
		opened <- l
	})
}

// take returns the observer, or nil where there is none by the end of ctx.
func (s *standby) take(ctx context.Context) *observer {
	if s == nil {
		return nil
	}
	s.begin()
	select {
	case l := <-s.opened:
		return l
	case <-ctx.Done():
		return nil
	}
}

// drop closes the observer, unless it was taken, and returns when it is closed.
func (s *standby) drop() {
	if s == nil {
		return
	}
	s.end()
	if l := <-s.opened; l != nil {
		l.close()
	}
}
