// Readers pull rows from the source that is wanted next, in virtual time.

package query

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadersWaitForTheSourceThatIsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		start := time.Now()
		tasks := []Task{
			source("slow", after(time.Second), rows(1), after(time.Second), rows(2)),
			source("fast", rows(3), rows(4)),
			source("bad", rows(5), after(3*time.Second), fail(errSyntax)),
		}
		summary := NewSummary(tasks)
		err := Pull(t.Context(), tasks, Options{Ended: summary.Ended}, func(d *Readers) error {
			for _, i := range []int{1, 0, 2, 0, 0, 1, 2, 2} {
				synctest.Wait() // all sources have sent what they can by now
				b, err := d.Next(i)
				if err != nil {
					return err
				}
				if b == nil {
					log = append(log, fmt.Sprintf("%s %s", time.Since(start), d.Outcome(i).State))
					continue
				}
				log = append(log, fmt.Sprintf("%s %s %d", time.Since(start), tasks[i].Source.Name(), b.Rows()))
				b.Release()
			}
			return nil
		})
		// The two batches of fast were joined while they waited.
		want := []string{"0s fast 7", "1s slow 1", "1s bad 5", "2s slow 2", "2s ok", "2s ok", "3s failed", "3s failed"}
		if err != nil || !slices.Equal(log, want) {
			t.Errorf("got %q (%v)", log, err)
		}
		if summary.Count(OK) != 2 || summary.Count(Failed) != 1 {
			t.Errorf("%v", summary.Outcomes)
		}
	})
}

func TestReadersThatAreLeftCancelWhatStillRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, stop := time.Now(), errors.New("stop")
		tasks := []Task{source("a", rows(1), after(time.Hour)), source("b", rows(2))}
		summary := NewSummary(tasks)
		err := Pull(t.Context(), tasks, Options{Ended: summary.Ended}, func(d *Readers) error {
			b, _ := d.Next(0)
			b.Release()
			time.Sleep(time.Second)
			return stop
		})
		if !errors.Is(err, stop) || time.Since(start) != time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		if o := summary.Outcomes; o[0].State != Canceled || !errors.Is(o[0].Err, ErrUnwanted) || o[1].State != OK {
			t.Errorf("%v", o)
		}
	})
}

func TestDrainWaitsForEveryEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		tasks := []Task{source("a", rows(1), after(time.Second), rows(1)), source("b", after(2*time.Second), fail(errSyntax))}
		err := Pull(t.Context(), tasks, Options{}, func(d *Readers) error {
			d.Drain()
			if d.Outcome(0).State != OK || d.Outcome(1).State != Failed {
				t.Errorf("%v, %v", d.Outcome(0), d.Outcome(1))
			}
			return nil
		})
		if err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestRowsThatWaitOnDiskComeInOrder(t *testing.T) {
	var steps []step
	for range 200 {
		steps = append(steps, rows(200))
	}
	budget := Options{Memory: 32 << 10, TempDir: t.TempDir()}
	n := 0
	err := Pull(t.Context(), []Task{source("late", after(50*time.Millisecond), rows(1)), source("much", steps...)}, budget, func(d *Readers) error {
		for _, i := range []int{0, 0, 1} {
			for {
				b, err := d.Next(i)
				if err != nil {
					return err
				}
				if b == nil {
					break
				}
				n += b.Rows()
				b.Release()
				if i == 0 {
					break
				}
			}
		}
		return nil
	})
	if err != nil || n != 40_001 {
		t.Errorf("%d rows (%v)", n, err)
	}
}
