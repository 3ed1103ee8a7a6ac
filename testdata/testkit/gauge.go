package testkit

// The largest amount of memory that a process uses.

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"
)

// ErrUnmeasured is the error for a process that ended before it could be measured.
var ErrUnmeasured = errors.New("the process ended before its memory could be measured")

// A Gauge measures the memory of a running process.
//
// Linux's own measurement at the end of a process includes memory of its parent: os/exec shares its
// memory with the child until the child executes its program, and that peak counts for the child.
// So a large test would measure itself. A gauge instead polls the peak of the child's own memory
// while the child runs.
// the child's own memory while it runs.
type Gauge struct {
	stop, done chan struct{}
	peak       int64
	own        int64 // the peak of this process, once the child runs
}

// Watch begins to measure a command that has been started. The caller must wait for it
// before [Gauge.Peak].
func Watch(cmd *exec.Cmd) *Gauge {
	g := &Gauge{stop: make(chan struct{}), done: make(chan struct{}), own: highWater("self")}
	pid := strconv.Itoa(cmd.Process.Pid)
	g.peak = highWater(pid)
	go func() {
		defer close(g.done)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			select {
			case <-g.stop:
				return
			case <-tick.C:
				g.peak = max(g.peak, highWater(pid))
			}
		}
	}()
	return g
}

// Peak returns the largest resident set, in bytes, of a command that has ended. It is exact if the
// command used more memory than this process. Otherwise it was measured up to 2 ms before the end
// of the command.
func (g *Gauge) Peak(cmd *exec.Cmd) (int64, error) {
	close(g.stop)
	<-g.done
	reported := systemPeak(cmd.ProcessState)
	switch {
	case runtime.GOOS != "linux" || g.own > 0 && reported > g.own:
		g.peak = reported
	case g.peak == 0:
		return 0, fmt.Errorf("%s: %w", cmd.Path, ErrUnmeasured)
	}
	return g.peak, nil
}

// highWater returns the largest resident set, in bytes, of a running process. The process is given
// by its id, or as self. It returns 0 if the size is unknown.
func highWater(process string) int64 {
	status, err := os.ReadFile("/proc/" + process + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0 // the process has ended, and its parent has not waited for it yet
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
