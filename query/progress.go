// The progress of a running dispatch. It serves a live display, and names the queries that
// may still run on their servers when the process exits at once.

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
	left     atomic.Bool   // the driver was abandoned
	attempts atomic.Int64
	firstErr atomic.Pointer[driver.Error] // of the first of several attempts
	rows     atomic.Int64                 // rows of this attempt
	lost     atomic.Int64                 // rows of earlier attempts
	bytes    atomic.Int64
	waited   atomic.Int64 // nanoseconds from start; 0 if it did not wait
	queryAt  atomic.Int64 // likewise; 0 if it is not sent yet
	firstRow atomic.Int64 // likewise; 0 if there is none yet
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

// Continue returns the progress of the next dispatch in the same run. From now on b shows
// that dispatch. Its clock began when b's clock began.
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

// last returns the progress of the last dispatch, which is the one that is shown.
func (b *Progress) last() *Progress {
	for next := b.next.Load(); next != nil; next = b.next.Load() {
		b = next
	}
	return b
}

// Begin records the step that begins, such as fetching, in a run of several steps.
func (b *Progress) Begin(step string) { b.last().step.Store(&step) }

// Step returns the current step. It is empty if the run has only one.
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
	// Abandoned means that its driver was abandoned: its query may still run on the server.
	Abandoned bool
	Phase     driver.Phase
	Rows      int64 // received in the current attempt
	Bytes     int64 // received in all attempts, as rows take them in memory
	// Turn is the time from dispatch to the source's start, if it had to wait for its turn;
	// else 0.
	Turn time.Duration
}

// Statuses returns the status of every source, in source order.
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

// Elapsed returns the time since dispatch, or since Options.Since.
func (b *Progress) Elapsed() time.Duration { return time.Since(*b.start.Load()) }

// begin starts the clock, unless it has run since an earlier dispatch.
func (b *Progress) begin(at time.Time) {
	if !b.continued {
		b.start.Store(&at)
	}
}

// since is Elapsed in nanoseconds, at least 1: a mark of 0 means that something has not
// happened.
func (b *Progress) since() int64 { return max(int64(b.Elapsed()), 1) }

// end records how source i ended; it is called once for each.
func (b *Progress) end(i int, s State) {
	b.entries[i].state.Store(uint32(s))
	b.ended.Add(1)
}

// over returns the number of sources that have ended.
func (b *Progress) over() int { return int(b.ended.Load()) }
