// Rows taken from whichever source they are wanted of next, while all run.

package query

import (
	"context"

	"github.com/fanql/fanql/sources/row"
)

// Pull asks all sources at once as [Dispatch] does, and lets take have their rows
// as they come, batch by batch, from one source or another as it likes. Sources
// never wait for it: what it has not taken yet waits in memory and in temporary
// files. When it returns, what still runs is cancelled, and Pull returns its error
// when all have ended. Options.Sink is not used.
//
// The rows of a source that then does not end well have been taken all the same:
// take has to make sure that nothing of them is used.
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
			default: // it is known already
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

// Readers are the rows of sources that run. They are for the goroutine that was
// given them.
type Readers struct {
	queues []queue
	wake   []chan struct{} // rows of the source have come
	ended  <-chan *Arrival
	ends   []*Outcome // nil until the source has ended
	say    func(Outcome)
}

// Next returns the next rows of source i, and waits until they come; nil is its end,
// after which Outcome says how that was. An error is that of the temporary file
// that they waited in.
func (d *Readers) Next(i int) (*row.Batch, error) {
	for {
		over := d.ends[i] != nil // before the look: nothing comes after the end
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

// Outcome is how source i ended, once Next has given its end.
func (d *Readers) Outcome(i int) Outcome { return *d.ends[i] }

// Drain drops what all sources still give, and waits until they have ended.
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
