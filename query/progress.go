// The progress of a running dispatch, for a live display, and for naming queries that
// may go on when the process exits at once.

package query

import (
	"sync/atomic"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// A Progress shows the progress of each source of a dispatch. It is safe for concurrent
// use.
type Progress struct {
	start   atomic.Pointer[time.Time]
	ended   atomic.Int64 // sources
	entries []entry
	// A run of several dispatches shows the last one, and its clock continues.
	next      atomic.Pointer[Progress]
	continued bool
	step      atomic.Pointer[string]
}

type entry struct {
	name     string
	progress driver.Progress
	state    atomic.Uint32 // State
	left     atomic.Bool   // its driver was abandoned
	attempts atomic.Int64
	rows     atomic.Int64 // rows of this attempt
	lost     atomic.Int64 // rows of earlier attempts
	bytes    atomic.Int64
	waited   atomic.Int64 // nanoseconds from start; 0 is not at all
	queryAt  atomic.Int64 // likewise; 0 is not yet
	firstRow atomic.Int64 // likewise
}

// NewProgress returns the progress of the tasks, in their order.
func NewProgress(tasks []Task) *Progress {
	b := &Progress{entries: make([]entry, len(tasks))}
	b.begin(time.Now())
	for i, a := range tasks {
		b.entries[i].name = a.Source.Name()
	}
	return b
}

// Continue returns the progress of the next dispatch in the same run. From now on b
// shows that one, whose clock has run since b's began.
func (b *Progress) Continue(tasks []Task) *Progress {
	next := NewProgress(tasks)
	next.start.Store(b.start.Load())
	next.continued = true
	last := b.last()
	if step := last.step.Load(); step != nil {
		next.step.Store(step)
	}
	last.next.Store(next)
	return next
}

// last returns the dispatch that is shown.
func (b *Progress) last() *Progress {
	for next := b.next.Load(); next != nil; next = b.next.Load() {
		b = next
	}
	return b
}

// Begin records which step of a run of several begins, such as fetching.
func (b *Progress) Begin(step string) { b.last().step.Store(&step) }

// Step returns the current step; it is empty if a run has only one.
func (b *Progress) Step() string {
	if step := b.last().step.Load(); step != nil {
		return *step
	}
	return ""
}

// A Status is the progress of one source.
type Status struct {
	Source string
	State  State // Running until it has ended
	// Abandoned says that its driver was abandoned: a query may still run.
	Abandoned bool
	Phase     driver.Phase
	Rows      int64 // received
	Bytes     int64 // that these take in memory
	// Turn is when it started, counted from dispatch, if it had to wait for that; else
	// 0.
	Turn time.Duration
}

// Statuses returns all sources in source order.
func (b *Progress) Statuses() []Status {
	b = b.last()
	s := make([]Status, len(b.entries))
	for i := range b.entries {
		e := &b.entries[i]
		s[i] = Status{
			Source: e.name, State: State(e.state.Load()), Abandoned: e.left.Load(), Phase: e.progress.Phase(), Rows: e.rows.Load(),
			Bytes: e.bytes.Load(),
			Turn:  time.Duration(e.waited.Load()),
		}
	}
	return s
}

// Elapsed returns the time since dispatch.
func (b *Progress) Elapsed() time.Duration { return time.Since(*b.start.Load()) }

// begin starts the clock, unless it has run since an earlier dispatch.
func (b *Progress) begin(at time.Time) {
	if !b.continued {
		b.start.Store(&at)
	}
}

// since is Elapsed for a mark that must not be 0.
func (b *Progress) since() int64 { return max(int64(b.Elapsed()), 1) }

// end records how source i ended; it is called once for each.
func (b *Progress) end(i int, s State) {
	b.entries[i].state.Store(uint32(s))
	b.ended.Add(1)
}

// over returns the number of sources that have ended.
func (b *Progress) over() int { return int(b.ended.Load()) }
