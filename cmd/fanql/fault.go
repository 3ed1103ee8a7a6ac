// Bugs of our own: a panic is reported, and leaves nothing behind.

package main

import (
	"fmt"
	"runtime/debug"

	"github.com/fanql/fanql/cmd/internal/exitcode"
)

// contain turns a panic of the command into an exit status, after removing the run's
// temporary files. It must be deferred.
func (a *app) contain(status *int) {
	if r := recover(); r != nil {
		*status = a.fault(r)
	}
}

// containGoroutine is contain for another goroutine than the command's. A panic there ends
// the process at once. A panic on a goroutine that a driver has started cannot be
// recovered: Go itself reports it, with status 2.
func (a *app) containGoroutine() {
	if r := recover(); r != nil {
		a.exit(a.fault(r))
	}
}

// fault reports a panic, with what was open, and returns the exit status.
func (a *app) fault(r any) int {
	if a.watch != nil {
		_ = a.watch.shown.close()
	}
	fmt.Fprintf(a.stderr, "fanql: a fault of fanql: please report it at https://github.com/fanql/fanql/issues, with these lines and what `fanql version` says: %v\n%s", r, debug.Stack())
	status := exitcode.Fault
	if a.plugin != nil {
		status = a.plugin.refuse(a, fmt.Errorf("a fault of fanql: please report it at https://github.com/fanql/fanql/issues, with what is on stderr: %v", r))
	}
	if a.tidy != nil && a.tidied.CompareAndSwap(false, true) { // tidy itself may have caused the panic, so it runs only once
		a.tidy()
	}
	return status
}
