// Whether the process has work to do.

package run

import "runtime/metrics"

// idle reports whether no goroutine except the caller's runs or could run: all the
// others are waiting.
func idle() bool {
	s := []metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}, {Name: "/sched/goroutines/running:goroutines"}}
	metrics.Read(s)
	const caller = 1
	return s[0].Value.Uint64() == 0 && s[1].Value.Uint64() <= caller
}
