//go:build unix

// No core dumps: one would hold passwords and rows.

package process

import (
	"os"
	"syscall"
)

// NoCores keeps a crash from leaving an image of the memory behind, unless the user
// asks for one by GOTRACEBACK=crash. Debuggers of the same user still work.
func NoCores() {
	if os.Getenv("GOTRACEBACK") == "crash" {
		return
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit) // lowering it is always allowed
	}
}
