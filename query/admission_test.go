// How many sources run at the same time, and when each has its turn, in virtual time.

package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/driver"
)

// limited adds limits to a task.
func limited(a Task, limits ...*Limit) Task {
	a.Limits = limits
	return a
}

func TestSourcesOfOneLimitTakeTurnsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two := &Limit{What: "two", Most: 2}
		var tasks []Task
		for i := range 5 {
			tasks = append(tasks, limited(source(fmt.Sprint(i), after(time.Second), rows(1)), two))
		}
		got := gather(t.Context(), Options{Timeout: time.Minute}, append(tasks, source("free", after(time.Second), rows(1)))...)
		check(t, got["free"], OK, time.Second, 1)
		for i, turn := range []time.Duration{0, 0, 1, 1, 2} {
			s := got[fmt.Sprint(i)]
			check(t, s, OK, (turn+1)*time.Second, 1)
			if s.Waited != turn*time.Second {
				t.Errorf("source %d waited %s, want %s", i, s.Waited, turn*time.Second)
			}
		}
	})
}

func TestASourceThatGetsNoTurnIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &Limit{What: "at most 1 at once on db:1", Most: 1}
		hung := limited(source("hung", enter(driver.Query), cleanup(100*time.Millisecond)), one)
		late := limited(source("late", rows(1)), one)
		impatient := limited(source("impatient", rows(1)), one)
		impatient.Timeout = time.Second
		got := gather(t.Context(), Options{Timeout: 5 * time.Second}, hung, late, impatient)
		check(t, got["hung"], Timeout, 5*time.Second+100*time.Millisecond, 0)
		check(t, got["late"], Skipped, 5*time.Second, 0)
		check(t, got["impatient"], Skipped, time.Second, 0)
		for name, want := range map[string]string{
			"late":      "timed out after 5s: its turn had not come (at most 1 at once on db:1)",
			"impatient": "timed out after 1s (the source's own timeout): its turn had not come (at most 1 at once on db:1)",
		} {
			if o := got[name]; o.Err.Error() != want || o.Phase != driver.Waiting || o.Attempts != 0 {
				t.Errorf("%s: %v in %s, attempts %d", name, o.Err, o.Phase, o.Attempts)
			}
		}
	})
}

// The deadline that ends one source frees its turn, but no other source takes it. This
// also holds if the source ends before the waiting sources are given up.
func TestATurnThatComesWithTheDeadlineIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		one, over := &Limit{What: "one", Most: 1}, errors.New("over")
		var begun []int
		given := map[int]error{}
		line := newAdmission([]Task{limited(source("hung"), one), limited(source("late"), one)},
			func(i int, _ bool) { begun = append(begun, i) }, func(i int, err error) { given[i] = err })
		line.begin(ctx)
		line.mu.Lock() // so that no source is given up before the turn is free
		cancel(over)
		line.end(0)
		line.mu.Unlock()
		synctest.Wait()
		if !slices.Equal(begun, []int{0}) || len(given) != 1 || !errors.Is(given[1], over) {
			t.Errorf("%v began, %v were given up", begun, given)
		}
	})
}

func TestWaitingSourcesAreCanceledAtOnceWhenTheRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("interrupted")
		time.AfterFunc(time.Second, func() { cancel(gone) })
		one := &Limit{What: "one", Most: 1}
		got := gather(ctx, Options{}, limited(source("first", after(time.Hour)), one), limited(source("second", rows(1)), one))
		check(t, got["first"], Canceled, time.Second, 0)
		check(t, got["second"], Canceled, time.Second, 0)
		if !errors.Is(got["second"].Err, gone) {
			t.Error(got["second"].Err)
		}
	})
}

func TestWaitingIsNotConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &Limit{What: "one", Most: 1}
		var tasks []Task
		for i := range 4 {
			a := limited(source(fmt.Sprint(i), enter(driver.Connect), after(2*time.Second), enter(driver.Query), after(2*time.Second), rows(1)), one)
			a.ConnectTimeout = 3 * time.Second
			tasks = append(tasks, a)
		}
		for i, got := range gather(t.Context(), Options{Timeout: time.Minute}, tasks...) {
			if got.State != OK {
				t.Errorf("source %s: %v", i, got.Err)
			}
		}
	})
}

func TestTheOwnTimeoutCountsFromDispatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &Limit{What: "one", Most: 1}
		second := limited(source("second", after(9*time.Second), rows(1)), one)
		second.Timeout = 5 * time.Second
		got := gather(t.Context(), Options{Timeout: time.Minute}, limited(source("first", after(3*time.Second), rows(1)), one), second)
		check(t, got["second"], Timeout, 5*time.Second, 0)
	})
}

func TestAnOwnTimeoutCanCountFromTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &Limit{What: "one", Most: 1}
		var tasks []Task
		for i := range 3 {
			a := limited(source(fmt.Sprint(i), after(time.Duration(i+1)*time.Second), rows(1)), one)
			a.Timeout, a.OnTurn = 2500*time.Millisecond, true
			tasks = append(tasks, a)
		}
		got := gather(t.Context(), Options{Timeout: time.Minute}, tasks...)
		check(t, got["0"], OK, time.Second, 1)
		check(t, got["1"], OK, 3*time.Second, 1)
		check(t, got["2"], Timeout, 5500*time.Millisecond, 0)
	})
}

func TestSlowSourcesMakeWayForQuickOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		few := &Limit{What: "few", Most: 2, AtMost: 100 * time.Millisecond, Overflow: &Limit{What: "slow", Most: 3}}
		var tasks []Task
		for i := range 4 {
			tasks = append(tasks, limited(source(fmt.Sprint("slow", i), after(time.Hour), rows(1)), few))
		}
		for i := range 3 {
			tasks = append(tasks, limited(source(fmt.Sprint("quick", i), after(10*time.Millisecond), rows(1)), few))
		}
		got := gather(t.Context(), Options{Timeout: time.Minute}, tasks...)
		// Two slow sources have moved to the overflow limit at 0.1 s, and a third at 0.2
		// s.
		for i := range 3 {
			check(t, got[fmt.Sprint("quick", i)], OK, 200*time.Millisecond+time.Duration(i+1)*10*time.Millisecond, 1)
		}
	})
}

func TestAHungServerHoldsUpOnlyItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wide := &Limit{What: "wide", Most: 4, AtMost: 100 * time.Millisecond, Overflow: &Limit{What: "wide", Most: 100}}
		hung := &Limit{What: "hung", Most: 2}
		var tasks []Task
		for i := range 50 {
			tasks = append(tasks, limited(source(fmt.Sprint("hung", i), after(time.Hour), rows(1)), hung, wide))
		}
		for i := range 20 {
			tasks = append(tasks, limited(source(fmt.Sprint("well", i), after(time.Millisecond), rows(1)), wide))
		}
		got := gather(t.Context(), Options{Timeout: 10 * time.Second}, tasks...)
		for name, o := range got {
			switch {
			case strings.HasPrefix(name, "well") && (o.State != OK || o.at > 20*time.Millisecond):
				t.Errorf("%s: %s at %s", name, o.State, o.at)
			case strings.HasPrefix(name, "hung") && o.State == OK:
				t.Errorf("%s ended well", name)
			}
		}
	})
}

// A counter counts the sources that run now, for each limit, and the maximum.
type counter struct {
	mu   sync.Mutex
	now  map[*Limit]int
	most map[*Limit]int
}

func (c *counter) add(n int, limits []*Limit) step {
	return func(context.Context, *script) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, l := range limits {
			c.now[l] += n
			c.most[l] = max(c.most[l], c.now[l])
		}
		return nil
	}
}

func TestNoLimitIsExceededAndEverySourceHasATurn(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			var limits []*Limit
			for i := range rapid.IntRange(1, 4).Draw(r, "limits") {
				limits = append(limits, &Limit{What: fmt.Sprint(i), Most: rapid.IntRange(1, 4).Draw(r, "most")})
			}
			c := &counter{now: map[*Limit]int{}, most: map[*Limit]int{}}
			var tasks []Task
			for i := range rapid.IntRange(1, 20).Draw(r, "sources") {
				var own []*Limit
				for _, l := range limits {
					if rapid.Bool().Draw(r, "counts") {
						own = append(own, l)
					}
				}
				tasks = append(tasks, limited(source(fmt.Sprint(i), c.add(1, own),
					after(time.Duration(rapid.IntRange(0, 5).Draw(r, "takes"))*time.Second), c.add(-1, own), rows(1)), own...))
			}
			for _, got := range gather(t.Context(), Options{}, tasks...) {
				if got.State != OK {
					r.Errorf("%s: %v", got.Source, got.Err)
				}
			}
			for _, l := range limits {
				if c.most[l] > l.Most {
					r.Errorf("%d at once where %d may be", c.most[l], l.Most)
				}
			}
		})
	})
}

func TestLeavingEarlyStartsNoOtherSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &Limit{What: "one", Most: 1}
		var asked []string
		note := func(name string) Task {
			return limited(source(name, func(context.Context, *script) error { asked = append(asked, name); return nil }, after(time.Second), rows(1)), one)
		}
		for range Dispatch(t.Context(), []Task{note("a"), note("b"), note("c")}, Options{}) {
			break
		}
		if !slices.Equal(asked, []string{"a", "b"}) { // b began when a had ended
			t.Error(asked)
		}
	})
}
