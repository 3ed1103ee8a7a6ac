// Recovery from panics: a fault of fanql in one expression is the error of one check only.

package expression

import (
	"fmt"
	"runtime"
	"strings"
)

// Contain recovers from a panic and stores it in *err. The error says that fanql is at
// fault, where, and what to report. Contain must be deferred. What is printed as the work
// that was going on.
func Contain(what any, err *error) {
	r := recover()
	if r == nil {
		return
	}
	*err = fmt.Errorf("a fault of fanql, and not of the data: please report this line at https://github.com/fanql/fanql/issues, with the check and what `fanql version` says: %v: %v%s", what, r, panicked())
}

// panicked returns the place of the panic that is being contained.
func panicked() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)]) // without the frames of Contain and its callers in the runtime
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
