// Streams: rows as they arrive, before it is known how their source ends.

package query

import (
	"context"
	"iter"
	"sync"

	"github.com/fanql/fanql/sources/row"
)

// A Piece is a batch of one source's rows or, if Batch is nil, the source's end. The
// receiver of a batch owns it.
type Piece struct {
	Index   int
	Source  string
	Batch   *row.Batch
	More    bool    // more of this source is waiting already
	Outcome Outcome // how the source ended
}

// Stream queries all sources at once as [Dispatch] does and yields their rows as they
// arrive. The rows of each source are in order, and its end follows its last row. Rows of a
// source that does not end well may have been yielded before; Outcome.Rows counts them.
//
// Sources never wait for the reader: rows that it has not taken wait in memory and in
// temporary files. Options.Sink is not used.
func Stream(ctx context.Context, tasks []Task, o Options) iter.Seq[Piece] {
	return func(yield func(Piece) bool) {
		lines := &lines{wake: make(chan struct{}, 1), flagged: make([]bool, len(tasks))}
		budget := NewBudget(o.Memory, len(tasks), o.TempDir)
		queues := make([]queue, len(tasks))
		for i := range queues {
			queues[i].budget = budget
		}
		o.Sink = func(i int) row.Emit {
			return func(b *row.Batch) error {
				err := queues[i].put(b)
				lines.flag(i)
				return err
			}
		}
		s := &stream{tasks: tasks, queues: queues, failed: make([]error, len(tasks)), out: make([]int64, len(tasks)), yield: yield}
		d, ended, cancel := begin(ctx, tasks, o)
		defer cancel(ErrUnwanted)
		for left := len(tasks); left > 0; {
			select {
			case <-lines.wake:
				for _, i := range lines.take() {
					s.forward(i)
				}
			case a := <-ended:
				left--
				i := a.Outcome.Index
				s.forward(i)
				queues[i].drop()
				end := s.end(a.Outcome)
				if d.Ended != nil {
					d.Ended(end)
				}
				s.give(Piece{Index: i, Source: end.Source, Outcome: end})
			}
			if s.left {
				cancel(ErrUnwanted)
			}
		}
	}
}

// A stream is the state of Stream's reader.
type stream struct {
	tasks  []Task
	queues []queue
	failed []error // by source: the error of reading its queue
	out    []int64 // by source: the number of rows yielded
	yield  func(Piece) bool
	left   bool // the range was left
}

func (s *stream) give(p Piece) {
	if !s.left {
		s.left = !s.yield(p)
	}
}

// forward yields the waiting rows of a queue.
func (s *stream) forward(i int) {
	for !s.left && s.failed[i] == nil {
		b, err := s.queues[i].take()
		if s.failed[i] = err; err != nil || b == nil {
			return
		}
		s.out[i] += int64(b.Rows())
		s.give(Piece{Index: i, Source: s.tasks[i].Source.Name(), Batch: b, More: s.queues[i].more()})
	}
}

// end returns the outcome of a source, adjusted to the rows that have been yielded.
func (s *stream) end(o Outcome) Outcome {
	if err := s.failed[o.Index]; err != nil && o.State == OK {
		o.State, o.Err = Failed, err
	}
	o.Discarded += o.Rows - s.out[o.Index]
	o.Rows = s.out[o.Index]
	return o
}

// lines record which queues have rows waiting.
type lines struct {
	wake    chan struct{}
	mu      sync.Mutex
	flagged []bool
	waiting []int
}

func (l *lines) flag(i int) {
	l.mu.Lock()
	if !l.flagged[i] {
		l.flagged[i] = true
		l.waiting = append(l.waiting, i)
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default: // a wake-up is pending already
	}
}

func (l *lines) take() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.waiting
	l.waiting = nil
	for _, i := range all {
		l.flagged[i] = false
	}
	return all
}
