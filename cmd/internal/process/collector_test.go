package process

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestTheCollectorsPercentage(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		goal, live, roots uint64
		want              int
	}{
		"nothing is in use yet: the least heap is the goal": {40 * mb, 0, 0, 1000},
		"little is in use":                     {40 * mb, 1 * mb, 1 * mb, 1000},
		"the goal is three times as much":      {40 * mb, 10 * mb, 0, 300},
		"stacks count with what is in use":     {40 * mb, 10 * mb, 5 * mb, 200},
		"most of it is in use":                 {40 * mb, 25 * mb, 0, 60},
		"nearly all of it: never a small part": {40 * mb, 39 * mb, 0, 50},
		"more than that: the usual rule":       {40 * mb, 40 * mb, 0, 100},
		"a goal below the least heap":          {1 * mb, 0, 0, 50},
	} {
		if got := percent(c.goal, c.live, c.roots); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// The heap reaches the goal with garbage alone, and does not grow much beyond. What was
// set before is set again.
func TestTheHeapGrowsToItsGoal(t *testing.T) {
	const goal = 64 << 20
	before := debug.SetGCPercent(70)
	defer debug.SetGCPercent(before)
	runtime.GC()
	_, stop := HeapGoal(goal)
	var m runtime.MemStats
	var most uint64
	var kept [][]byte
	for i := range 64 << 10 { // 256 MiB, of which 16 are kept
		b := make([]byte, 4<<10)
		if i%16 == 0 {
			kept = append(kept, b)
		}
		if i%256 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			runtime.Gosched() // for the adjustments
		}
	}
	stop()
	if most < goal*8/10 || most > 2*goal {
		t.Errorf("the heap grew to %d MiB, want %d", most>>20, goal>>20)
	}
	runtime.KeepAlive(kept)
	runtime.GC()
	if now := debug.SetGCPercent(70); now != 70 {
		t.Errorf("the percentage is %d, want that of before, 70", now)
	}
}

// From ending on, garbage is left alone, and what was set before is set again at the end.
func TestNothingIsCollectedWhileTheRunEnds(t *testing.T) {
	before := debug.SetGCPercent(70)
	defer debug.SetGCPercent(before)
	ending, stop := HeapGoal(1 << 20)
	ending()
	ending()
	percent := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		metrics.Read(percent)
		if percent[0].Value.Uint64() == math.MaxUint64 { // off
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the percentage is %d while the run ends", percent[0].Value.Uint64())
		}
	}
	stop()
	if now := debug.SetGCPercent(70); now != 70 {
		t.Errorf("the percentage is %d, want that of before, 70", now)
	}
}
