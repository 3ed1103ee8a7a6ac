// How many handshakes run at the same time, in virtual time.

package query

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// cores are processors: a handshake's work waits until one is free.
type cores struct {
	free    chan struct{}
	mu      sync.Mutex
	now     int // handshakes that run
	most    int
	working int // handshakes that use a core or wait for one
}

func newCores(n int) *cores { return &cores{free: make(chan struct{}, n)} }

// handshake returns a step with round trips of a fixed duration, and work after each of
// them.
func (c *cores) handshake(trips int, trip, work time.Duration) step {
	return func(ctx context.Context, s *script) error {
		c.count(1)
		defer c.count(-1)
		for range trips {
			if err := after(trip)(ctx, s); err != nil {
				return err
			}
			c.work(work)
		}
		s.p.Enter(driver.Query)
		return nil
	}
}

// work occupies a core for a time.
func (c *cores) work(d time.Duration) {
	add := func(n int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.working += n
	}
	add(1)
	defer add(-1)
	c.free <- struct{}{}
	time.Sleep(d)
	<-c.free
}

// idle reports whether no handshake has work.
func (c *cores) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.working == 0
}

func (c *cores) count(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += n
	c.most = max(c.most, c.now)
}

// reach runs sources, each of which takes 200 ms after its handshake.
func (c *cores) reach(ctx context.Context, handshakes ...step) (map[string]seen, time.Duration) {
	few := &Limit{What: "few", Most: 64, Until: driver.Query, AtMost: 50 * time.Millisecond, Idle: c.idle}
	var tasks []Task
	for i, h := range handshakes {
		tasks = append(tasks, limited(source(fmt.Sprint(i), h, after(200*time.Millisecond), rows(1)), few))
	}
	start := time.Now()
	got := gather(ctx, Options{Timeout: 30 * time.Second}, tasks...)
	return got, time.Since(start)
}

func some(n int, s step) []step {
	all := make([]step, n)
	for i := range all {
		all[i] = s
	}
	return all
}

func TestHandshakesKeepTheCoresBusyAndWaitForNothingElse(t *testing.T) {
	near := func(c *cores) step { return c.handshake(3, 100*time.Microsecond, 50*time.Microsecond) }
	far := func(c *cores) step { return c.handshake(4, 100*time.Millisecond, 50*time.Microsecond) }
	silent := func(*cores) step { return after(time.Hour) }
	for name, c := range map[string]struct {
		all  func(*cores) []step
		took time.Duration // at most
		most int           // handshakes at the same time; 0 is any number
	}{
		// 5,000 handshakes with 150 us of work take 375 ms on two cores.
		"near servers":                {func(c *cores) []step { return some(5000, near(c)) }, 620 * time.Millisecond, 100},
		"far servers":                 {func(c *cores) []step { return some(1000, far(c)) }, time.Second, 0},
		"many far servers":            {func(c *cores) []step { return some(3000, far(c)) }, 2 * time.Second, 0},
		"far servers after near ones": {func(c *cores) []step { return append(some(1000, near(c)), some(1000, far(c))...) }, 1600 * time.Millisecond, 0},
		"near servers after far ones": {func(c *cores) []step { return append(some(200, far(c)), some(2000, near(c))...) }, 1200 * time.Millisecond, 0},
		"one near, the rest far":      {func(c *cores) []step { return append(some(1, near(c)), some(1000, far(c))...) }, 1200 * time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				two := newCores(2)
				got, took := two.reach(t.Context(), c.all(two)...)
				for i, o := range got {
					if o.State != OK {
						t.Fatalf("source %s: %s, %v", i, o.State, o.Err)
					}
				}
				t.Logf("%v, %d handshakes at once", took, two.most)
				if took > c.took || c.most > 0 && two.most > c.most {
					t.Errorf("%v with %d handshakes at once, want %v with %d", took, two.most, c.took, c.most)
				}
			})
		})
	}
	t.Run("some never answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var all []step
			two := newCores(2)
			for i := range 2000 {
				if i%10 == 0 {
					all = append(all, silent(two))
				} else {
					all = append(all, near(two))
				}
			}
			got, _ := two.reach(t.Context(), all...)
			var last time.Duration
			for i, o := range got {
				if o.State == OK {
					last = max(last, o.Total)
				} else if o.State != Timeout {
					t.Errorf("source %s: %s, %v", i, o.State, o.Err)
				}
			}
			t.Logf("%v", last)
			if last > 600*time.Millisecond { // 335 ms without them
				t.Errorf("the healthy sources ended after %v", last)
			}
		})
	})
}
