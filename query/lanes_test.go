// Turns at a server in virtual time: who waits, for whom, and whose time that is.

package query

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/ask"
)

// crowd gives n asks of a server, each of which takes d, and how many ran at once
// at most.
func crowd(server string, n int, d time.Duration, most *atomic.Int64) (asks []Ask) {
	var now atomic.Int64
	in := func(context.Context, *script) error {
		for m := most.Load(); now.Load()+1 > m && !most.CompareAndSwap(m, now.Load()+1); m = most.Load() {
		}
		now.Add(1)
		return nil
	}
	out := func(context.Context, *script) error { now.Add(-1); return nil }
	for i := range n {
		a := source(fmt.Sprintf("%s-%d", server, i), in, enter(ask.Query), after(d), rows(1), out)
		a.Server = server
		asks = append(asks, a)
	}
	return asks
}

func TestSoManyAtOnceOfEachServerAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a, b, free atomic.Int64
		asks := append(crowd("a", 10, time.Second, &a), crowd("b", 4, 3*time.Second, &b)...)
		asks = append(asks, crowd("", 9, time.Second, &free)...)
		start := time.Now()
		got := gather(t.Context(), Options{Timeout: time.Minute, PerServer: 4}, asks...)
		if a.Load() != 4 || b.Load() != 4 || free.Load() != 9 {
			t.Errorf("at once at most %d, %d, %d, want 4, 4, 9", a.Load(), b.Load(), free.Load())
		}
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("it took %s: the longest chain takes 3s", d)
		}
		turns := map[time.Duration]int{}
		for name, s := range got {
			if s.State != OK || s.rows != 1 {
				t.Errorf("%s: %s with %d rows, %v", name, s.State, s.rows, s.Err)
			}
			turns[s.Begun.Round(time.Second)]++
		}
		if turns[0] != 4+4+9 || turns[time.Second] != 4 || turns[2*time.Second] != 2 {
			t.Errorf("turns came at %v", turns)
		}
	})
}

func TestASourcesOwnTimeBeginsWithItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var most atomic.Int64
		asks := crowd("a", 3, 2*time.Second, &most)
		for i := range asks {
			asks[i].Timeout, asks[i].ConnectTimeout = 3*time.Second, time.Second
		}
		got := gather(t.Context(), Options{Timeout: time.Minute, PerServer: 1}, asks...)
		for name, s := range got {
			if s.State != OK {
				t.Errorf("%s: %s, %v", name, s.State, s.Err)
			}
		}
	})
}

func TestTheDeadlineEndsWaitingForATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var most atomic.Int64
		got := gather(t.Context(), Options{Timeout: 3 * time.Second, PerServer: 1}, crowd("a", 3, 2*time.Second, &most)...)
		ends := map[State]int{}
		for _, s := range got {
			ends[s.State]++
			if s.State == OK {
				continue
			}
			if s.at != 3*time.Second || s.Err.Error() != "timed out after 3s" {
				t.Errorf("at %s: %v", s.at, s.Err)
			}
			if waited := s.Attempts == 0; waited != (s.Phase == ask.Waiting) || waited != (s.Begun == 0) {
				t.Errorf("%d attempts in phase %s, begun at %s", s.Attempts, s.Phase, s.Begun)
			}
		}
		if ends[OK] != 1 || ends[Timeout] != 2 {
			t.Errorf("ends %v, want one in time", ends)
		}
	})
}

func TestADriverThatIsStuckKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := source("stuck", enter(ask.Query), deaf(time.Hour))
		stuck.Server, stuck.Timeout = "a", time.Second
		next := source("next", rows(1))
		next.Server = "a"
		got := gather(t.Context(), Options{Timeout: 10 * time.Second, PerServer: 1}, stuck, next)
		check(t, got["stuck"], Timeout, 2*time.Second, 0)
		if got["next"].State != OK { // or it had the place first
			check(t, got["next"], Timeout, 10*time.Second, 0)
		}
		time.Sleep(2 * time.Hour) // until the stuck one is back
	})
}
