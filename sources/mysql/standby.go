// The standby connection for slow networks: there, a kill takes more round trips than there
// is time for, unless most of them are made in advance.

package mysql

import (
	"context"
	"time"
)

// A standby is an observer that is opened while the statement runs, so that a kill
// takes two round trips instead of six or more. It costs the server an idle connection,
// and is opened only for connections so slow that the kill would not end within the
// grace.
type standby struct {
	begin, end context.CancelFunc
	opened     <-chan *observer // at most one, then closed
}

// standBy opens the standby if the connection is slow. Took is the time for the victim's
// connection, login and first statement: these are at least as many round trips as a short
// statement has, which therefore needs no standby. A kill needs two more, to look twice. If
// the deadline is close, the standby is opened at once.
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
			return // the kill tries once more, and reports the result
		}
		if l.seen.ours == 0 { // not in the list yet, or behind an address translation
			l.seen.threads = 1 // search for it again
		}
		opened <- l
	})
}

// take returns the observer, or nil if there is none by the end of ctx.
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
