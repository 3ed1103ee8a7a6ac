// Whether the process has something to do.

package run

import "runtime/metrics"

// idle reports whether no goroutine but the caller's runs or could run: all there is to
// be done has to wait for somebody else.
func idle() bool {
	s := []metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}, {Name: "/sched/goroutines/running:goroutines"}}
	metrics.Read(s)
	const caller = 1
	return s[0].Value.Uint64() == 0 && s[1].Value.Uint64() <= caller
}
