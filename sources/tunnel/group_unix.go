//go:build unix && !linux

package tunnel

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the program into its own process group, so that a signal of the
// terminal does not reach it.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
