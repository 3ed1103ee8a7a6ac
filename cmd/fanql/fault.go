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
	r := recover()
	if r == nil {
		return
	}
	*status = exitcode.Fault
	fmt.Fprintf(a.stderr, "fanql: a fault of fanql: please report it at https://github.com/fanql/fanql/issues, with these lines and what `fanql version` says: %v\n%s", r, debug.Stack())
	if a.tidy != nil {
		a.tidy()
	}
}
