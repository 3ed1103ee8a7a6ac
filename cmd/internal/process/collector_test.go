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
		"with an empty heap, the smallest heap counts": {40 * mb, 0, 0, 1000},
		"little is in use":                  {40 * mb, 1 * mb, 1 * mb, 1000},
		"the goal is three times as much":   {40 * mb, 10 * mb, 0, 300},
		"stacks count with what is in use":  {40 * mb, 10 * mb, 5 * mb, 200},
		"most of the goal is in use":        {40 * mb, 25 * mb, 0, 60},
		"nearly all is in use: the minimum": {40 * mb, 39 * mb, 0, 50},
		"the whole goal is in use: 100":     {40 * mb, 40 * mb, 0, 100},
		"a goal below the smallest heap":    {1 * mb, 0, 0, 50},
	} {
		if got := percent(c.goal, c.live, c.roots); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// With garbage only, the heap reaches the goal and does not grow much beyond it. At the end the
// earlier setting is restored.
func TestTheHeapGrowsToItsGoal(t *testing.T) {
	const goal = 64 << 20
	before := debug.SetGCPercent(70)
	defer debug.SetGCPercent(before)
	runtime.GC()
	_, stop := HeapGoal(goal)
	var m runtime.MemStats
	var most uint64
	var kept [][]byte
	for i := range 64 << 10 { // 256 MiB are allocated, and 16 MiB of them stay in use
		b := make([]byte, 4<<10)
		if i%16 == 0 {
			kept = append(kept, b)
		}
		if i%256 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			runtime.Gosched() // the setting is adjusted on another goroutine
		}
	}
	stop()
	if most < goal*8/10 || most > 2*goal {
		t.Errorf("the heap grew to %d MiB, want %d", most>>20, goal>>20)
	}
	runtime.KeepAlive(kept)
	runtime.GC()
	if now := debug.SetGCPercent(70); now != 70 {
		t.Errorf("the percentage is %d, want the earlier one, 70", now)
	}
}

// While a run ends, garbage is not collected. Afterwards the earlier setting is restored.
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
		t.Errorf("the percentage is %d, want the earlier one, 70", now)
	}
}
