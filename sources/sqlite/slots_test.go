// The bound on databases at work at once, in virtual time, without a database.

package sqlite

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// occupy takes a slot for the duration and gives when it got it, after begun.
func occupy(ctx context.Context, t *testing.T, s *Slots, begun time.Time, hold time.Duration) <-chan time.Duration {
	got := make(chan time.Duration, 1)
	go func() {
		release, err := s.take(ctx)
		if err != nil {
			t.Error(err)
			return
		}
		got <- time.Since(begun)
		time.Sleep(hold)
		release()
	}()
	synctest.Wait() // so that they stand in line in this order
	return got
}

func TestSlots(t *testing.T) {
	ctx := context.Background()
	type run struct{ hold, starts time.Duration }
	const ms = time.Millisecond
	for _, test := range []struct {
		name      string
		fast, all int
		runs      []run
	}{
		{"quick runs take turns", 1, 1, []run{{30 * ms, 0}, {30 * ms, 30 * ms}, {30 * ms, 60 * ms}}},
		{"as many at once as there are slots", 2, 1, []run{{30 * ms, 0}, {40 * ms, 0}, {30 * ms, 30 * ms}, {0, 40 * ms}}},
		{"a slow run makes way after 100 ms", 1, 1, []run{{time.Hour, 0}, {30 * ms, 100 * ms}, {0, 130 * ms}}},
		{"two hung runs hold up nobody for long", 2, 2, []run{{time.Hour, 0}, {time.Hour, 0}, {50 * ms, 100 * ms}, {50 * ms, 100 * ms}, {0, 150 * ms}}},
		{"a run makes way later when the wider bound was full", 1, 1, []run{{250 * ms, 0}, {time.Hour, 100 * ms}, {0, 300 * ms}}},
		{"one run gets by at least", 0, 0, []run{{30 * ms, 0}, {30 * ms, 30 * ms}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, begun := NewSlots(test.fast, test.all), time.Now()
				var got []<-chan time.Duration
				for _, r := range test.runs {
					got = append(got, occupy(ctx, t, s, begun, r.hold))
				}
				for i, r := range test.runs {
					if starts := <-got[i]; starts != r.starts {
						t.Errorf("run %d starts at %v, want %v", i+1, starts, r.starts)
					}
				}
				time.Sleep(2 * time.Hour) // all have ended
				if len(s.fast) != 0 || len(s.all) != 0 {
					t.Errorf("%d fast and %d slow slots are still held", len(s.fast), len(s.all))
				}
			})
		})
	}
}

func TestWaitingForASlotEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, begun := NewSlots(1, 1), time.Now()
		for range 2 { // the second moves the first to the wider bound
			<-occupy(context.Background(), t, s, begun, time.Hour)
		}
		late := errors.New("timed out after 1s")
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, late)
		defer cancel()
		waiting := time.Now()
		if _, err := s.take(ctx); err != late { //nolint:errorlint // it must be the very error
			t.Errorf("take: %v, want the cause", err)
		}
		if took := time.Since(waiting); took != time.Second {
			t.Errorf("took %v, want 1s", took)
		}
		time.Sleep(2 * time.Hour) // all have ended
	})
}
