// A pool runs no more calls at a time than its size, and runs all of them.

package driver

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPoolCallsAllWithinItsPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(3)
		var now, most, done atomic.Int64
		var all sync.WaitGroup
		work := func() {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			done.Add(1)
		}
		began := time.Now()
		for i := range 30 {
			if i%3 == 0 { // some callers take a place themselves
				all.Go(func() {
					if p.Take(t.Context()) {
						work()
						p.Give()
					}
				})
				continue
			}
			all.Add(1)
			p.Go(func() { defer all.Done(); work() })
		}
		all.Wait()
		if most.Load() != 3 || done.Load() != 30 || time.Since(began) != 10*time.Second {
			t.Errorf("%d at once, %d done in %s", most.Load(), done.Load(), time.Since(began))
		}
	})
}

func TestAPoolIsNotWaitedForWithoutEnd(t *testing.T) {
	p := NewPool(1)
	if !p.Take(t.Context()) {
		t.Fatal("the pool has no free place")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p.Take(ctx) {
		t.Error("a pool of one place has two")
	}
	ran := make(chan struct{})
	p.Go(func() { close(ran) })
	p.Give()
	<-ran
}

func TestAPoolTellsWhenAllHaveStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(2)
		began := time.Now()
		await := func(most, want time.Duration) {
			t.Helper()
			if p.AwaitStart(most); time.Since(began) != want {
				t.Errorf("it waited until %s, and not %s", time.Since(began), want)
			}
		}
		await(time.Hour, 0) // nothing waits
		for range 6 {
			p.Go(func() { time.Sleep(time.Second) })
		}
		await(500*time.Millisecond, 500*time.Millisecond)
		await(time.Hour, 2*time.Second) // until the last two start, which have not ended then
		await(time.Hour, 2*time.Second)
		p.Go(func() { time.Sleep(time.Second) })
		await(time.Hour, 3*time.Second)
		(*Pool)(nil).AwaitStart(time.Hour)
		time.Sleep(2 * time.Second)
	})
}

func TestAPoolCountsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(1)
		p.Take(t.Context())
		for want := range 3 {
			if got := p.Waiting(); got != want {
				t.Errorf("%d wait, want %d", got, want)
			}
			p.Go(func() {})
		}
		p.Give()
		synctest.Wait()
		if got := p.Waiting() + (*Pool)(nil).Waiting(); got != 0 {
			t.Errorf("%d wait at the end", got)
		}
	})
}

// One timer ends all waits, since thousands may wait.
func TestAllWaitsForAPoolEndWithTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(1)
		p.Take(t.Context())
		p.Go(func() {})
		began := time.Now()
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				p.AwaitStart(time.Second)
				if d := time.Since(began); d != time.Second {
					t.Errorf("wait %d ended after %s", i, d)
				}
			})
		}
		all.Wait()
		p.AwaitStart(500 * time.Millisecond)
		if d := time.Since(began); d != 1500*time.Millisecond {
			t.Errorf("a later wait ended after %s", d)
		}
		p.Give()
	})
}
