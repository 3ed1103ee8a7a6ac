//go:build unix

package testkit

import (
	"os"
	"runtime"
	"syscall"
)

// systemPeak returns the system's own measurement of a process that has ended, in bytes.
func systemPeak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	size := int64(usage.Maxrss) //nolint:unconvert // an int32 on 32-bit machines
	if runtime.GOOS != "darwin" {
		size <<= 10
	}
	return size
}
