// Retries in virtual time: when, how often, and when never.

package query

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// turns is a source that runs another script at each attempt.
type turns struct {
	name  string
	steps [][]step
	begun int
	times []time.Duration
	start time.Time
}

func (s *turns) Name() string { return s.name }

func (s *turns) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	s.times = append(s.times, time.Since(s.start))
	n := min(s.begun, len(s.steps)-1)
	s.begun++
	return scripted{s.name, s.steps[n]}.Run(ctx, q, p, emit)
}

func TestRetries(t *testing.T) {
	drop := func(int) row.Emit { return func(b *row.Batch) error { b.Release(); return nil } }
	refused := refusal()
	broken := fail(&driver.Error{Phase: driver.Stream, Retry: driver.Once, Err: errors.New("connection reset")})
	for name, c := range map[string]struct {
		steps     [][]step
		options   Options
		connect   time.Duration
		state     State
		attempts  int
		rows      int
		discarded int64
		reason    string
		first     string // why the first of several attempts failed
	}{
		"a server that refuses once":                           {steps: [][]step{{refused}, {rows(3)}}, state: OK, attempts: 2, rows: 3, first: "connection refused"},
		"a server that keeps refusing is tried three times":    {steps: [][]step{{refused}}, state: Failed, attempts: 3, reason: "connection refused", first: "connection refused"},
		"a connection that breaks midway is retried once":      {steps: [][]step{{rows(5), broken}, {rows(9)}}, state: OK, attempts: 2, rows: 9, discarded: 5, first: "connection reset"},
		"a broken connection is not retried twice":             {steps: [][]step{{rows(5), broken}}, state: Failed, attempts: 2, discarded: 10, reason: "connection reset", first: "connection reset"},
		"a source is not retried if a sink has its rows":       {steps: [][]step{{rows(5), broken}, {rows(9)}}, options: Options{Sink: drop}, state: Failed, attempts: 1, discarded: 5, reason: "connection reset"},
		"a source is retried if the sink can discard its rows": {steps: [][]step{{rows(5), broken}, {rows(9)}}, options: Options{Sink: drop, Revocable: true}, state: OK, attempts: 2, discarded: 5, first: "connection reset"},
		"a permanent error is not retried":                     {steps: [][]step{{fail(errSyntax)}}, state: Failed, attempts: 1, reason: "syntax error"},
		"the deadline ends the pauses":                         {steps: [][]step{{after(45 * time.Millisecond), refused}}, options: Options{Timeout: 50 * time.Millisecond}, state: Failed, attempts: 1, reason: "connection refused"},
		"the deadline ends a later attempt":                    {steps: [][]step{{refused}, {after(time.Hour)}}, options: Options{Timeout: 2 * time.Second}, state: Timeout, attempts: 2, reason: "timed out after 2s", first: "connection refused"},
		"each attempt has the whole connect timeout":           {steps: [][]step{{after(900 * time.Millisecond), refused}, {after(900 * time.Millisecond), enter(driver.Query), rows(1)}}, connect: time.Second, state: OK, attempts: 2, rows: 1, first: "connection refused"},
		"the connect timeout is not retried":                   {steps: [][]step{{after(time.Hour)}}, connect: time.Second, state: Timeout, attempts: 1, reason: "timed out after 1s (connect timeout)"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &turns{name: "a", steps: c.steps, start: time.Now()}
				got := gather(t.Context(), c.options, Task{Source: s, ConnectTimeout: c.connect})["a"]
				if got.State != c.state || got.Attempts != c.attempts || got.rows != c.rows || got.Discarded != c.discarded {
					t.Errorf("%s after %d attempts, %d rows, %d discarded: %v", got.State, got.Attempts, got.rows, got.Discarded, got.Err)
				}
				if c.reason != "" && got.Err.Error() != c.reason {
					t.Errorf("reason %q, want %q", got.Err, c.reason)
				}
				first := ""
				if got.FirstErr != nil {
					first = got.FirstErr.Error()
				}
				if want := map[bool]string{true: c.first}[c.attempts > 1]; first != want {
					t.Errorf("the first attempt failed for %q, want %q", first, want)
				}
				for i, from := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond} {
					if c.attempts == 3 && (s.times[i+1]-s.times[i] < from || s.times[i+1]-s.times[i] >= 3*from) {
						t.Errorf("attempts at %v: pause %d is not %s to %s", s.times, i+1, from, 3*from)
					}
				}
			})
		})
	}
}

func TestNothingIsRetriedOnceASinkHasItsRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := fail(&driver.Error{Phase: driver.Stream, Retry: driver.Once, Err: errors.New("connection reset")})
		s := &turns{name: "a", steps: [][]step{{rows(5), broken}, {rows(9)}}, start: time.Now()}
		taken := 0
		sink := func(int) row.Emit {
			return func(b *row.Batch) error { taken += b.Rows(); b.Release(); return nil }
		}
		got := gather(t.Context(), Options{Sink: sink}, Task{Source: s})["a"]
		if got.State != Failed || got.Attempts != 1 || taken != 5 {
			t.Errorf("%s after %d attempts, %d rows taken", got.State, got.Attempts, taken)
		}
	})
}
