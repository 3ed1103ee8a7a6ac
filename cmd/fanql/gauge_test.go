// How much memory a run takes at most.

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// A gauge watches a process. What the system says at its end counts what this
// process had when it started that one (Linux, for a process made by vfork), so
// the process is asked while it runs.
type gauge struct {
	stop chan struct{}
	peak chan int64
}

// watch begins to watch a process that has been started.
func watch(cmd *exec.Cmd) *gauge {
	g := &gauge{stop: make(chan struct{}), peak: make(chan int64, 1)}
	path := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		most := int64(0)
		for {
			if status, err := os.ReadFile(path); err == nil {
				if _, rest, ok := bytes.Cut(status, []byte("VmHWM:")); ok {
					kib, _ := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
					most = max(most, kib)
				}
			}
			select {
			case <-g.stop:
				g.peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	return g
}

// most gives the peak in KiB of a process that has been waited for.
func (g *gauge) most(t testing.TB, cmd *exec.Cmd) int64 {
	t.Helper()
	close(g.stop)
	if peak := <-g.peak; peak > 0 {
		return peak
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "darwin" { // in bytes there
		peak >>= 10
	}
	return peak
}
