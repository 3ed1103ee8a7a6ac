// More sources than anybody has, in virtual time: the cost grows in proportion to their
// number.

package query

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanql/fanql/sources/driver"
)

// cpuTime returns the processor time that the process has used.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// crowdOf returns n sources that connect and answer after 0.2 s, except that one in 20
// fails and one in 20 never answers.
func crowdOf(n int) []Task {
	limits := []*Limit{
		{What: "open", Most: n},
		{What: "few", Most: 16, Until: driver.Query, AtMost: 50 * time.Millisecond, Idle: func() bool { return true }},
	}
	tasks := make([]Task, n)
	for i := range tasks {
		s := []step{after(time.Millisecond), enter(driver.Query), after(200 * time.Millisecond), rows(1)}
		switch i % 20 {
		case 7:
			s = []step{after(time.Millisecond), fail(errSyntax)}
		case 13:
			s = []step{after(time.Hour)}
		}
		tasks[i] = limited(source(fmt.Sprint(i), s...), limits...)
	}
	return tasks
}

func TestFiftyThousandSources(t *testing.T) {
	took := func(n int) (each time.Duration, memory uint64) {
		synctest.Test(t, func(t *testing.T) {
			tasks := crowdOf(n)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := cpuTime(t)
			summary, last := NewSummary(tasks), time.Duration(0)
			for a := range Dispatch(t.Context(), tasks, Options{Timeout: 10 * time.Second, Coalesce: 30 * time.Millisecond, Ended: summary.Ended}) {
				if a.Outcome.State == OK {
					last = a.Outcome.Total
					a.Rows.Discard()
				}
			}
			each = (cpuTime(t) - began) / time.Duration(n)
			runtime.ReadMemStats(&after)
			memory = (after.TotalAlloc - before.TotalAlloc) / uint64(n)
			if ok, failed, late := summary.Count(OK), summary.Count(Failed), summary.Count(Timeout); ok != n*18/20 || failed != n/20 || late != n/20 {
				t.Errorf("of %d: %d ok, %d failed, %d timed out", n, ok, failed, late)
			}
			if most := time.Duration(n)*100*time.Microsecond + time.Second; last > most {
				t.Errorf("of %d, the last healthy one came after %s, want %s", n, last, most)
			}
		})
		return each, memory
	}
	took(1000) // a first run, so that one-time costs are not measured
	fewTime, fewMemory := took(2000)
	manyTime, manyMemory := took(fiftyThousand)
	t.Logf("%v and %d bytes each of 2,000, %v and %d of %d", fewTime, fewMemory, manyTime, manyMemory, fiftyThousand)
	if manyMemory > fewMemory*5/4 {
		t.Errorf("each of %d takes %d bytes, each of 2,000 takes %d", fiftyThousand, manyMemory, fewMemory)
	}
	if manyTime > 4*fewTime { // a loose bound, since caches and other processes affect the measurement
		t.Errorf("each of %d takes %s, each of 2,000 takes %s", fiftyThousand, manyTime, fewTime)
	}
}
