//go:build unix

// Prevents core dumps, which would contain passwords and rows.

package process

import (
	"os"
	"syscall"
)

// NoCores prevents a crash from leaving an image of the memory, unless the user
// requests one by GOTRACEBACK=crash. Debuggers of the same user still work.
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
