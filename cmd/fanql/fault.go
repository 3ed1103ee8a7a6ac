// Faults of our own: a panic is reported, and leaves nothing behind.

package main

import (
	"fmt"
	"runtime/debug"

	"github.com/fanql/fanql/cmd/internal/exitcode"
)

// contain makes a panic of the command an exit status of its own, after the run's
// temporary files are removed. It is deferred.
func (a *app) contain(status *int) {
	if r := recover(); r != nil {
		*status = a.fault(r)
	}
}

// containGoroutine is contain for a goroutine beside the command's, whose panic ends the
// process at once. A panic on a goroutine that a driver has started is Go's own to
// report, with status 2: nothing can recover it.
func (a *app) containGoroutine() {
	if r := recover(); r != nil {
		a.exit(a.fault(r))
	}
}

// fault reports a panic, with what was open, and gives the exit status.
func (a *app) fault(r any) int {
	fmt.Fprintf(a.stderr, "fanql: a fault of fanql: please report it at https://github.com/fanql/fanql/issues, with these lines and what `fanql version` says: %v\n%s", r, debug.Stack())
	status := exitcode.Fault
	if a.plugin != nil {
		status = a.plugin.refuse(a, fmt.Errorf("a fault of fanql: please report it at https://github.com/fanql/fanql/issues, with what is on stderr: %v", r))
	}
	if a.tidy != nil && a.tidied.CompareAndSwap(false, true) { // it may be what panics
		a.tidy()
	}
	return status
}
