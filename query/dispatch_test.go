// Dispatch in virtual time: when each source ends, and how.

package query

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errSyntax = &driver.Error{Phase: driver.Query, Code: "42601", Err: errors.New("syntax error")}

// scripted is a source that runs its steps.
type scripted struct {
	name  string
	steps []step
}

type step func(ctx context.Context, s *script) error

type script struct {
	p      *driver.Progress
	emit   row.Emit
	answer driver.Answer
}

func (s scripted) Name() string { return s.name }

func (s scripted) Run(ctx context.Context, _ driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	sc := &script{p: p, emit: emit}
	for _, do := range s.steps {
		if err := do(ctx, sc); err != nil {
			return sc.answer, err
		}
	}
	return sc.answer, nil
}

func source(name string, steps ...step) Task { return Task{Source: scripted{name, steps}} }

func enter(p driver.Phase) step {
	return func(_ context.Context, s *script) error { s.p.Enter(p); return nil }
}

// after waits and returns when ctx ends, as a good driver does.
func after(d time.Duration) step {
	return func(ctx context.Context, _ *script) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// deaf waits and ignores ctx, like a driver that cannot be interrupted.
func deaf(d time.Duration) step {
	return func(context.Context, *script) error { time.Sleep(d); return nil }
}

// cleanup takes the duration d to cancel on the server, once ctx has ended.
func cleanup(d time.Duration) step {
	return func(ctx context.Context, s *script) error {
		<-ctx.Done()
		time.Sleep(d)
		s.answer.Cancel = driver.Confirmed
		return errors.New("invalid connection")
	}
}

func fail(err error) step { return func(context.Context, *script) error { return err } }

var testSchema = &row.Schema{Columns: []row.Column{{Name: "n", Type: row.Int}}}

func rows(n int) step {
	return func(_ context.Context, s *script) error {
		s.p.Enter(driver.Stream)
		b := row.NewBatch(testSchema)
		for i := range n {
			b.Int(int64(i))
			b.EndRow()
		}
		return s.emit(b)
	}
}

type seen struct {
	Outcome
	at   time.Duration
	rows int
}

// gather dispatches in virtual time and records when each source arrived.
func gather(ctx context.Context, o Options, tasks ...Task) map[string]seen {
	got := map[string]seen{}
	start := time.Now()
	for a := range Dispatch(ctx, tasks, o) {
		s := seen{Outcome: a.Outcome, at: time.Since(start)}
		if a.Rows != nil {
			_ = a.Rows.Each(func(b *row.Batch) error { s.rows += b.Rows(); b.Release(); return nil })
		}
		got[a.Outcome.Source] = s
	}
	return got
}

func check(t *testing.T, got seen, state State, at time.Duration, rows int) {
	t.Helper()
	if got.State != state || got.at != at || got.rows != rows {
		t.Errorf("%s: %s at %s with %d rows (%v), want %s at %s with %d", got.Source, got.State, got.at, got.rows, got.Err, state, at, rows)
	}
}

func TestAFastSourceArrivesWhileSlowOnesRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{Timeout: time.Minute},
			source("slow", after(9*time.Second), rows(2)),
			source("fast", after(10*time.Millisecond), rows(1)),
			source("empty", after(time.Second), rows(0)))
		check(t, got["fast"], OK, 10*time.Millisecond, 1)
		check(t, got["empty"], OK, time.Second, 0)
		check(t, got["slow"], OK, 9*time.Second, 2)
	})
}

func TestTheWallTimeIsTheSlowestNotTheSum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tasks []Task
		for i := range 100 {
			tasks = append(tasks, source(strings.Repeat("x", i+1), after(2*time.Second), rows(1)))
		}
		for name, s := range gather(t.Context(), Options{}, tasks...) {
			if s.at != 2*time.Second || s.State != OK {
				t.Fatalf("%s came at %s", name, s.at)
			}
		}
	})
}

func TestAFailingSourceCancelsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{Timeout: time.Minute},
			source("bad", after(time.Second), fail(errSyntax)),
			source("good", after(3*time.Second), rows(5)))
		check(t, got["bad"], Failed, time.Second, 0)
		check(t, got["good"], OK, 3*time.Second, 5)
		if o := got["bad"].Outcome; o.Code() != "42601" || o.Phase != driver.Query {
			t.Errorf("code %q in phase %s, want 42601 in query", o.Code(), o.Phase)
		}
	})
}

func TestTheDeadlineEndsRunningSourcesAndKeepsArrivedOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{Timeout: 2 * time.Second},
			source("in time", after(1999*time.Millisecond), rows(3)),
			source("late", rows(7), after(3*time.Second)))
		check(t, got["in time"], OK, 1999*time.Millisecond, 3)
		check(t, got["late"], Timeout, 2*time.Second, 0)
		o := got["late"].Outcome
		if o.Discarded != 7 || o.Rows != 0 || o.Phase != driver.Stream {
			t.Errorf("%d discarded, %d rows, in %s; want 7, 0, stream", o.Discarded, o.Rows, o.Phase)
		}
		if o.Err.Error() != "timed out after 2s" {
			t.Errorf("reason %q", o.Err)
		}
	})
}

func TestASourcesOwnTimeoutEndsOnlyIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := source("own", after(time.Hour))
		own.Timeout = time.Second
		capped := source("capped", after(time.Hour))
		capped.Timeout = time.Hour
		got := gather(t.Context(), Options{Timeout: 5 * time.Second}, own, capped, source("other", after(4*time.Second), rows(1)))
		check(t, got["own"], Timeout, time.Second, 0)
		check(t, got["other"], OK, 4*time.Second, 1)
		check(t, got["capped"], Timeout, 5*time.Second, 0)
		if r := got["own"].Err.Error(); r != "timed out after 1s (the source's own timeout)" {
			t.Errorf("reason %q", r)
		}
		if r := got["capped"].Err.Error(); r != "timed out after 5s" {
			t.Errorf("reason %q", r)
		}
	})
}

func TestTheConnectTimeoutEndsWithConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := source("dead", enter(driver.Connect), after(time.Hour))
		slow := source("slow", enter(driver.Auth), after(4*time.Second), enter(driver.Query), after(10*time.Second), rows(1))
		dead.ConnectTimeout, slow.ConnectTimeout = 5*time.Second, 5*time.Second
		got := gather(t.Context(), Options{Timeout: time.Minute}, dead, slow)
		check(t, got["dead"], Timeout, 5*time.Second, 0)
		check(t, got["slow"], OK, 14*time.Second, 1)
		if o := got["dead"].Outcome; o.Phase != driver.Connect || o.Err.Error() != "timed out after 5s (connect timeout)" {
			t.Errorf("phase %s, reason %q", o.Phase, o.Err)
		}
		if asked := got["slow"].Asked; asked != 4*time.Second {
			t.Errorf("executed at %s, want 4s", asked)
		}
	})
}

func TestADriverThatIgnoresItsContextIsAbandonedAfterTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{Timeout: 2 * time.Second, Grace: 300 * time.Millisecond},
			source("stuck", enter(driver.Query), deaf(time.Hour), rows(1)),
			source("good", after(time.Second), rows(1)))
		check(t, got["good"], OK, time.Second, 1)
		check(t, got["stuck"], Timeout, 2300*time.Millisecond, 0)
		if o := got["stuck"].Outcome; !o.Abandoned || o.Cancel != driver.Unknown || o.Phase != driver.Query {
			t.Errorf("abandoned %v, cancel %q, phase %s", o.Abandoned, o.Cancel, o.Phase)
		}
		time.Sleep(time.Hour) // its late rows are not used and do no harm
	})
}

func TestOneGraceRunsForAllSourcesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tasks []Task
		for _, name := range []string{"a", "b", "c", "d"} {
			tasks = append(tasks, source(name, cleanup(200*time.Millisecond)))
		}
		for _, s := range gather(t.Context(), Options{Timeout: time.Second, Grace: 300 * time.Millisecond}, tasks...) {
			check(t, s, Timeout, 1200*time.Millisecond, 0)
			if s.Cancel != driver.Confirmed || s.Abandoned {
				t.Errorf("%s: cancel %q, abandoned %v", s.Source, s.Cancel, s.Abandoned)
			}
		}
	})
}

func TestTheReasonIsTheDispatchsWhateverTheDriverReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(interrupted) })
		got := gather(ctx, Options{Timeout: time.Minute}, source("a", cleanup(0)), source("quick", rows(2)))
		check(t, got["quick"], OK, 0, 2)
		check(t, got["a"], Canceled, time.Second, 0)
		if !errors.Is(got["a"].Err, interrupted) {
			t.Errorf("reason %v", got["a"].Err)
		}
	})
}

// A tie is an error that cancels the run as soon as it is inspected.
type tie struct{ cancel context.CancelFunc }

func (tie) Error() string { return "the server's own limit" }
func (e tie) As(any) bool { e.cancel(); return false }

func TestAnErrorJustBeforeTheEndIsTheSourcesOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		got := gather(ctx, Options{}, source("a", enter(driver.Query), fail(tie{cancel})))["a"]
		check(t, got, Failed, 0, 0)
		if got.Err.Error() != "the server's own limit" || got.Phase != driver.Query {
			t.Errorf("reason %q in %s", got.Err, got.Phase)
		}
	})
}

func TestWhatEndsWellAfterTheDeadlineIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{Timeout: time.Second},
			source("a killed query may look complete", rows(1), deaf(1100*time.Millisecond)))
		for _, s := range got {
			check(t, s, Timeout, 1100*time.Millisecond, 0)
			if s.Discarded != 1 {
				t.Errorf("%d discarded, want 1", s.Discarded)
			}
		}
	})
}

// A killed query may still send rows, and a driver may hand them over.
func TestRowsThatComeAfterTheDeadlineAreNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []time.Duration
		start := time.Now()
		sink := func(int) row.Emit {
			return func(b *row.Batch) error { b.Release(); taken = append(taken, time.Since(start)); return nil }
		}
		var said error
		late := func(ctx context.Context, s *script) error {
			said = rows(5)(ctx, s)
			return nil // a driver that ignores emit's error
		}
		got := gather(t.Context(), Options{Timeout: time.Second, Sink: sink},
			source("late", rows(1), deaf(1100*time.Millisecond), late))["late"]
		check(t, got, Timeout, 1100*time.Millisecond, 0)
		if got.Discarded != 1 || !slices.Equal(taken, []time.Duration{0}) {
			t.Errorf("%d rows count as received, batches were taken at %v; want those before the deadline", got.Discarded, taken)
		}
		if _, ok := errors.AsType[*TimeoutError](said); !ok {
			t.Errorf("emit returned %v to the driver", said)
		}
	})
}

func TestADriverThatGivesNoRowSetHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{}, source("a"))
		if !errors.Is(got["a"].Err, ErrNoRowSet) || got["a"].State != Failed {
			t.Errorf("%s: %v", got["a"].State, got["a"].Err)
		}
	})
}

func TestADriversPanicIsItsOwnFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{},
			source("bad", func(context.Context, *script) error { panic("boom") }), source("good", rows(1)))
		check(t, got["good"], OK, 0, 1)
		check(t, got["bad"], Failed, 0, 0)
	})
}

func TestAReaderThatIsSlowHoldsUpNoSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := []Task{source("first", rows(1)), source("second", after(time.Second), rows(1))}
		var totals []time.Duration
		for a := range Dispatch(t.Context(), tasks, Options{Timeout: 2 * time.Second}) {
			time.Sleep(time.Minute) // as a pager may delay the reading
			a.Rows.Discard()
			totals = append(totals, a.Outcome.Total)
		}
		if !slices.Equal(totals, []time.Duration{0, time.Second}) {
			t.Errorf("ended at %v, want 0s and 1s", totals)
		}
	})
}

func TestLeavingTheRangeCancelsTheRestAndStillRecordsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := []Task{source("first", rows(1)), source("rest", cleanup(100*time.Millisecond))}
		summary := NewSummary(tasks)
		start := time.Now()
		for a := range Dispatch(t.Context(), tasks, Options{Ended: summary.Ended}) {
			a.Rows.Discard()
			break
		}
		if d := time.Since(start); d != 100*time.Millisecond {
			t.Errorf("left after %s, want 100ms", d)
		}
		if o := summary.Outcomes[1]; o.State != Canceled || !errors.Is(o.Err, ErrUnwanted) {
			t.Errorf("rest: %s, %v", o.State, o.Err)
		}
	})
}

func TestASourceLargerThanMemoryArrivesWhole(t *testing.T) {
	large := func(_ context.Context, s *script) error {
		for range 100 {
			b := row.NewBatch(testSchema)
			b.Text(make([]byte, row.MaxBytes))
			b.EndRow()
			if err := s.emit(b); err != nil {
				return err
			}
		}
		return nil
	}
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{Memory: 4 << 20, TempDir: t.TempDir()},
			source("large", large), source("small", after(time.Second), rows(100)))
		check(t, got["small"], OK, time.Second, 100)
		check(t, got["large"], OK, 0, 100)
	})
	synctest.Test(t, func(t *testing.T) {
		got := gather(t.Context(), Options{Memory: 4 << 20, TempDir: "/nowhere"},
			source("large", large), source("small", after(time.Second), rows(100)))
		check(t, got["small"], OK, time.Second, 100)
		if _, ok := errors.AsType[*SpillError](got["large"].Err); !ok || got["large"].State != Failed {
			t.Errorf("large: %s, %v", got["large"].State, got["large"].Err)
		}
	})
}

func TestSinksRunOnTheSourcesGoroutineOrOnASecondOne(t *testing.T) {
	full, boom := errors.New("no space left"), func(context.Context, *script) error { panic("boom") }
	for _, c := range []struct{ piped, local, concurrent bool }{{piped: false, local: true}, {piped: true, local: false}, {true, true, true}} {
		synctest.Test(t, func(t *testing.T) {
			var taken [5][]int
			sink := func(i int) row.Emit {
				return func(b *row.Batch) error {
					taken[i] = append(taken[i], b.Rows())
					b.Release()
					if i == 2 {
						return full
					}
					time.Sleep(time.Second)
					return nil
				}
			}
			tasks := []Task{
				source("a", rows(1), rows(2), rows(3), rows(4), rows(5), rows(6), rows(7)), source("b", rows(4)),
				source("c", rows(1), after(time.Second), rows(2)), source("d", rows(1), boom),
				source("e", rows(1), after(time.Second), rows(2)),
			}
			for i := range tasks {
				tasks[i].Local = c.local
			}
			got := gather(t.Context(), Options{Sink: sink, PipeSink: c.piped}, tasks...)
			if !slices.Equal(taken[0], []int{1, 2, 3, 4, 5, 6, 7}) || !slices.Equal(taken[1], []int{4}) || got["a"].Rows != 28 || got["b"].Rows != 4 {
				t.Errorf("%+v: taken %v", c, taken)
			}
			if end := got["c"]; end.State != Failed || !errors.Is(end.Err, full) || len(taken[2]) != 1 {
				t.Errorf("%+v: a sink that fails: %s, %v, taken %v", c, end.State, end.Err, taken[2])
			}
			if d := got["d"]; d.State != Failed || d.Err.Error() != "a fault of fanql: please report it at https://github.com/fanql/fanql/issues: the driver panicked: boom" {
				t.Errorf("%+v: a driver that panics: %s, %v", c, d.State, d.Err)
			}
			// With concurrent set, the sink takes rows while the source waits for the
			// next ones.
			if want := map[bool]time.Duration{false: 3 * time.Second, true: 2 * time.Second}[c.concurrent]; got["e"].Total != want {
				t.Errorf("%+v: e took %v, want %v", c, got["e"].Total, want)
			}
			if got["a"].Total != 7*time.Second {
				t.Errorf("%+v: a took %v", c, got["a"].Total)
			}
		})
	}
}
