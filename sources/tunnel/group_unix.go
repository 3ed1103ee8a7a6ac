//go:build unix && !linux

package tunnel

import (
	"os/exec"
	"syscall"
)

// ownGroup returns the program a process group of its own, so that a signal of the
// terminal does not reach it.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
