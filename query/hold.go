// Sessions that outlive a dispatch: sources that are queried again soon keep their
// connections and their snapshots.

package query

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A Hold keeps the sessions of sources between dispatches. If a driver can keep a snapshot
// ([driver.Request].More), all dispatches of its source use one connection and see the same
// snapshot. Otherwise each dispatch has its own connection. Only one dispatch queries a
// source at a time.
type Hold struct {
	ctx  context.Context // ends all sessions
	most time.Duration
	last atomic.Bool
	free chan struct{} // closed when sessions must not wait any more
	once sync.Once
	all  []*Held
}

// NewHold returns a Hold whose sessions end with ctx, which has the deadline of all
// dispatches. A session waits at most this long for the next dispatch, since its
// transaction is open meanwhile. The caller must call Close at the end.
func NewHold(ctx context.Context, most time.Duration) *Hold {
	return &Hold{ctx: ctx, most: most, free: make(chan struct{})}
}

// Source returns a source whose session the Hold keeps. All calls of Source come before the
// first dispatch.
func (h *Hold) Source(s Source) *Held {
	held := &Held{Source: s, hold: h}
	h.all = append(h.all, held)
	return held
}

// Last declares that the next dispatch is the last one. When its Run returns, the rows are
// verified and the session is over.
func (h *Hold) Last() {
	if h != nil {
		h.last.Store(true)
	}
}

// Close ends the sessions that wait for a dispatch. It returns when all have ended, or
// after DefaultGrace.
func (h *Hold) Close() {
	if h == nil {
		return
	}
	h.letGo()
	enough := time.NewTimer(DefaultGrace)
	defer enough.Stop()
	for _, s := range h.all {
		if s.session == nil {
			continue
		}
		select {
		case <-s.session.ended:
		case <-enough.C: // its driver is stuck, and the dispatch has abandoned it
			return
		}
	}
}

// letGo ends the sessions that wait for a dispatch. A server that refuses connections needs
// theirs, too.
func (h *Hold) letGo() { h.once.Do(func() { close(h.free) }) }

// A Held is a source with a session that may outlive a dispatch.
type Held struct {
	Source
	hold    *Hold
	session *session
}

// A turn is one call of Run within a session.
type turn struct {
	ctx  context.Context
	q    driver.Request
	p    *driver.Progress
	emit row.Emit
	last bool
	over chan ending // has room for one
}

type ending struct {
	answer driver.Answer
	err    error
}

// Run queries the source. It does so in the session that waits, if there is one, and
// otherwise in a new one.
func (s *Held) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (answer driver.Answer, err error) {
	t := &turn{ctx: ctx, q: q, p: p, emit: emit, last: s.hold.last.Load(), over: make(chan ending, 1)}
	if !s.session.takes(t) {
		if t.last { // no dispatch follows, so no session is kept
			s.session = nil
			return s.Source.Run(ctx, q, p, emit)
		}
		s.session = &session{hold: s.hold, turns: make(chan *turn), gone: make(chan struct{}), ended: make(chan struct{})}
		s.session.ctx, s.session.cancel = context.WithCancelCause(s.hold.ctx)
		go s.session.run(s.Source, t)
	}
	defer context.AfterFunc(ctx, func() { s.session.cancel(context.Cause(ctx)) })()
	end := <-t.over
	if failed, is := errors.AsType[*driver.Error](end.err); is && failed.Retry == driver.Crowded {
		s.hold.letGo()
	}
	return end.answer, end.err
}

// A session is one Run of the driver, which serves one turn after the other.
type session struct {
	hold   *Hold
	ctx    context.Context
	cancel context.CancelCauseFunc
	turns  chan *turn
	gone   chan struct{} // closed when it takes no further turn
	ended  chan struct{} // closed when its driver has returned

	now      atomic.Pointer[turn] // nil while it waits
	progress driver.Progress
}

// takes hands a turn to the session, and reports whether it did. It is false if there is no
// session, or if the session takes no further turn.
func (s *session) takes(t *turn) bool {
	if s == nil {
		return false
	}
	select {
	case s.turns <- t:
		return true
	case <-s.gone:
		return false
	}
}

// run runs the driver until no further turn follows.
func (s *session) run(source Source, first *turn) {
	defer close(s.ended)
	defer s.cancel(nil)
	s.now.Store(first)
	s.progress.Entered = func(phase driver.Phase) {
		if t := s.now.Load(); t != nil {
			t.p.Enter(phase)
		}
	}
	q := first.q
	q.More = s.next
	answer, err := s.drive(source, q)
	s.leave()
	if t := s.now.Load(); t != nil {
		s.end(t, answer, err)
	}
}

// drive runs the driver, and passes its rows to the current turn. It turns a panic of the
// driver into an error.
func (s *session) drive(source Source, q driver.Request) (answer driver.Answer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a fault of fanql: please report it at https://github.com/fanql/fanql/issues: the driver panicked: %v", r)
		}
	}()
	return source.Run(s.ctx, q, &s.progress, func(b *row.Batch) error {
		t := s.now.Load()
		if t == nil { // there is no turn that could take it
			b.Release()
			return nil
		}
		return t.emit(b)
	})
}

// leave records that the session takes no further turn.
func (s *session) leave() {
	select {
	case <-s.gone:
	default:
		close(s.gone)
	}
}

// end ends a turn, with what its Run returns.
func (s *session) end(t *turn, answer driver.Answer, err error) {
	if server := s.progress.Server(); server != "" {
		t.p.Greeted(server)
	}
	s.now.Store(nil)
	t.over <- ending{answer, err}
}

// next gives the driver the next statement of the turn, or the first of the next turn.
func (s *session) next(context.Context) (*driver.Request, error) {
	t := s.now.Load()
	if t.q.More != nil {
		next, err := t.q.More(t.ctx)
		if err != nil {
			return nil, err
		}
		if next != nil {
			return s.take(t, *next), nil
		}
	}
	if t.last {
		s.leave()
		return nil, nil
	}
	s.end(t, driver.Answer{}, nil)
	enough := time.NewTimer(s.hold.most)
	defer enough.Stop()
	select {
	case t := <-s.turns:
		s.now.Store(t)
		t.p.Enter(driver.Query)
		return s.take(t, t.q), nil
	case <-s.hold.free:
	case <-enough.C:
	case <-s.ctx.Done():
	}
	s.leave()
	return nil, nil
}

// take makes a statement the current one of a turn, and returns it for the driver.
func (s *session) take(t *turn, q driver.Request) *driver.Request {
	t.q = q
	q.More = s.next
	return &q
}
