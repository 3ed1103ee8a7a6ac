// A call of the engine under a watch.

package run

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAWatchGivesUpAfterTheGraceAndNotBefore(t *testing.T) {
	for _, c := range []struct {
		name  string
		call  func(ctx context.Context, w *engineWatch) error
		after time.Duration
		has   string
	}{
		{"the call ends after the interrupt", func(ctx context.Context, w *engineWatch) error {
			close(w.begun)
			<-ctx.Done()
			time.Sleep(time.Second - 1)
			return errors.New("heeded")
		}, 3*time.Second - 1, "heeded"},
		{"the call ignores the interrupt", func(_ context.Context, w *engineWatch) error {
			close(w.begun)
			time.Sleep(time.Hour)
			return w.answer()
		}, 3 * time.Second, "the reduce was stopped: late"},
		{"the call has answered, and the reader is slow", func(_ context.Context, w *engineWatch) error {
			close(w.begun)
			err := w.answer()
			time.Sleep(time.Minute)
			return errors.Join(err, w.answer(), errors.New("read"))
		}, time.Minute, "read"},
		{"the call has not begun: the sources have their own grace period", func(_ context.Context, w *engineWatch) error {
			time.Sleep(10 * time.Second)
			close(w.begun)
			return errors.New("gathered")
		}, 10 * time.Second, "gathered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				time.AfterFunc(2*time.Second, func() { cancel(errors.New("late")) })
				began := time.Now()
				w := newWatch(ceiling{}, "memory")
				err := w.run(ctx, cancel, func() error { return c.call(ctx, w) })
				if took := time.Since(began); took != c.after || err == nil || !strings.Contains(err.Error(), c.has) {
					t.Errorf("%v after %s", err, took)
				}
				time.Sleep(2 * time.Hour) // the abandoned goroutine ends in that time
				if w.stage.Load() == givenUp && w.answer() == nil {
					t.Error("an engine that was given up must not be used again")
				}
			})
		})
	}
}

func TestAWatchPassesAPanicOn(t *testing.T) {
	defer func() {
		if r, ok := recover().(string); !ok || !strings.HasPrefix(r, "boom") || !strings.Contains(r, "goroutine") {
			t.Errorf("it panics with %v", r)
		}
	}()
	w := newWatch(ceiling{}, "memory")
	_ = w.run(t.Context(), func(error) {}, func() error { panic("boom") })
}
