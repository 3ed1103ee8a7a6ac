// A fault of ours in one expression is the error of one check.

package expression

import (
	"fmt"
	"runtime"
	"strings"
)

// Contain makes a panic the error *err, which says that fanql is at fault, where, and
// what to report. It is to be deferred. What is printed as what was going on.
func Contain(what any, err *error) {
	r := recover()
	if r == nil {
		return
	}
	*err = fmt.Errorf("a fault of fanql, and not of the data: please report this line at https://github.com/fanql/fanql/issues, with the check and what `fanql version` says: %v: %v%s", what, r, panicked())
}

// panicked is the place of the panic that is being contained.
func panicked() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)]) // without Contain and what called it
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf(" (%s:%d)", f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line)
		}
		if !more {
			return ""
		}
	}
}
