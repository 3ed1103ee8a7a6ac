// Rows from any of the sources, in any order, while all of them run.

package query

import (
	"context"

	"github.com/fanql/fanql/sources/row"
)

// Pull queries all sources at once as [Dispatch] does, and calls take. Take reads their
// rows as they arrive, batch by batch, from any source in any order. Sources never wait for
// take: rows that it has not read wait in memory and in temporary files. When take returns,
// Pull cancels the sources that still run, waits until all have ended, and returns take's
// error. Options.Sink is not used.
//
// Rows of a source that does not end well may have been read before: take must ensure
// that they are not used.
func Pull(ctx context.Context, tasks []Task, o Options, take func(*Readers) error) error {
	budget := NewBudget(o.Memory, len(tasks), o.TempDir)
	d := &Readers{queues: make([]queue, len(tasks)), wake: make([]chan struct{}, len(tasks)), ends: make([]*Outcome, len(tasks))}
	for i := range tasks {
		d.queues[i].budget = budget
		d.wake[i] = make(chan struct{}, 1)
	}
	o.Sink = func(i int) row.Emit {
		return func(b *row.Batch) error {
			err := d.queues[i].put(b)
			select {
			case d.wake[i] <- struct{}{}:
			default: // a wake-up is pending already
			}
			return err
		}
	}
	run, ended, cancel := begin(ctx, tasks, o)
	d.ended, d.say = ended, run.Ended
	err := take(d)
	cancel(ErrUnwanted)
	for i := range tasks {
		for d.ends[i] == nil {
			d.end(<-d.ended)
		}
		d.queues[i].drop()
	}
	return err
}

// Readers read the rows of running sources. Only the goroutine that runs take may use them.
type Readers struct {
	queues []queue
	wake   []chan struct{} // one channel per source: its rows have arrived
	ended  <-chan *Arrival
	ends   []*Outcome // nil until the source has ended
	say    func(Outcome)
}

// Next returns the next rows of source i, and waits until they arrive. The caller owns the
// batch. A nil batch is the source's end, after which Outcome returns how it ended. An
// error is one of the temporary file in which the rows waited.
func (d *Readers) Next(i int) (*row.Batch, error) {
	for {
		over := d.ends[i] != nil // read before the queue, since no rows follow the end
		if b, err := d.queues[i].take(); b != nil || err != nil || over {
			return b, err
		}
		select {
		case <-d.wake[i]:
		case a := <-d.ended:
			d.end(a)
		}
	}
}

// Outcome returns how source i ended, once Next has returned its end.
func (d *Readers) Outcome(i int) Outcome { return *d.ends[i] }

// Drain drops all further rows of all sources, and waits until they have ended.
func (d *Readers) Drain() {
	for i := range d.queues {
		for {
			b, err := d.Next(i)
			if err != nil {
				d.queues[i].drop()
				continue
			}
			if b == nil {
				break
			}
			b.Release()
		}
	}
}

func (d *Readers) end(a *Arrival) {
	d.ends[a.Outcome.Index] = &a.Outcome
	if d.say != nil {
		d.say(a.Outcome)
	}
}
