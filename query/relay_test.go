// Rows are read from a relay while they arrive, and once more if they are needed again.

package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// relaying dispatches tasks into a relay, and calls read on another goroutine.
func relaying(t *testing.T, budget *Budget, tasks []Task, read func(*Relay) error) ([]Outcome, error) {
	t.Helper()
	r := NewRelay(budget, len(tasks))
	defer r.Close()
	summary := NewSummary(tasks)
	err := Parallel(2, func(part int) error {
		if part == 1 {
			return read(r)
		}
		for a := range Dispatch(t.Context(), tasks, Options{Sink: r.Sink, Revocable: true, Ended: summary.Ended}) {
			r.End(a.Outcome)
		}
		return nil
	})
	return summary.Outcomes, err
}

func TestARelayIsReadWhileRowsArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		tasks := []Task{
			source("slow", after(time.Second), rows(1), after(time.Second), rows(2), after(time.Second)),
			source("fast", rows(3), rows(4)),
		}
		var log []string
		_, err := relaying(t, NewBudget(0, 2, ""), tasks, func(r *Relay) error {
			if err := r.Wait(t.Context(), 1); err != nil {
				return err
			}
			log = append(log, fmt.Sprint("shown ", time.Since(start)))
			for range 2 { // it can be read as often as wanted
				for i := range tasks {
					err := r.Each(t.Context(), i, func(b *row.Batch) error {
						defer b.Release()
						log = append(log, fmt.Sprintf("%d: %d %s", i, b.Rows(), time.Since(start)))
						return nil
					})
					if err != nil {
						return err
					}
				}
			}
			ended, well := r.Ended()
			log = append(log, fmt.Sprint(ended, well, time.Since(start)))
			return nil
		})
		want := []string{
			"shown 1s", "0: 1 1s", "0: 2 2s", "1: 3 3s", "1: 4 3s",
			"0: 1 3s", "0: 2 3s", "1: 3 3s", "1: 4 3s", "true true 3s",
		}
		if err != nil || !slices.Equal(log, want) {
			t.Errorf("got %q (%v)", log, err)
		}
	})
}

// Rows that exceed the memory are in a file, and are read while others are written there.
func TestARelayReadsRowsFromItsFile(t *testing.T) {
	batches := numbered(5000, func() int { return 100 })
	budget := NewBudget(20_000, 1, t.TempDir())
	tasks := []Task{source("a", func(_ context.Context, s *script) error {
		s.p.Enter(driver.Stream)
		for _, b := range batches {
			if err := s.emit(b); err != nil {
				return err
			}
		}
		return nil
	})}
	_, err := relaying(t, budget, tasks, func(r *Relay) error {
		for range 2 {
			to := budget.File()
			if err := r.Each(t.Context(), 0, to.Add); err != nil {
				return err
			}
			if err := to.Seal(t.Context()); err != nil {
				return err
			}
			drain(t, to, 5000)
		}
		if !r.sources[0].stage.OnDisk() {
			t.Error("nothing is in the file")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestARelayTellsOfASourceThatIsQueriedOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := fail(&driver.Error{Phase: driver.Stream, Retry: driver.Once, Err: errors.New("connection reset")})
		tasks := []Task{
			{Source: &turns{name: "a", steps: [][]step{{rows(1), after(time.Second), broken}, {rows(2), rows(3)}}}},
			{Source: &turns{name: "b", steps: [][]step{{rows(4), broken}, {after(time.Second), rows(5)}}}},
		}
		outcomes, err := relaying(t, NewBudget(0, 2, ""), tasks, func(r *Relay) error {
			n := 0
			count := func(b *row.Batch) error {
				n += b.Rows()
				b.Release()
				return nil
			}
			if err := r.Each(t.Context(), 0, count); !errors.Is(err, ErrRestarted) || n != 1 {
				t.Errorf("%d rows of a void attempt: %v", n, err)
			}
			for i, want := range []int{5, 5} { // no rows of the second source had been read
				n = 0
				if err := r.Each(t.Context(), i, count); err != nil || n != want {
					t.Errorf("%d: %d rows, %v", i, n, err)
				}
			}
			return nil
		})
		if err != nil || outcomes[0].State != OK || outcomes[1].State != OK {
			t.Errorf("%v %v", outcomes, err)
		}
	})
}

func TestARelayGivesNoRowsOfASourceThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := &row.Schema{Columns: []row.Column{{Name: "n", Type: row.Text}}}
		tasks := []Task{
			source("bad", rows(1), after(time.Second), fail(errSyntax)),
			source("bent", rows(1), func(_ context.Context, s *script) error { return s.emit(row.NewBatch(other)) }),
			source("good", rows(1)),
		}
		outcomes, err := relaying(t, NewBudget(0, 3, ""), tasks, func(r *Relay) error {
			for i, want := range []error{ErrNotWell, ErrNotWell, nil} {
				if err := r.Each(t.Context(), i, func(b *row.Batch) error { b.Release(); return nil }); !errors.Is(err, want) {
					t.Errorf("%d: %v", i, err)
				}
			}
			if ended, well := r.Ended(); !ended || well {
				t.Errorf("ended %v, well %v", ended, well)
			}
			stop := errors.New("stop")
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(stop)
			if err := NewRelay(NewBudget(0, 1, ""), 1).Wait(ctx, 1); !errors.Is(err, stop) {
				t.Errorf("a wait whose context has ended: %v", err)
			}
			return nil
		})
		if err != nil || outcomes[0].State != Failed || !errors.Is(outcomes[1].Err, errOtherColumns) || outcomes[2].State != OK {
			t.Errorf("%v %v", outcomes, err)
		}
	})
}
