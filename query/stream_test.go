// Streams in virtual time: rows as they arrive, and each source's end after its rows.

package query

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// collectStream ranges over a stream and records what came when.
func collectStream(t *testing.T, o Options, tasks ...Task) (log []string, ends map[string]Outcome) {
	t.Helper()
	start := time.Now()
	ends = map[string]Outcome{}
	for p := range Stream(t.Context(), tasks, o) {
		if p.Batch == nil {
			log = append(log, fmt.Sprintf("%s %s: %s", time.Since(start), p.Source, p.Outcome.State))
			ends[p.Source] = p.Outcome
			continue
		}
		log = append(log, fmt.Sprintf("%s %s: %d", time.Since(start), p.Source, p.Batch.Rows()))
		p.Batch.Release()
	}
	return log, ends
}

func TestAStreamGivesRowsAsTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, ends := collectStream(t, Options{Timeout: 5 * time.Second},
			source("a", rows(1), after(2*time.Second), rows(2), after(time.Second)),
			source("b", after(time.Second), rows(3), after(3*time.Second), fail(errSyntax)),
			source("late", after(1500*time.Millisecond), rows(4), after(time.Hour)))
		want := []string{"0s a: 1", "1s b: 3", "1.5s late: 4", "2s a: 2", "3s a: ok", "4s b: failed", "5s late: timeout"}
		if !slices.Equal(log, want) {
			t.Errorf("got %q", log)
		}
		if o := ends["b"]; o.Rows != 3 || o.Discarded != 0 {
			t.Errorf("b: %d rows, %d discarded; its rows are out", o.Rows, o.Discarded)
		}
	})
}

func TestASourceThatStallsIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, ends := collectStream(t, Options{Timeout: time.Minute, Stall: time.Second},
			source("steady", enter(driver.Query), after(900*time.Millisecond), rows(1), after(900*time.Millisecond), rows(1), after(900*time.Millisecond)),
			source("stalls", enter(driver.Query), rows(1), after(900*time.Millisecond), rows(1), after(time.Hour)),
			source("connecting does not count", after(3*time.Second), enter(driver.Query), rows(1)))
		want := []string{
			"0s stalls: 1", "900ms stalls: 1", "900ms steady: 1", "1.8s steady: 1", "1.9s stalls: timeout", "2.7s steady: ok",
			"3s connecting does not count: 1", "3s connecting does not count: ok",
		}
		slices.Sort(want)
		slices.Sort(log)
		if !slices.Equal(log, want) {
			t.Errorf("got %q", log)
		}
		if r := ends["stalls"].Err.Error(); r != "timed out after 1s (no data)" {
			t.Errorf("reason %q", r)
		}
	})
}

// The time that the sink spends on rows does not count as a stall of the source.
func TestASourceWhoseRowsAreTakenSlowlyDoesNotStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(int) row.Emit {
			return func(b *row.Batch) error { b.Release(); time.Sleep(5 * time.Second); return nil }
		}
		got := gather(t.Context(), Options{Timeout: time.Minute, Stall: time.Second, Sink: slow},
			source("steady", enter(driver.Query), rows(1), after(900*time.Millisecond), rows(1)),
			source("stalls", enter(driver.Query), rows(1), after(time.Hour)))
		check(t, got["steady"], OK, 10900*time.Millisecond, 0)
		check(t, got["stalls"], Timeout, 6*time.Second, 0)
	})
}

func TestASlowReaderSlowsNoSourceAndGetsEveryRowInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []step
		for range 100 {
			steps = append(steps, rows(200))
		}
		ends, next, n := time.Duration(0), 0, 0
		for p := range Stream(t.Context(), []Task{source("a", steps...)}, Options{Memory: 64 << 10, TempDir: t.TempDir(), Timeout: time.Second}) {
			if p.Batch == nil {
				ends = p.Outcome.Total
				continue
			}
			for r := range p.Batch.Rows() {
				if int(p.Batch.Row(r)[0].Bits) != next {
					t.Fatalf("row %d is %d", n, p.Batch.Row(r)[0].Bits)
				}
				next, n = (next+1)%200, n+1
			}
			p.Batch.Release()
			time.Sleep(time.Minute) // far past the deadline, which only applies to the source
		}
		if ends != 0 || n != 100*200 {
			t.Errorf("the source ended at %s with %d rows", ends, n)
		}
	})
}

func TestLeavingAStreamCancelsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := []Task{source("a", rows(1), after(time.Hour)), source("b", cleanup(100*time.Millisecond))}
		summary := NewSummary(tasks)
		start := time.Now()
		for p := range Stream(t.Context(), tasks, Options{Ended: summary.Ended}) {
			p.Batch.Release()
			break
		}
		if d := time.Since(start); d != 100*time.Millisecond || summary.Count(Canceled) != 2 {
			t.Errorf("left after %s: %+v", d, summary.Outcomes)
		}
	})
}

func TestAQueueKeepsOrderWhateverWaits(t *testing.T) {
	q := &queue{budget: NewBudget(4<<10, 1, t.TempDir())}
	defer q.drop()
	put, got := 0, 0
	take := func() bool {
		b, err := q.take()
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			return false
		}
		for r := range b.Rows() { // batches that waited in the queue arrive as one
			if int(b.Row(r)[0].Bits) != got {
				t.Fatalf("took %d, want %d", b.Row(r)[0].Bits, got)
			}
			got++
		}
		b.Release()
		return true
	}
	spilled := false
	for put < 5000 {
		for range rand.IntN(100) {
			b := row.NewBatch(testSchema)
			b.Int(int64(put))
			b.EndRow()
			if err := q.put(b); err != nil {
				t.Fatal(err)
			}
			put++
			spilled = spilled || q.waiting > 0
		}
		for range rand.IntN(3) {
			take()
		}
	}
	for take() {
	}
	if put != got || !spilled || q.budget.borrowed.Load() != 0 {
		t.Errorf("%d put, %d taken, in a file once: %v, still charged: %d", put, got, spilled, q.budget.borrowed.Load())
	}
}

func TestAQueueWhoseFileFailsEndsItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []step
		for range 100 {
			steps = append(steps, rows(200))
		}
		for p := range Stream(t.Context(), []Task{source("a", steps...)}, Options{Memory: 8 << 10, TempDir: "/nowhere"}) {
			if p.Batch != nil {
				p.Batch.Release()
				continue
			}
			if _, ok := errors.AsType[*SpillError](p.Outcome.Err); !ok || p.Outcome.State != Failed {
				t.Errorf("%s: %v", p.Outcome.State, p.Outcome.Err)
			}
		}
	})
}
