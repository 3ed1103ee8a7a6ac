// The watch over the engine of a reduce: it must neither exceed the deadline nor use
// more memory than the run has, whatever its SQL does.

package run

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/fanql/fanql/merge/reduce"
	"github.com/fanql/fanql/query"
)

const (
	// beyond is the process's memory in a reduce in addition to the rows': the program
	// itself, the engine's minimum, and allocations that the engine does not count.
	beyond = 256 << 20
	// leastOwn is the least anonymous memory in a control group, even if half of the
	// group's limit is less, up to three quarters of it. Half of 150 MiB was tried:
	// with 32 MiB for the engine the process takes 85 to 91 MiB (sorts, joins,
	// distincts of 600,000 rows), and with 19 MiB still 63 to 80 MiB, where DuckDB runs
	// out of memory in a sort that passes with 32.
	leastOwn = 128 << 20
	// margin is how far below that the watch ends a reduce. It is for the engine's
	// allocations until the process has exited.
	margin = 64 << 20
	// watchInterval is the interval between two checks. Reading /proc/self/statm takes
	// some 25 µs; a core writes some 4 MiB of new memory meanwhile.
	watchInterval = 2 * time.Millisecond
)

// A ceiling is the process's memory limit, in bytes: for all resident memory, and for
// the part that belongs to no file. 0 is no limit.
type ceiling struct{ all, own int64 }

// ceilingOf returns the ceiling of a run with the given memory for rows, in a control
// group with the given limit.
func ceilingOf(memory, group int64) (c ceiling) {
	if memory > 0 {
		c.all = memory + beyond + detector
	}
	if group > 0 {
		c.own = max(group/2, min(group/4*3, leastOwn))
	}
	return c
}

// soft returns the ceiling at which the watch ends the reduce.
func (c ceiling) soft() ceiling {
	return ceiling{c.all - min(margin, c.all/4), c.own - min(margin, c.own/16)}
}

// passed returns the limit that has been exceeded, or 0.
func (c ceiling) passed() int64 {
	all, own := resident()
	switch {
	case c.all > 0 && all > c.all:
		return c.all
	case c.own > 0 && own > c.own:
		return c.own
	}
	return 0
}

// A memoryError is the cause of a context that the watch ended.
type memoryError struct {
	limit  int64
	option string // the option that raises the limit
}

func (e *memoryError) Error() string {
	return fmt.Sprintf("the process took more than %d MiB of memory: raise %s, or have the SQL make less of the rows", e.limit>>20, e.option)
}

// errGivenUp is the error for an engine that ignored its interrupt.
var errGivenUp = errors.New("DuckDB did not stop when it was interrupted")

// An engineWatch watches one call of the engine.
type engineWatch struct {
	ceiling
	memory string        // the option that raises the limit
	grace  time.Duration // how long the engine may take after an interrupt
	stage  atomic.Int32
	begun  chan struct{}
	over   chan struct{}
}

// The stages of a call.
const (
	working int32 = iota
	answered
	givenUp
)

func newWatch(c ceiling, memory string) *engineWatch {
	return &engineWatch{ceiling: c, memory: memory, grace: query.DefaultGrace, begun: make(chan struct{}), over: make(chan struct{})}
}

// answer records that the engine has answered: later steps may take any time. It
// returns an error if the engine has been abandoned by then.
func (w *engineWatch) answer() error {
	if w.stage.CompareAndSwap(working, answered) {
		close(w.over)
	}
	if w.stage.Load() == givenUp {
		return errGivenUp
	}
	return nil
}

// run runs the call on its own goroutine. The call closes begun when the engine begins
// to work, and calls answer before it emits the first row. Above the memory limit the
// watch cancels ctx, which interrupts the engine. If the engine does not end then, or
// within the grace after any other end of ctx, it is abandoned: the goroutine stays
// behind, and the process should exit soon.
func (w *engineWatch) run(ctx context.Context, cancel context.CancelCauseFunc, call func() error) error {
	type ending struct {
		err   error
		panic any
	}
	done := make(chan ending, 1)
	go func() {
		e := ending{err: errors.New("the engine's goroutine has left")}
		defer func() {
			if r := recover(); r != nil {
				e.panic = fmt.Sprintf("%v\n\n%s", r, debug.Stack())
			}
			done <- e
		}()
		e.err = call()
	}()
	ended := func(e ending) error {
		if e.panic != nil {
			panic(e.panic) // on the goroutine where panics are handled
		}
		return e.err
	}
	select {
	case e := <-done:
		return ended(e)
	case <-w.begun:
	}
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	stopped, soft := ctx.Done(), w.soft()
	var late <-chan time.Time
	for {
		select {
		case e := <-done:
			return ended(e)
		case <-w.over:
			return ended(<-done)
		case <-tick.C:
			limit := soft.passed()
			if limit == 0 {
				continue
			}
			cancel(&memoryError{limit, w.memory})
			stopped, late = nil, time.After(watchInterval)
			tick.Stop()
		case <-stopped:
			stopped, late = nil, time.After(w.grace)
		case <-late:
			if w.stage.CompareAndSwap(working, givenUp) {
				return reduce.Ended(ctx, errGivenUp)
			}
		}
	}
}

// leaveBeyond calls leave if an abandoned engine takes more than the ceiling.
func (w *engineWatch) leaveBeyond(leave func()) {
	for w.passed() == 0 {
		time.Sleep(watchInterval / 2) //nolint:forbidigo // until the process leaves
	}
	leave()
}
