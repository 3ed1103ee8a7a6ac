package process

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// The garbage collector's own rule, in bytes and percent: the heap may double before it
// runs again, and the percentage applies to leastHeap if less is in use. leastPercent
// applies if the heap must stay below a goal and already takes most of it.
const (
	usualPercent = 100
	leastPercent = 50
	leastHeap    = 4 << 20
)

// HeapGoal lets the heap grow to the goal, in bytes, before the garbage collector runs. If
// more than that is in use, the collector's usual rule applies instead. This lasts until
// stop is called, once.
//
// By its own rule, the collector allows twice the memory that is in use at the moment of a
// collection, and these moments vary. A process whose memory grows to a known size then
// took between that size and its double, and was collected more often while it grew.
//
// From the call of ending on, the collector runs only when the process reaches its memory
// limit ([debug.SetMemoryLimit]): all memory in use is about to become garbage.
func HeapGoal(goal uint64) (ending, stop func()) {
	before := debug.SetGCPercent(usualPercent)
	ended, over := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex // held while the percentage changes
	set := func(percent int) {
		mu.Lock()
		defer mu.Unlock()
		select {
		case <-over:
		default:
			debug.SetGCPercent(percent)
		}
	}
	ending = sync.OnceFunc(func() { // not in the goroutine below, because thousands of others may run before it
		mu.Lock()
		defer mu.Unlock()
		close(over)
		debug.SetGCPercent(-1)
	})
	var adjusting sync.WaitGroup
	adjusting.Go(func() {
		const look = 5 * time.Millisecond // the interval for noticing that a collection has ended
		tick := time.NewTicker(look)
		defer tick.Stop()
		s := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
		for adjusted := uint64(0); ; {
			metrics.Read(s)
			if cycles := s[0].Value.Uint64() + 1; cycles != adjusted {
				adjusted = cycles
				set(percent(goal, s[1].Value.Uint64(), s[2].Value.Uint64()+s[3].Value.Uint64()))
			}
			select {
			case <-ended:
				return
			case <-over:
				return
			case <-tick.C:
			}
		}
	})
	return ending, func() {
		close(ended)
		adjusting.Wait()
		debug.SetGCPercent(before)
	}
}

// percent returns the percentage (GOGC) with which the collector runs when the heap reaches
// the goal, for the bytes that were in use on the heap and on stacks and in globals.
func percent(goal, live, roots uint64) int {
	if live >= goal {
		return usualPercent
	}
	return int(max(leastPercent, min(goal*100/leastHeap, (goal-live)*100/max(live+roots, 1))))
}
